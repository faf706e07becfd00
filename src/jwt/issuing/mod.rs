//! What issuers of tokens do besides signing them.

mod access;
mod check;
mod exchange;
mod keys;
mod refresh;
mod revocation;

pub use access::{AccessToken, IssuedToken};
pub(super) use check::Checks;
pub use check::TokenCheck;
pub use exchange::{ExchangeError, KeyExchange};
pub use keys::SigningKeys;
pub use refresh::{Redeemed, RefreshError, RefreshGrant, RefreshTokens};
pub use revocation::JwtRevocations;
