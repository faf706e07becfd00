//! Extractors and handlers for axum.
//!
//! The layer is that of [`tower`](crate::tower). It finds by itself what axum knows of a
//! request: the route that was matched, the path before a nested router shortened it, and,
//! behind `into_make_service_with_connect_info::<SocketAddr>()`, the address of the peer.

mod extract;
#[cfg(feature = "jwt")]
mod jwks;
mod routes;
mod server_time;
#[cfg(feature = "token-endpoint")]
mod token_endpoint;

pub use extract::{AuthRejection, Authenticated};
#[cfg(feature = "jwt")]
pub use jwks::jwks;
pub use routes::Routes;
pub use server_time::server_time;
#[cfg(feature = "token-endpoint")]
pub use token_endpoint::token_endpoint;
