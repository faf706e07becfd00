//! Opaque tokens, about which their issuer is asked (OAuth 2.0 Token Introspection, RFC 7662).
//!
//! An [`IntrospectionAuthenticator`] sends each token that it does not know to an
//! [`IntrospectionEndpoint`], and applies a [`JwtPolicy`](super::JwtPolicy) to the answer. What
//! it is told counts for a while, which bounds how long a revoked token works: 60 seconds
//! unless something else is said.

mod answer;
mod answers;
mod authenticator;
mod endpoint;
mod error;
mod flights;

pub use authenticator::IntrospectionAuthenticator;
pub use endpoint::{ClientAuthentication, IntrospectionEndpoint};
pub use error::{IntrospectionError, IntrospectionSettingsError};
