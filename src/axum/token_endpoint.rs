//! The OAuth2 password form as a route.

use std::sync::Arc;

use ::axum::body::{Body, to_bytes};
use ::axum::extract::Request;
use ::axum::response::Response;
use ::axum::routing::{MethodRouter, post};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::Clock;
use crate::jwt::{TokenAnswer, TokenEndpoint};
use crate::password::PasswordStore;

/// One byte more than the longest form: enough for the endpoint to see that it is too long.
const ENOUGH: usize = 16 * 1024 + 1;

/// A route that exchanges a user name and a password for a token, by `endpoint`, at the
/// time of `clock`. Put it *outside* the authentication layer.
///
/// ```
/// use axum::Router;
/// use portcullis::SystemClock;
/// use portcullis::axum::token_endpoint;
/// # use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, TokenEndpoint};
/// # use portcullis::password::{PasswordHash, PasswordVerifier, SinglePassword};
/// # let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// # let issuer = JwtIssuer::new(key, std::time::Duration::from_secs(3600));
/// # let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// # let passwords = PasswordVerifier::single(SinglePassword::new("ada".into(), hash))?;
/// let endpoint = TokenEndpoint::new(issuer, passwords);
/// let router: Router = Router::new().route("/api/v1/auth/token", token_endpoint(endpoint, SystemClock));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn token_endpoint<P, C, S>(endpoint: TokenEndpoint<P>, clock: C) -> MethodRouter<S>
where
    P: PasswordStore,
    C: Clock,
    S: Clone + Send + Sync + 'static,
{
    let shared = Arc::new((endpoint, clock));
    post(move |request: Request| {
        let shared = Arc::clone(&shared);
        async move {
            let (parts, body) = request.into_parts();
            let Ok(body) = to_bytes(body, ENOUGH).await else {
                return response(StatusCode::PAYLOAD_TOO_LARGE, [], Body::empty());
            };
            let (endpoint, clock) = &*shared;
            answer(endpoint.answer(content_type(&parts.headers), &body, clock.now()).await)
        }
    })
}

/// The only content type; one that was sent twice is none.
fn content_type(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let only = values.next().filter(|_| values.next().is_none());
    only.and_then(|value| value.to_str().ok())
}

fn answer(answer: TokenAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response(status, answer.headers, Body::from(answer.body))
}

fn response(
    status: StatusCode,
    headers: impl IntoIterator<Item = (&'static str, &'static str)>,
    body: Body,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
