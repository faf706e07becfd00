//! Extractors and handlers for axum.

mod extract;
#[cfg(feature = "token-endpoint")]
mod token_endpoint;

use std::net::{IpAddr, SocketAddr};

pub use extract::{AuthRejection, Authenticated};
#[cfg(feature = "token-endpoint")]
pub use token_endpoint::token_endpoint;

/// The address of the peer, for [`AuthLayer::with_peer`](crate::tower::AuthLayer::with_peer):
/// what axum's `into_make_service_with_connect_info::<SocketAddr>()` puts into requests.
#[must_use]
pub fn connect_info(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<::axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}
