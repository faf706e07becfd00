//! What signs and verifies.

use super::MessageAlgorithm;
use crate::crypto::HmacKey;

#[cfg(feature = "jwt")]
use crate::jwt::JwtKey;

/// A shared secret, or a key or half of one that tokens could be signed with too.
#[derive(Clone)]
pub(super) enum Material {
    Hmac(HmacKey),
    #[cfg(feature = "jwt")]
    Key(JwtKey, MessageAlgorithm),
}

impl Material {
    pub(super) const fn algorithm(&self) -> MessageAlgorithm {
        match self {
            Self::Hmac(_) => MessageAlgorithm::HmacSha256,
            #[cfg(feature = "jwt")]
            Self::Key(_, algorithm) => *algorithm,
        }
    }

    pub(super) fn verifies(&self, base: &str, signature: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => key.sign(&[base.as_bytes()]).matches(signature),
            #[cfg(feature = "jwt")]
            Self::Key(key, _) => key.verifies_bytes(base.as_bytes(), signature),
        }
    }

    /// None where the key only verifies, and when the backend fails.
    pub(super) fn sign(&self, base: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hmac(key) => Some(key.sign(&[base.as_bytes()]).expose().to_vec()),
            #[cfg(feature = "jwt")]
            Self::Key(key, _) => key.sign(base.as_bytes()),
        }
    }
}
