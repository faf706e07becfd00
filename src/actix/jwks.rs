//! Published keys as a route.

use std::future::ready;

use actix_web::{HttpRequest, Route, web};

use super::answer;
use crate::Clock;
use crate::jwt::JwksEndpoint;

/// A route that publishes the keys of an issuer, at the time of `clock`. Put it *outside* the
/// middleware.
///
/// ```
/// use actix_web::App;
/// use portcullis::SystemClock;
/// use portcullis::actix::jwks;
/// # use portcullis::jwt::{JwksEndpoint, JwtAlgorithm, JwtKey, JwtKeySet};
/// # let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// # let keys = JwtKeySet::new([key])?;
/// let endpoint = JwksEndpoint::new(keys, std::time::Duration::from_secs(3600));
/// let app = move || App::new().route("/.well-known/jwks.json", jwks(endpoint.clone(), SystemClock));
/// # let _ = app();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn jwks(endpoint: JwksEndpoint, clock: impl Clock + Clone) -> Route {
    web::get().to(move |request: HttpRequest| {
        ready(answer::convert(endpoint.respond(request.headers(), clock.now())))
    })
}
