//! The server's time as a route.

use std::future::ready;

use ::axum::body::Body;
use ::axum::routing::{MethodRouter, get};

use crate::{Clock, guard};

/// A route that answers the time of `clock`, for clients whose own is off:
/// [`guard::server_time`]. Put it *outside* the authentication layer.
///
/// ```
/// use axum::Router;
/// use portcullis::SystemClock;
/// use portcullis::axum::server_time;
/// let router: Router = Router::new().route("/time", server_time(SystemClock));
/// ```
pub fn server_time<C, S>(clock: C) -> MethodRouter<S>
where
    C: Clock + Clone,
    S: Clone + Send + Sync + 'static,
{
    get(move || ready(guard::server_time(clock.now()).map(Body::from)))
}
