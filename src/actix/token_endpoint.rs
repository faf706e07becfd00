//! The OAuth2 password form as a route.

use std::sync::Arc;

use actix_web::{HttpRequest, Route, web};

use super::answer;
use super::payload::PayloadBody;
use crate::Clock;
use crate::jwt::TokenEndpoint;
use crate::password::PasswordStore;

/// A route that exchanges a user name and a password for a token, by `endpoint`, at the
/// time of `clock`. Put it *outside* the middleware. actix-web calls the closure that makes
/// an `App` once for each worker: share one `endpoint` among them as an `Arc`.
///
/// ```
/// use actix_web::App;
/// use portcullis::SystemClock;
/// use portcullis::actix::token_endpoint;
/// # use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, TokenEndpoint};
/// # use portcullis::password::{PasswordHash, PasswordVerifier, SinglePassword};
/// use std::sync::Arc;
/// # let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// # let issuer = JwtIssuer::new(key, std::time::Duration::from_secs(3600));
/// # let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// # let passwords = PasswordVerifier::single(SinglePassword::new("ada".into(), hash))?;
/// let endpoint = Arc::new(TokenEndpoint::new(issuer, passwords));
/// let app = move || {
///     let route = token_endpoint(Arc::clone(&endpoint), SystemClock);
///     App::new().route("/api/v1/auth/token", route)
/// };
/// # let _ = app();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn token_endpoint<P: PasswordStore>(
    endpoint: impl Into<Arc<TokenEndpoint<P>>>,
    clock: impl Clock + Clone,
) -> Route {
    let endpoint = endpoint.into();
    web::post().to(move |request: HttpRequest, payload: web::Payload| {
        let (endpoint, clock) = (Arc::clone(&endpoint), clock.clone());
        async move {
            let body = PayloadBody(payload.into_inner());
            answer::convert(endpoint.respond(request.headers(), body, clock.now()).await)
        }
    })
}
