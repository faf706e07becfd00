//! The request as authenticators see it: no body type, no framework type.

mod address;
mod body_gate;
mod body_guard;
mod carriers;
mod certificate;
mod companions;
mod cookie;
#[cfg(any(feature = "api-key", feature = "jwt", feature = "basic"))]
pub(crate) mod credentials;
mod headers;
mod name_filter;
pub(crate) mod network;
mod notes;
#[cfg(feature = "openapi")]
mod together;
mod view;

pub use address::TrustedProxies;
pub use body_gate::{BodyFailure, BodyGate};
pub use body_guard::{BodyGuard, DecodedBody};
#[cfg(feature = "openapi")]
pub(crate) use carriers::Carrier;
pub use carriers::Carriers;
pub use certificate::ClientCertificate;
pub use headers::HeaderSource;
/// A network of IP addresses, of the crate [`ipnet`](https://docs.rs/ipnet/2).
pub use ipnet::{IpNet, Ipv4Net, Ipv6Net};
pub(crate) use name_filter::NameFilter;
pub use network::InvalidNetwork;
pub use notes::Notes;
#[cfg(feature = "sigv4")]
pub(crate) use view::printable;
pub use view::{RequestTarget, RequestView};
