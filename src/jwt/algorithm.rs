//! The algorithms that a key can have.

use std::fmt;

use crate::crypto::HmacAlgorithm;

/// How a token is signed (RFC 7518, section 3.1; RFC 8037, section 3.1). A key owns its
/// algorithm; a token's `alg` must agree with it and decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and 32 bytes of salt.
    Ps256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, and 48 bytes of salt.
    Ps384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, and 64 bytes of salt.
    Ps512,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// ECDSA over P-521 with SHA-512. Needs the feature `aws-lc-rs`.
    Es512,
    /// EdDSA over Ed25519. Tokens may name it `EdDSA` (RFC 8037) or `Ed25519` (RFC 9864).
    /// Ed448, the other curve of EdDSA, is in neither of the libraries underneath.
    EdDsa,
}

/// What an algorithm wants of a key: its `kty`, and `crv` where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    Octets,
    Rsa,
    Ec(Curve),
    Ed25519,
}

/// A curve of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// How many bytes a coordinate has (RFC 7518, section 6.2.1.2), and each half of a
    /// signature (section 3.4).
    pub(super) const fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// As `crv` spells it (RFC 7518, section 6.2.1.1).
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }
}

/// The text names no algorithm that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm is none that is known here")]
pub struct UnknownAlgorithm;

impl JwtAlgorithm {
    /// Every algorithm.
    pub(super) const ALL: [Self; 13] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    /// The name as `alg` spells it; names know case.
    ///
    /// ```
    /// use portcullis::jwt::JwtAlgorithm;
    /// assert_eq!("HS256".parse(), Ok(JwtAlgorithm::Hs256));
    /// assert!("hs256".parse::<JwtAlgorithm>().is_err());
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether a shared secret signs and verifies, rather than a pair of keys.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        self.hmac().is_some()
    }

    /// The hash under an HMAC algorithm.
    pub(super) const fn hmac(self) -> Option<HmacAlgorithm> {
        match self {
            Self::Hs256 => Some(HmacAlgorithm::Sha256),
            Self::Hs384 => Some(HmacAlgorithm::Sha384),
            Self::Hs512 => Some(HmacAlgorithm::Sha512),
            _ => None,
        }
    }

    pub(super) const fn key_type(self) -> KeyType {
        match self {
            Self::Hs256 | Self::Hs384 | Self::Hs512 => KeyType::Octets,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => KeyType::Rsa,
            Self::Es256 => KeyType::Ec(Curve::P256),
            Self::Es384 => KeyType::Ec(Curve::P384),
            Self::Es512 => KeyType::Ec(Curve::P521),
            Self::EdDsa => KeyType::Ed25519,
        }
    }
}

impl JwtAlgorithm {
    /// Whether keys of the two have the same `kty`.
    pub(super) const fn is_like(self, other: Self) -> bool {
        matches!(
            (self.key_type(), other.key_type()),
            (KeyType::Octets, KeyType::Octets)
                | (KeyType::Rsa, KeyType::Rsa)
                | (KeyType::Ec(_), KeyType::Ec(_))
                | (KeyType::Ed25519, KeyType::Ed25519)
        )
    }
}

impl std::str::FromStr for JwtAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        if name == "Ed25519" {
            return Ok(Self::EdDsa);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm)
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_name_is_an_algorithm() {
        for bad in [
            "", "none", "None", "hs256", "HS256 ", " HS256", "HS257", "HS2560", "rs256", "ES256K", "ED25519",
            "eddsa", "Ed448", "RSA-OAEP", "dir",
        ] {
            assert_eq!(bad.parse::<JwtAlgorithm>(), Err(UnknownAlgorithm), "{bad:?}");
        }
        for algorithm in JwtAlgorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
        assert_eq!("Ed25519".parse(), Ok(JwtAlgorithm::EdDsa));
    }
}
