//! What is served, and which of it is behind the layer.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{HeaderName, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use portcullis::axum::Authenticated;
use portcullis::jwt::TokenAnswer;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, Clock, SystemClock};
use serde_json::{Value, json};

use crate::Me;
use crate::login::Login;
use crate::session::random_hex;

pub(crate) fn routes<A>(auth: &AuthLayer<A>, login: Login) -> Router
where
    A: Authenticator<Principal = Me>,
{
    let public = Router::new().route("/api/v1/system/ping/", get(ping)).route("/auth/login/", post(log_in));
    // `route_layer`: a path that does not exist is a 404 for everybody.
    let guarded = Router::new()
        .route("/api/v1/whoami/", get(whoami).post(whoami))
        .route("/auth/logout/", post(log_out))
        .route_layer(auth.clone());
    public.merge(guarded).with_state(Arc::new(login))
}

async fn ping() -> Result<Json<Value>, StatusCode> {
    let id = random_hex().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "success": true, "data": { "status": "ok" }, "request_id": id })))
}

async fn whoami(Authenticated(me): Authenticated<Me>) -> Json<Value> {
    Json(json!({
        "user": me.user().as_str(),
        "account": me.account().as_str(),
        "site": me.site().as_ref().map(ToString::to_string),
        "scheme": me.credential().map(|credential| credential.scheme().name()),
    }))
}

async fn log_in(State(login): State<Arc<Login>>, uri: Uri, headers: HeaderMap, form: Bytes) -> Response {
    let now = SystemClock.now();
    if let Err(refusal) = login.check(&uri, &headers, now) {
        tracing::info!(reason = refusal.reason().text(), "a login was refused");
        let status = StatusCode::from_u16(refusal.kind().status());
        return status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    }
    match login.answer(&headers, &form, now).await {
        Ok((answer, cookie)) => response(answer, cookie.as_deref()),
        Err(error) => {
            tracing::error!(%error, "no session can begin");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn response(answer: TokenAnswer, cookie: Option<&str>) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(Ok(cookie)) = cookie.map(HeaderValue::from_str) {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

/// Whoever may call it: only the session of this very request can end.
async fn log_out(State(login): State<Arc<Login>>, Authenticated(me): Authenticated<Me>) -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, login.sessions.end(me.credential()))])
}
