//! Published keys as a route.

use ::axum::body::Body;
use ::axum::extract::Request;
use ::axum::routing::{MethodRouter, get};

use crate::Clock;
use crate::jwt::JwksEndpoint;

/// A route that publishes the keys of an issuer, at the time of `clock`. Put it *outside* the
/// authentication layer.
///
/// ```
/// use axum::Router;
/// use portcullis::SystemClock;
/// use portcullis::axum::jwks;
/// # use portcullis::jwt::{JwksEndpoint, JwtAlgorithm, JwtKey, JwtKeySet};
/// # let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// # let keys = JwtKeySet::new([key])?;
/// let endpoint = JwksEndpoint::new(keys, std::time::Duration::from_secs(3600));
/// let router: Router = Router::new().route("/.well-known/jwks.json", jwks(endpoint, SystemClock));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn jwks<C, S>(endpoint: JwksEndpoint, clock: C) -> MethodRouter<S>
where
    C: Clock,
    S: Clone + Send + Sync + 'static,
{
    let shared = std::sync::Arc::new((endpoint, clock));
    get(move |request: Request| {
        let (endpoint, clock) = &*shared;
        let answer = endpoint.respond(request.headers(), clock.now()).map(Body::from);
        std::future::ready(answer)
    })
}
