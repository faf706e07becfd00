//! The tower layer: every request behind it has been decided about.
//!
//! # Decision
//!
//! 1. The chain is asked, by the rules of [`decide`](crate::authenticator::decide).
//! 2. Refused: the [response style](ResponseStyle) renders the answer. The inner service
//!    is not called, and of the body no more was read than an authenticator asked for.
//! 3. No credential: the same with a 401, unless the layer
//!    [allows anonymous requests](AuthLayer::allow_anonymous).
//! 4. Otherwise an [`AuthState`](crate::AuthState) takes the place of any earlier one in
//!    the request's extensions, the credential headers are marked as sensitive, and the
//!    inner service is called with an [`AuthBody`].
//!
//! A 401 carries the challenges of the whole chain. Every refusal carries
//! `Cache-Control: no-store`, a 503 also `Retry-After`.
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
//! * The layer believes the connection about the peer's address, and no header.

mod body;
mod collect;
mod future;
mod layer;
mod refusal;
mod require_scopes;
mod service;
mod style;

pub use body::{AuthBody, ResponseBody};
pub use future::AuthFuture;
pub use layer::AuthLayer;
pub use require_scopes::{RequireScopes, RequireScopesFuture, RequireScopesLayer};
pub use service::Auth;
pub use style::{DjApiAuthStyle, FastApiStyle, Igny8Style, ProblemJson, Refusal, Rendered, ResponseStyle};

#[cfg(feature = "axum")]
pub(crate) use refusal::AnonymousRefusal;
