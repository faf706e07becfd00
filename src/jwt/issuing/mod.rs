//! What issuers of tokens do besides signing them.

mod access;
mod check;
mod exchange;
mod jwks;
mod keys;
mod refresh;
mod revocation;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod ring;

pub use access::{AccessToken, IssuedToken};
pub(super) use check::Checks;
pub use check::TokenCheck;
pub use exchange::{ExchangeError, KeyExchange};
pub use jwks::JwksEndpoint;
pub use keys::SigningKeys;
pub use refresh::{Redeemed, RefreshError, RefreshGrant, RefreshTokens};
pub use revocation::JwtRevocations;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
pub use ring::{InvalidKeyRingPlan, JwtKeyRing, KeyRingError, KeyRingPlan};
