//! Passwords of people: hashes that are slow on purpose, and a check that takes the same
//! time for users who exist and users who do not.
//!
//! Not for API keys or tokens: what is random enough needs no slow hash.

mod hash;
mod hashing;
mod pbkdf2;
mod store;
mod user;
mod user_verifier;
mod verifier;

pub(crate) use hashing::Hashing;

pub use hash::{PasswordHash, PasswordHashError};
pub use store::{PasswordStore, SinglePassword};
pub use user::{PasswordUsers, User, UserStore};
pub use user_verifier::UserVerifier;
pub use verifier::PasswordVerifier;
