//! Middleware and extractors for actix-web 4.
//!
//! The decision, the answers and what is done to requests are those of
//! [`guard`](crate::guard), the same as behind the tower layer. Headers are read where
//! actix-web keeps them, without being converted.
//!
//! # Deployment caveats
//!
//! * actix-web runs the middleware that was added *last* first. Add a CORS middleware after
//!   this one, so that refusals pass through it on their way out.
//! * `wrap` covers what is registered on the same `App`, `Scope` or `Resource`, whether it is
//!   registered before or after.
//! * actix-web turns every failure of an extractor into `None` where a handler takes an
//!   `Option` of it. For [`Authenticated`] that is a request without a credential, but where
//!   the middleware was *forgotten* it is everybody: there, `Option<Authenticated<P>>` is
//!   `None` and the log has an error. Take [`AuthState<P>`](crate::AuthState) instead: it is
//!   a 500 then.
//! * Where a service inside gives an error back instead of an answer, the error of a GET or
//!   HEAD goes on inside another one, whose answer also says to caches what it must. Middleware
//!   outside sees its status and its text, but `as_error` does not find the original type.
//! * Around an `App` or a scope, the middleware runs before the router has come to a resource:
//!   what keys with [entry points](crate::store::EntryPoints) are checked against is then the
//!   path as it was sent. Around a resource or a route it is the pattern that was matched, and
//!   with [`Routes`] the name. The names of actix-web's resources are not read.
//! * The middleware believes the connection about the peer's address.

mod answer;
mod extract;
mod failure;
mod headers;
#[cfg(feature = "jwt")]
mod jwks;
mod middleware;
mod payload;
mod require_scopes;
mod require_tenant;
mod routes;
mod server_time;
#[cfg(feature = "token-endpoint")]
mod token_endpoint;
mod view;

pub use extract::{AuthRejection, Authenticated};
#[cfg(feature = "jwt")]
pub use jwks::jwks;
pub use middleware::{AuthMiddleware, AuthService};
pub use require_scopes::{RequireScopes, RequireScopesService};
pub use require_tenant::{RequireTenant, RequireTenantService};
pub use routes::Routes;
pub use server_time::server_time;
#[cfg(feature = "token-endpoint")]
pub use token_endpoint::token_endpoint;
