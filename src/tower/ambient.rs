//! Where the server and the router have put what they know of a request, and how it is refused.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Response, Uri};

use crate::guard::{Guard, Stopwatch};
use crate::request::{BodyGate, RequestTarget, RequestView};
use crate::{AuthError, Authenticator, Timestamp};

/// Looks things up in the extensions of a request.
#[derive(Clone, Copy)]
pub(crate) struct Ambient {
    pub(super) peer: fn(&Extensions) -> Option<IpAddr>,
    pub(super) original_uri: fn(&Extensions) -> Option<&Uri>,
    pub(super) entry_point: fn(&Extensions) -> Option<&str>,
    pub(super) wording: Wording,
}

/// In which protocol calls are refused.
#[derive(Clone, Copy)]
pub(super) enum Wording {
    Http,
    #[cfg(feature = "tonic")]
    Grpc,
}

impl Default for Ambient {
    fn default() -> Self {
        Self { peer, original_uri, entry_point, wording: Wording::Http }
    }
}

impl Ambient {
    /// All that the chain may see, except for the body, which is behind `gate`.
    pub(crate) fn view<'a>(self, parts: &'a Parts, gate: &'a BodyGate, now: Timestamp) -> RequestView<'a> {
        // The target as the client sent it, also where a router has cut a prefix off since.
        let uri = (self.original_uri)(&parts.extensions).unwrap_or(&parts.uri);
        let target = RequestTarget {
            method: parts.method.as_str(),
            scheme: uri.scheme_str(),
            authority: uri.authority().map(http::uri::Authority::as_str),
            path: uri.path(),
            query: uri.query(),
        };
        RequestView::new(target, &parts.headers, gate, now)
            .with_peer((self.peer)(&parts.extensions))
            .with_entry_point((self.entry_point)(&parts.extensions))
            .with_client_certificate(parts.extensions.get())
    }

    /// The guard's refusal, in the protocol of the request.
    pub(super) fn refuse<A: Authenticator>(
        self,
        guard: &Guard<A>,
        error: &AuthError,
        request: &RequestView<'_>,
        watch: Stopwatch,
    ) -> Response<Bytes> {
        let refusal = guard.refuse(error, request, watch);
        match self.wording {
            #[cfg(feature = "tonic")]
            Wording::Grpc if super::grpc::is_call(request) => super::grpc::answer(error.kind(), refusal),
            _ => refusal,
        }
    }
}

/// The address that axum's or tonic's server notes.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = extensions.get::<::axum::extract::ConnectInfo<std::net::SocketAddr>>() {
        return Some(info.0.ip());
    }
    #[cfg(feature = "tonic")]
    if let Some(info) = extensions.get::<::tonic::transport::server::TcpConnectInfo>() {
        return info.remote_addr().map(|address| address.ip());
    }
    let _ = extensions;
    None
}

/// Where axum keeps the target of a request whose prefix a nested router has cut off.
fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    #[cfg(feature = "axum")]
    if let Some(original) = extensions.get::<::axum::extract::OriginalUri>() {
        return Some(&original.0);
    }
    let _ = extensions;
    None
}

/// The pattern that axum's router matched.
fn entry_point(extensions: &Extensions) -> Option<&str> {
    #[cfg(feature = "axum")]
    if let Some(matched) = extensions.get::<::axum::extract::MatchedPath>() {
        return Some(matched.as_str());
    }
    let _ = extensions;
    None
}
