//! The OAuth2 password form as a route.

use std::sync::Arc;

use ::axum::body::Body;
use ::axum::extract::Request;
use ::axum::routing::{MethodRouter, post};

use crate::Clock;
use crate::jwt::TokenEndpoint;
use crate::password::PasswordStore;

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
            let (endpoint, clock) = &*shared;
            let (parts, body) = request.into_parts();
            endpoint.respond(&parts.headers, body, clock.now()).await.map(Body::from)
        }
    })
}
