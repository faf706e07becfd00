//! What is served, and what the upstream is asked for it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use portcullis::axum::{Authenticated, token_endpoint};
use portcullis::guard::FastApiStyle;
use portcullis::jwt::{JwtAuthenticator, JwtPolicy, JwtVerifier, TokenEndpoint, WispHubSettings};
use portcullis::password::PasswordVerifier;
use portcullis::tower::AuthLayer;
use portcullis::{Clock, Principal, UserId};
use serde_json::{Value, json};

use super::Proxy;
use super::answer::Answer;
use super::cache::Name;
use super::json::is_json;
use super::upstream::Question;

const CLIENTS: &str = "/api/clientes/";
const PLANS: &str = "/api/plan-internet/";
const TICKETS: &str = "/api/tickets/";
const TASKS: &str = "/api/tasks/";
/// The longest query, and the longest body, in bytes.
const LONGEST_QUERY: usize = 1024;
const LONGEST_BODY: usize = 64 * 1024;

/// Whom the handlers see: the subject of a token.
type Me = Authenticated<Principal<UserId>>;
type Shared = State<Arc<Proxy>>;

pub(super) fn routes(
    proxy: Arc<Proxy>,
    wisphub: &WispHubSettings,
    clock: impl Clock + Clone,
) -> Result<Router, Box<dyn Error + Send + Sync>> {
    let passwords = PasswordVerifier::single(wisphub.password().clone())?;
    let tokens = TokenEndpoint::new(wisphub.issuer(), passwords);
    let verifier = JwtVerifier::new(JwtPolicy::new(), [wisphub.key().clone()])?;
    let auth =
        AuthLayer::new(JwtAuthenticator::new(verifier)).with_style(FastApiStyle).with_clock(clock.clone());
    Ok(Router::new()
        .route("/api/v1/clients/", get(clients))
        .route("/api/v1/clients/{id}/profile/", put(update_client).patch(update_client))
        .route("/api/v1/internet-plans/", get(plans))
        .route("/api/v1/tickets/", get(tickets).post(open_ticket))
        .route("/api/v1/tickets/{id}/", get(ticket).put(update_ticket).patch(update_ticket))
        .route("/api/v1/tasks/", get(tasks))
        .layer(auth)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(proxy)
        .route("/api/v1/auth/token", token_endpoint(tokens, clock))
        .route("/health", get(health)))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn clients(_: Me, State(proxy): Shared, query: RawQuery) -> Answer {
    let life = proxy.settings.clients;
    proxy.kept(CLIENTS, query, life).await
}

async fn plans(_: Me, State(proxy): Shared, query: RawQuery) -> Answer {
    let life = proxy.settings.plans;
    proxy.kept(PLANS, query, life).await
}

async fn tickets(_: Me, State(proxy): Shared, query: RawQuery) -> Answer {
    proxy.read(TICKETS.to_owned(), query).await
}

async fn ticket(_: Me, State(proxy): Shared, Path(id): Path<String>) -> Answer {
    match below(TICKETS, &id, "/") {
        Some(target) => proxy.read(target, RawQuery(None)).await,
        None => Answer::failed(StatusCode::NOT_FOUND),
    }
}

async fn tasks(_: Me, State(proxy): Shared, query: RawQuery) -> Answer {
    proxy.read(TASKS.to_owned(), query).await
}

async fn open_ticket(_: Me, State(proxy): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    proxy.write(Method::POST, Some(TICKETS.to_owned()), &headers, body).await
}

async fn update_ticket(
    _: Me,
    State(proxy): Shared,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    proxy.write(method, below(TICKETS, &id, "/"), &headers, body).await
}

async fn update_client(
    _: Me,
    State(proxy): Shared,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    // Whatever comes back, and whether or not somebody waits for it: it may have been changed.
    let _changed = Changed(&proxy);
    proxy.write(method, below(CLIENTS, &id, "/perfil/"), &headers, body).await
}

/// Drops what is kept about clients at its end.
struct Changed<'a>(&'a Proxy);

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        self.0.answers.forget(CLIENTS);
    }
}

/// A path below another. An id is letters, digits, hyphens and underscores, so that it leads
/// nowhere else; none where it is not.
fn below(path: &str, id: &str, rest: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let good = (1..=64).contains(&id.len()) && id.bytes().all(fits);
    good.then(|| format!("{path}{id}{rest}"))
}

/// The path with the query that the client sent; none where that is too long.
fn target(path: &str, RawQuery(query): RawQuery) -> Option<String> {
    match query.filter(|query| !query.is_empty()) {
        None => Some(path.to_owned()),
        Some(query) if query.len() <= LONGEST_QUERY => Some(format!("{path}?{query}")),
        Some(_) => None,
    }
}

impl Proxy {
    async fn read(&self, path: String, query: RawQuery) -> Answer {
        match target(&path, query) {
            Some(target) => self.ask(Method::GET, target, Bytes::new()).await,
            None => Answer::failed(StatusCode::URI_TOO_LONG),
        }
    }

    async fn kept(&self, path: &'static str, query: RawQuery, life: Duration) -> Answer {
        let Some(target) = target(path, query) else {
            return Answer::failed(StatusCode::URI_TOO_LONG);
        };
        let (now, upstream) = (self.clock.now(), self.upstream.clone());
        let name = Name { group: path, rest: target.clone() };
        let question = Question { method: Method::GET, target, body: Bytes::new() };
        let fetch = || async move { upstream.ask(question, now).await };
        let answer = self.answers.get(name, (now, life), Answer::may_be_kept, fetch).await;
        answer.unwrap_or_else(|| Answer::failed(StatusCode::BAD_GATEWAY))
    }

    async fn write(
        &self,
        method: Method,
        target: Option<String>,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Answer {
        let Some(target) = target else { return Answer::failed(StatusCode::NOT_FOUND) };
        if body.is_empty() || !is_json(headers) {
            return Answer::failed(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        self.ask(method, target, body).await
    }

    async fn ask(&self, method: Method, target: String, body: Bytes) -> Answer {
        self.upstream.ask(Question { method, target, body }, self.clock.now()).await
    }
}
