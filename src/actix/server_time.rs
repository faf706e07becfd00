//! The server's time as a route.

use std::future::ready;

use actix_web::{Route, guard, web};

use super::answer;
use crate::Clock;
use crate::guard as portcullis_guard;

/// A route that answers the time of `clock`, for clients whose own is off:
/// [`guard::server_time`](crate::guard::server_time). Put it *outside* the middleware.
///
/// ```
/// use actix_web::App;
/// use portcullis::SystemClock;
/// use portcullis::actix::server_time;
/// let app = App::new().route("/time", server_time(SystemClock));
/// ```
pub fn server_time(clock: impl Clock + Clone) -> Route {
    let read = guard::Any(guard::Get()).or(guard::Head());
    web::route().guard(read).to(move || ready(answer::convert(portcullis_guard::server_time(clock.now()))))
}
