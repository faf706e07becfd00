//! The algorithms that a key can have.

use std::fmt;

/// How a message is signed (RFC 9421, section 3.3). A key owns its algorithm; the parameter
/// `alg` of a signature must agree with it, and decides nothing.
///
/// RSASSA-PKCS1-v1_5 is registered too, and left out: `rsa-pss-sha512` takes the same keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageAlgorithm {
    /// HMAC with SHA-256 (section 3.3.3).
    HmacSha256,
    /// EdDSA over Ed25519 (section 3.3.6).
    Ed25519,
    /// ECDSA over P-256 with SHA-256, as 64 bytes `r ‖ s` (section 3.3.4).
    EcdsaP256Sha256,
    /// ECDSA over P-384 with SHA-384, as 96 bytes `r ‖ s` (section 3.3.5).
    EcdsaP384Sha384,
    /// RSASSA-PSS with SHA-512 and 64 bytes of salt (section 3.3.1).
    RsaPssSha512,
}

impl MessageAlgorithm {
    /// The name as `alg` spells it (section 6.2.2); names know case.
    ///
    /// ```
    /// use portcullis::message_signature::MessageAlgorithm;
    /// assert_eq!(MessageAlgorithm::RsaPssSha512.name(), "rsa-pss-sha512");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::EcdsaP384Sha384 => "ecdsa-p384-sha384",
            Self::RsaPssSha512 => "rsa-pss-sha512",
        }
    }
}

impl fmt::Display for MessageAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(feature = "jwt")]
impl MessageAlgorithm {
    /// What a key of tokens signs messages with: the two name the same bytes.
    pub(super) const fn of(key: &crate::jwt::JwtKey) -> Option<Self> {
        use crate::jwt::JwtAlgorithm;
        match key.algorithm() {
            JwtAlgorithm::Hs256 => Some(Self::HmacSha256),
            JwtAlgorithm::EdDsa => Some(Self::Ed25519),
            JwtAlgorithm::Es256 => Some(Self::EcdsaP256Sha256),
            JwtAlgorithm::Es384 => Some(Self::EcdsaP384Sha384),
            JwtAlgorithm::Ps512 => Some(Self::RsaPssSha512),
            _ => None,
        }
    }
}
