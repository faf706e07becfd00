//! What is served, what each route is called, and who may call it.

use std::sync::Arc;

use actix_web::error::ErrorInternalServerError;
use actix_web::web::{self, Json};
use actix_web::{Error, HttpResponse, Route, guard};
use portcullis::actix::{AuthMiddleware, Authenticated, Routes, token_endpoint};
use portcullis::jwt::TokenEndpoint;
use portcullis::{AuthState, Authenticator, SystemClock};
use serde_json::Value;

use crate::answers::{self, Event, Order, Whoami};
use crate::chain::Me;
use crate::events;
use crate::passwords::Passwords;

pub(crate) fn routes<A>(auth: AuthMiddleware<A>, tokens: Arc<TokenEndpoint<Passwords>>) -> Routes<A>
where
    A: Authenticator<Principal = Me>,
{
    Routes::new(auth)
        .open("/health", web::get().to(health))
        .open("/api/v1/system/ping/", web::get().to(ping))
        .open("/api/v1/auth/token", token_endpoint(tokens, SystemClock))
        .guarded("whoami", "/whoami", get_or_post().to(whoami))
        .guarded("hello", "/api/hello/", web::get().to(hello))
        .scoped("orders.create", "/orders", ["orders:write"], web::post().to(order))
        .scoped(events::ENTRY_POINT, "/events", [events::SCOPE], web::post().to(event))
        .anonymous("feed", "/feed", web::get().to(feed))
}

/// Both methods are one route, so that they have one name.
fn get_or_post() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Post()))
}

async fn health() -> Json<Value> {
    Json(answers::health())
}

async fn ping() -> Result<Json<Value>, Error> {
    answers::ping().map(Json).map_err(ErrorInternalServerError)
}

async fn whoami(Authenticated(me): Authenticated<Me>) -> Json<Whoami> {
    Json(answers::whoami(&me))
}

async fn hello(Authenticated(me): Authenticated<Me>) -> Json<Value> {
    Json(answers::hello(&me))
}

async fn order(Authenticated(me): Authenticated<Me>, order: Json<Order>) -> HttpResponse {
    HttpResponse::Created().json(answers::order(&me, &order))
}

async fn event(Authenticated(me): Authenticated<Me>, event: Json<Event>) -> Json<Value> {
    Json(answers::event(&me, &event))
}

async fn feed(me: AuthState<Me>) -> Json<Value> {
    Json(answers::feed(me.principal()))
}
