//! The algorithms that a key can have.

use std::fmt;

use crate::crypto::HmacAlgorithm;

/// How a token is signed (RFC 7518, section 3.1). A key owns its algorithm; a token's
/// `alg` must agree with it and decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

/// The text names no algorithm that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm is none of HS256, HS384 and HS512")]
pub struct UnknownAlgorithm;

impl JwtAlgorithm {
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
        }
    }

    pub(super) const fn hmac(self) -> HmacAlgorithm {
        match self {
            Self::Hs256 => HmacAlgorithm::Sha256,
            Self::Hs384 => HmacAlgorithm::Sha384,
            Self::Hs512 => HmacAlgorithm::Sha512,
        }
    }

    /// The same in the words of the crate that the header's type comes from.
    pub(super) const fn foreign(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Hs384 => jsonwebtoken::Algorithm::HS384,
            Self::Hs512 => jsonwebtoken::Algorithm::HS512,
        }
    }

    /// How many characters a signature has as unpadded base64url.
    pub(super) const fn signature_len(self) -> usize {
        (self.hmac().output_len() * 4).div_ceil(3)
    }
}

impl std::str::FromStr for JwtAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let all = [Self::Hs256, Self::Hs384, Self::Hs512];
        all.into_iter().find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm)
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
        for bad in ["", "none", "None", "hs256", "HS256 ", " HS256", "HS257", "RS256", "HS2560"] {
            assert_eq!(bad.parse::<JwtAlgorithm>(), Err(UnknownAlgorithm), "{bad:?}");
        }
    }

    #[test]
    fn signatures_have_the_length_of_their_hash() {
        let lengths = [JwtAlgorithm::Hs256, JwtAlgorithm::Hs384, JwtAlgorithm::Hs512];
        assert_eq!(lengths.map(JwtAlgorithm::signature_len), [43, 64, 86]);
    }
}
