//! Authentication for HTTP services, written once and used from any framework.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "api-key")]
pub mod api_key;
pub mod authenticator;
#[cfg(feature = "axum")]
pub mod axum;
mod canonical;
mod challenge;
mod clock;
pub mod crypto;
mod error;
mod id;
#[cfg(feature = "jwt")]
pub mod jwt;
mod outcome;
#[cfg(feature = "password")]
pub mod password;
mod principal;
#[cfg(feature = "query-signature")]
pub mod query_signature;
pub mod request;
mod scheme;
mod scope;
mod secret;
#[cfg(feature = "settings")]
pub mod settings;
pub mod store;
#[cfg(feature = "tower")]
pub mod tower;
mod trace;
#[cfg(feature = "x-auth")]
pub mod x_auth;

pub use authenticator::{AnyOf, Authenticator, AuthenticatorExt, BoxAuthenticator};
pub use challenge::{Challenge, Challenges, InvalidChallenge};
pub use clock::{Clock, FrozenClock, SystemClock, Timestamp};
pub use error::{AuthError, ErrorKind, Reason};
pub use id::{AccountId, KeyId, Realm, SiteId, UserId};
pub use outcome::Outcome;
pub use principal::{AuthState, Credential, Principal, PrincipalBuilder};
pub use scheme::Scheme;
pub use scope::{HasScopes, InvalidScope, Scope, Scopes};
pub use secret::Secret;
pub use store::{KeyAdmin, KeyStore, NonceStore};
