//! What issuers of tokens do besides signing them.

mod access;
mod keys;
mod refresh;

pub use access::{AccessToken, IssuedToken};
pub use keys::SigningKeys;
pub use refresh::{Redeemed, RefreshError, RefreshGrant, RefreshTokens};
