//! The same routes in axum and in actix-web, over one store.

use actix_web::dev::Service;
use actix_web::{App, HttpRequest, HttpResponse, rt, web};
use axum::extract::MatchedPath;
use axum::routing::{get, post};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::actix::AuthMiddleware;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::guard::{ProblemJson, ResponseStyle};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::{EntryPoint, EntryPoints, IssuedKey, NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, AuthenticatorExt, Scheme, Scopes};
use tower::ServiceExt;

use crate::kit::{Answer, Kit, answer, request};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framework {
    Axum,
    Actix,
}

pub(super) const BOTH: [Framework; 2] = [Framework::Axum, Framework::Actix];

/// Runs a test in both, each with stores of its own.
pub(super) fn in_both<F: Future<Output = ()>>(test: impl Fn(Framework, Kit) -> F) {
    for framework in BOTH {
        rt::System::new().block_on(async { test(framework, Kit::new().await).await });
    }
}

/// API keys and signed URLs.
pub(super) fn chain(kit: &Kit) -> impl Authenticator<Principal = StoredPrincipal> + use<> {
    ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())
        .or(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
}

/// Each route answers with the pattern that the router matched.
fn in_axum<A>(auth: &AuthLayer<A>) -> portcullis::axum::Routes<A>
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    async fn matched(path: MatchedPath) -> String {
        path.as_str().to_owned()
    }
    let routes = || portcullis::axum::Routes::new(auth.clone());
    let orders = routes()
        .guarded("orders.new", "/orders/new", get(matched))
        .guarded("orders.read", "/orders/{id}", get(matched))
        .guarded("orders.list", "/orders", get(matched))
        .scoped("orders.create", "/orders", ["orders:write"], post(matched))
        .unnamed("/list/{id}", get(matched));
    routes()
        .guarded("root", "/", get(matched))
        .anonymous("feed", "/feed", get(matched))
        .open("/health", get(matched))
        .nest("/api", routes().guarded("hello", "/hello/", get(matched)).nest("/v{version}", orders))
        .merge(routes().guarded("api", "/api", get(matched)))
}

/// The same.
fn in_actix<A>(auth: &AuthMiddleware<A>) -> portcullis::actix::Routes<A>
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    async fn matched(request: HttpRequest) -> Option<String> {
        request.match_pattern()
    }
    let routes = || portcullis::actix::Routes::new(auth.clone());
    let (get, post) = (|| web::get().to(matched), || web::post().to(matched));
    let orders = routes()
        .guarded("orders.new", "/orders/new", get())
        .guarded("orders.read", "/orders/{id}", get())
        .guarded("orders.list", "/orders", get())
        .scoped("orders.create", "/orders", ["orders:write"], post())
        .unnamed("/list/{id}", get());
    routes()
        .guarded("root", "/", get())
        .anonymous("feed", "/feed", get())
        .open("/health", get())
        .nest("/api", routes().guarded("hello", "/hello/", get()).nest("/v{version}", orders))
        .merge(routes().guarded("api", "/api", get()))
}

/// What both declare.
pub(super) const DECLARED: [(&str, &str); 9] = [
    ("root", "/"),
    ("feed", "/feed"),
    ("hello", "/api/hello/"),
    ("orders.new", "/api/v{version}/orders/new"),
    ("orders.read", "/api/v{version}/orders/{id}"),
    ("orders.list", "/api/v{version}/orders"),
    ("orders.create", "/api/v{version}/orders"),
    ("/api/v{version}/list/{id}", "/api/v{version}/list/{id}"),
    ("api", "/api"),
];

impl Framework {
    pub(super) fn entry_points(self, kit: &Kit) -> Vec<EntryPoint> {
        let list = match self {
            Self::Axum => in_axum(&kit.layer(chain(kit))).entry_points(),
            Self::Actix => in_actix(&AuthMiddleware::new(chain(kit))).entry_points(),
        };
        list.expect("no mistake")
    }

    pub(super) fn open_routes(self, kit: &Kit) -> Vec<String> {
        let owned = |open: Vec<&str>| open.into_iter().map(str::to_owned).collect();
        match self {
            Self::Axum => owned(in_axum(&kit.layer(chain(kit))).open_routes()),
            Self::Actix => owned(in_actix(&AuthMiddleware::new(chain(kit))).open_routes()),
        }
    }

    pub(super) async fn send(self, kit: &Kit, sent: Request<Full<Bytes>>) -> Answer {
        self.send_styled(kit, ProblemJson, sent).await
    }

    /// Sends a request that is answered in a style, if it is refused.
    pub(super) async fn send_styled(
        self,
        kit: &Kit,
        style: impl ResponseStyle,
        sent: Request<Full<Bytes>>,
    ) -> Answer {
        match self {
            Self::Axum => {
                let auth = kit.layer(chain(kit)).with_style(style);
                let router: axum::Router = in_axum(&auth).into_router().expect("no mistake");
                answer(router.oneshot(sent).await.expect("infallible")).await
            }
            Self::Actix => {
                let auth = AuthMiddleware::new(chain(kit)).with_clock(kit.clock.clone()).with_style(style);
                ask_actix(|config| _ = config.service(in_actix(&auth)), sent).await
            }
        }
    }

    /// Sends a request with an API key, or without any.
    pub(super) async fn ask(self, kit: &Kit, key: Option<&IssuedKey>, method: &str, path: &str) -> Answer {
        let secret = key.and_then(|key| key.secret.expose_text());
        let headers: Vec<_> = secret.iter().map(|secret| ("x-api-key", *secret)).collect();
        self.send(kit, request(method, path, &headers, b"")).await
    }
}

/// Sends a request to an actix-web application.
pub(super) async fn ask_actix(
    configure: impl FnOnce(&mut web::ServiceConfig),
    sent: Request<Full<Bytes>>,
) -> Answer {
    let app = actix_web::test::init_service(App::new().configure(configure)).await;
    let mut request = actix_web::test::TestRequest::default()
        .method(sent.method().as_str().parse().expect("a method"))
        .uri(&sent.uri().to_string());
    for (name, value) in sent.headers() {
        request = request.append_header((name.as_str(), value.as_bytes()));
    }
    let response = app.call(request.to_request()).await.expect("an answer");
    let status = http::StatusCode::from_u16(response.status().as_u16()).expect("a status");
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("ascii").to_owned()));
    let headers = headers.collect();
    let body = actix_web::test::read_body(response).await;
    Answer { status, headers, body: String::from_utf8(body.to_vec()).expect("text") }
}

/// A key that may write orders, limited to `names` or to nothing.
pub(super) async fn key(kit: &Kit, names: Option<&[&str]>) -> IssuedKey {
    let new =
        NewKey::new(Scheme::ApiKey, Kit::ada()).with_scopes(Scopes::parse("orders:write").expect("one"));
    let limit = names.map(|names| EntryPoints::only(names.iter().copied()).expect("names"));
    kit.issue(limit.into_iter().fold(new, NewKey::with_entry_points)).await
}

/// A guard, an extractor and an answer are all that an actix-web handler is here.
pub(super) async fn ok() -> HttpResponse {
    HttpResponse::Ok().finish()
}
