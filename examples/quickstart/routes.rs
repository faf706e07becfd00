//! What is served, what each route is called, and who may call it.

use axum::Json;
use axum::routing::{get, post};
use http::StatusCode;
use portcullis::axum::{Authenticated, Routes, token_endpoint};
use portcullis::jwt::TokenEndpoint;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, SystemClock};
use serde_json::Value;

use crate::answers::{self, Event, Order, Whoami};
use crate::chain::Me;
use crate::events;
use crate::passwords::Passwords;

pub(crate) fn routes<A>(auth: AuthLayer<A>, tokens: TokenEndpoint<Passwords>) -> Routes<A>
where
    A: Authenticator<Principal = Me>,
{
    Routes::new(auth)
        .open("/health", get(health))
        .open("/api/v1/system/ping/", get(ping))
        .open("/api/v1/auth/token", token_endpoint(tokens, SystemClock))
        .guarded("whoami", "/whoami", get(whoami).post(whoami))
        .guarded("hello", "/api/hello/", get(hello))
        .scoped("orders.create", "/orders", ["orders:write"], post(order))
        .scoped(events::ENTRY_POINT, "/events", [events::SCOPE], post(event))
        .anonymous("feed", "/feed", get(feed))
}

async fn health() -> Json<Value> {
    Json(answers::health())
}

async fn ping() -> Result<Json<Value>, StatusCode> {
    answers::ping().map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn whoami(Authenticated(me): Authenticated<Me>) -> Json<Whoami> {
    Json(answers::whoami(&me))
}

async fn hello(Authenticated(me): Authenticated<Me>) -> Json<Value> {
    Json(answers::hello(&me))
}

async fn order(Authenticated(me): Authenticated<Me>, Json(order): Json<Order>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(answers::order(&me, &order)))
}

async fn event(Authenticated(me): Authenticated<Me>, Json(event): Json<Event>) -> Json<Value> {
    Json(answers::event(&me, &event))
}

async fn feed(me: Option<Authenticated<Me>>) -> Json<Value> {
    Json(answers::feed(me.as_ref().map(|Authenticated(me)| me)))
}
