//! The tower layer: every request behind it has been decided about.
//!
//! How it is decided, and what the answers look like: [`guard`](crate::guard).
//!
//! # Readiness
//!
//! The inner instance that was polled ready is the one that is called, whatever the
//! authenticator waits for in between.
//!
//! # Deployment caveats
//!
//! * Put the layer *inside* a CORS layer: a refusal must pass through that on its way out.
//! * Routes added to a router after `.layer(..)` are not covered. Handlers that take
//!   `Authenticated<P>` answer 500 there.
//! * Inside a router that cuts a prefix off the path, the layer needs the path as it was
//!   sent: with the `axum` feature it finds that itself, elsewhere
//!   [`with_original_uri`](AuthLayer::with_original_uri) says where it is.
//! * Where a request of HTTP/1 is refused, the content of the answer comes when the rest of the
//!   request's body has been read, 5 seconds later at most ([`guard`](crate::guard), "Bodies"). Do
//!   not put a layer outside that throws the bodies of answers away.
//! * The layer believes the connection about the peer's address, and no header.

mod ambient;
mod body;
mod future;
#[cfg(feature = "tonic")]
mod grpc;
mod layer;
mod path_parameters;
mod refusal;
mod require_scopes;
mod require_tenant;
mod service;
pub mod sign;

pub use body::{AuthBody, ResponseBody};
pub use future::AuthFuture;
pub use layer::AuthLayer;
pub use require_scopes::{RequireScopes, RequireScopesFuture, RequireScopesLayer};
pub use require_tenant::{RequireTenant, RequireTenantLayer};
pub use service::Auth;

#[cfg(feature = "axum")]
pub(crate) use ambient::Ambient;
