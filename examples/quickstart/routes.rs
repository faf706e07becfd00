//! What is served, and which of it is behind the layer.

use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use portcullis::axum::{Authenticated, token_endpoint};
use portcullis::jwt::TokenEndpoint;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, Credential, Scope, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Me;
use crate::demo::random_hex;
use crate::passwords::Passwords;

pub(crate) fn routes<A>(auth: &AuthLayer<A>, tokens: TokenEndpoint<Passwords>) -> Router
where
    A: Authenticator<Principal = Me>,
{
    let public = Router::new()
        .route("/health", get(health))
        .route("/api/v1/system/ping/", get(ping))
        .route("/api/v1/auth/token", token_endpoint(tokens, SystemClock));
    // `route_layer`: a path that does not exist is a 404 for everybody.
    let guarded = Router::new()
        .route("/whoami", get(whoami).post(whoami))
        .route("/api/hello/", get(hello))
        .route("/orders", post(order).layer(auth.require_scopes(["orders:write"])))
        .route_layer(auth.clone());
    let open = Router::new().route("/feed", get(feed)).route_layer(auth.clone().allow_anonymous());
    public.merge(guarded).merge(open)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn ping() -> Result<Json<Value>, StatusCode> {
    let id = random_hex().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "success": true, "data": { "status": "ok" }, "request_id": id })))
}

/// A principal, as JSON.
#[derive(Serialize)]
struct Whoami {
    user: String,
    account: String,
    site: Option<String>,
    scheme: Option<&'static str>,
    key: Option<String>,
    scopes: Vec<String>,
}

async fn whoami(Authenticated(me): Authenticated<Me>) -> Json<Whoami> {
    Json(Whoami {
        user: me.user().to_string(),
        account: me.account().to_string(),
        site: me.site().as_ref().map(ToString::to_string),
        scheme: me.credential().map(|credential| credential.scheme().name()),
        key: me.credential().and_then(Credential::key).map(ToString::to_string),
        scopes: me.scopes().iter().map(Scope::to_string).collect(),
    })
}

async fn hello(Authenticated(me): Authenticated<Me>) -> Json<Value> {
    Json(json!({ "hello": me.user().as_str() }))
}

#[derive(Deserialize)]
struct Order {
    item: String,
}

async fn order(Authenticated(me): Authenticated<Me>, Json(order): Json<Order>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({ "item": order.item, "ordered_by": me.user().as_str() })))
}

async fn feed(me: Option<Authenticated<Me>>) -> Json<Value> {
    let reader = me.as_ref().map_or("anonymous", |Authenticated(me)| me.user().as_str());
    Json(json!({ "reader": reader }))
}
