//! The OAuth2 password form as a route.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, Route, web};
use portcullis::Clock;
use portcullis::jwt::TokenEndpoint;

use crate::passwords::Passwords;

/// Exchanges a user name and a password for a token.
pub(crate) fn token_endpoint(endpoint: Arc<TokenEndpoint<Passwords>>, clock: impl Clock + Clone) -> Route {
    web::post().to(move |request: HttpRequest, form: web::Bytes| {
        let (endpoint, clock) = (Arc::clone(&endpoint), clock.clone());
        async move {
            // A content type that was sent twice is none.
            let mut types = request.headers().get_all(CONTENT_TYPE);
            let only = types.next().filter(|_| types.next().is_none());
            let only = only.and_then(|value| value.to_str().ok());
            let answer = endpoint.answer(only, &form, clock.now()).await;
            let status = StatusCode::from_u16(answer.status);
            let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
            for header in answer.headers {
                response.insert_header(header);
            }
            response.body(answer.body)
        }
    })
}
