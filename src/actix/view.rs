//! What the chain may see of an actix-web request.

use actix_web::{HttpMessage, HttpRequest};

use crate::Timestamp;
use crate::request::{BodyGate, ClientCertificate, RequestTarget, RequestView};

/// The pattern of the resource that the request was routed to; none where the router has not
/// come to one yet, around an `App` or a scope.
///
/// There, actix-web would search for one that fits the path, whatever the guards of the
/// resources, and the router may choose another. It searches likewise for the name of a
/// resource that has none, so names are not asked for at all.
pub(super) fn entry_point(request: &HttpRequest) -> Option<String> {
    if request.match_info().unprocessed().is_empty() { request.match_pattern() } else { None }
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

/// The certificate that the client showed, as the application or its server said.
pub(super) fn certificate(request: &HttpRequest) -> Option<ClientCertificate> {
    let own = request.extensions().get().copied();
    own.or_else(|| request.conn_data().copied())
}
