//! Keys that the application holds itself.

use std::fmt;

use super::MessageAlgorithm;
use super::material::Material;
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::{KeyId, Secret};

#[cfg(feature = "jwt")]
use crate::jwt::JwtKey;

/// A key that verifies the signatures of one client, and whom it stands for.
///
/// It is for public keys, which are no secrets and need no store. What a store does for its
/// keys it does not do for these: they have no end, no switch and no limits, and change with
/// the configuration.
pub struct MessageKey<P> {
    pub(super) id: KeyId,
    pub(super) material: Material,
    pub(super) principal: P,
}

/// Messages cannot be signed with the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableKey {
    /// It is of an algorithm that messages are not signed with here.
    #[error("messages are not signed with keys of this algorithm")]
    Algorithm,
    /// It is a secret of less than 32 bytes, the output of the hash (RFC 7518, section 3.2).
    #[error("the secret is shorter than 32 bytes")]
    TooShort,
    /// It is only the public half of a key, which verifies.
    #[error("a public key signs nothing")]
    Public,
}

impl<P> MessageKey<P> {
    /// The key that `keyid` names `id`, of `principal`. Its algorithm is `HS256`, `EdDSA`,
    /// `ES256`, `ES384` or `PS512`: the keys of tokens, which mean the same bytes as
    /// [`MessageAlgorithm`].
    ///
    /// ```
    /// use portcullis::jwt::{JwtAlgorithm, JwtKey};
    /// use portcullis::message_signature::MessageKey;
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// let pem = "-----BEGIN PUBLIC KEY-----\n\
    ///     MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n\
    ///     -----END PUBLIC KEY-----\n";
    /// let key = JwtKey::from_pem(pem, JwtAlgorithm::EdDsa)?;
    /// let key = MessageKey::new("partner-2026", key, "partner")?;
    /// assert_eq!(key.algorithm().name(), "ed25519");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the key is of another algorithm.
    #[cfg(feature = "jwt")]
    pub fn new(id: impl Into<KeyId>, key: JwtKey, principal: P) -> Result<Self, UnusableKey> {
        let algorithm = MessageAlgorithm::of(&key).ok_or(UnusableKey::Algorithm)?;
        Ok(Self { id: id.into(), material: Material::Key(key, algorithm), principal })
    }

    /// A shared secret, as the bytes that it is. One that can be rotated and revoked is better
    /// kept in a store.
    ///
    /// # Errors
    /// When the secret is shorter than 32 bytes.
    pub fn hmac(id: impl Into<KeyId>, secret: &Secret, principal: P) -> Result<Self, UnusableKey> {
        if secret.len() < HmacAlgorithm::Sha256.output_len() {
            return Err(UnusableKey::TooShort);
        }
        let material = Material::Hmac(HmacKey::new(HmacAlgorithm::Sha256, secret));
        Ok(Self { id: id.into(), material, principal })
    }

    /// The name that `keyid` calls it by.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The algorithm that it verifies with.
    #[must_use]
    pub const fn algorithm(&self) -> MessageAlgorithm {
        self.material.algorithm()
    }
}

impl<P> fmt::Debug for MessageKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}
