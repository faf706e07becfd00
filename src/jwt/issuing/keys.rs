//! What tokens are signed with.

use crate::Timestamp;
use crate::jwt::{JwtKey, KeysUnavailable};

/// What an issuer signs with: one key, or the key of the moment of a ring.
#[derive(Clone, Debug)]
pub struct SigningKeys(Keys);

#[derive(Clone, Debug)]
enum Keys {
    One(JwtKey),
}

impl SigningKeys {
    /// The key to sign with at the moment `now`.
    pub(in crate::jwt) fn at(&self, _now: Timestamp) -> Result<JwtKey, KeysUnavailable> {
        match &self.0 {
            Keys::One(key) => Ok(key.clone()),
        }
    }
}

impl From<JwtKey> for SigningKeys {
    fn from(key: JwtKey) -> Self {
        Self(Keys::One(key))
    }
}
