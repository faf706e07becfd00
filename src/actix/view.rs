//! What the chain may see of an actix-web request.

use actix_web::HttpRequest;

use crate::Timestamp;
use crate::request::{BodyGate, RequestTarget, RequestView};

/// The pattern of the resource that the request was routed to.
///
/// Not its name: for a resource without one, actix-web searches all of them for one that
/// fits the path and has a name, whatever its guards. That takes microseconds, and what it
/// finds may be another resource.
pub(super) fn entry_point(request: &HttpRequest) -> Option<String> {
    request.match_pattern()
}

/// All that the chain may see, except for the body, which is behind `gate`.
pub(super) fn view<'a>(request: &'a HttpRequest, gate: &'a BodyGate, now: Timestamp) -> RequestView<'a> {
    let uri = request.uri();
    let target = RequestTarget {
        method: request.method().as_str(),
        scheme: uri.scheme_str(),
        authority: uri.authority().map(|authority| authority.as_str()),
        path: uri.path(),
        query: uri.query(),
    };
    let peer = request.peer_addr().map(|address| address.ip());
    RequestView::new(target, request.headers(), gate, now).with_peer(peer)
}
