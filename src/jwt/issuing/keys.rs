//! What tokens are signed with.

use std::time::Duration;

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
use super::JwtKeyRing;
use crate::Timestamp;
use crate::jwt::{JwtKey, KeysUnavailable};

/// What an issuer signs with: one key, or the key of the moment of a ring.
#[derive(Clone, Debug)]
pub struct SigningKeys(Keys);

#[derive(Clone, Debug)]
enum Keys {
    One(JwtKey),
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    Ring(JwtKeyRing),
}

impl SigningKeys {
    /// The key to sign with at the moment `now`.
    pub(in crate::jwt) fn at(&self, now: Timestamp) -> Result<JwtKey, KeysUnavailable> {
        match &self.0 {
            Keys::One(key) => {
                let _ = now;
                Ok(key.clone())
            }
            #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
            Keys::Ring(ring) => ring.signing_key(now),
        }
    }

    /// How long a token may live at most that they sign, if they say so.
    pub(in crate::jwt) fn longest_token(&self) -> Option<Duration> {
        match &self.0 {
            Keys::One(_) => None,
            #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
            Keys::Ring(ring) => Some(ring.longest_token()),
        }
    }
}

impl From<JwtKey> for SigningKeys {
    fn from(key: JwtKey) -> Self {
        Self(Keys::One(key))
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
impl From<JwtKeyRing> for SigningKeys {
    fn from(ring: JwtKeyRing) -> Self {
        Self(Keys::Ring(ring))
    }
}
