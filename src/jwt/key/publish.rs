//! The public half of a key, for others to verify with.

use serde_json::{Value, json};

use super::{JwtKey, JwtKeyError, PublicNumbers};
use crate::canonical::base64::encode_url;
use crate::crypto::digest::sha256;

impl JwtKey {
    /// The JWK (RFC 7517) of the public half, with `alg`, `use` and the name as `kid`. None
    /// for a shared secret, which has no such half.
    ///
    /// ```
    /// use portcullis::jwt::{JwtAlgorithm, JwtKey};
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] {
    /// let key = JwtKey::generate(JwtAlgorithm::Es256)?.with_thumbprint_id()?;
    /// let jwk = key.to_public_jwk().expect("a pair of keys");
    /// assert_eq!(jwk["kty"], "EC");
    /// let verifying = JwtKey::from_jwk_text(&jwk.to_string(), JwtAlgorithm::Es256)?;
    /// assert_eq!((verifying.id(), verifying.can_sign()), (key.id(), false));
    /// # }
    /// # Ok::<(), portcullis::jwt::JwtKeyError>(())
    /// ```
    #[must_use]
    pub fn to_public_jwk(&self) -> Option<Value> {
        let mut jwk = self.numbers()?.required_members();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("alg".to_owned(), self.algorithm.name().into());
            members.insert("use".to_owned(), "sig".into());
            members.extend(self.id().map(|id| ("kid".to_owned(), id.into())));
        }
        Some(jwk)
    }

    /// The thumbprint of the public half (RFC 7638), by SHA-256 and as base64url. None for a
    /// shared secret, of which a thumbprint would give something away (section 7).
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        Some(encode_url(&sha256(self.numbers()?.hashed_text().as_bytes())))
    }

    /// Names the key by its [thumbprint](Self::thumbprint).
    ///
    /// # Errors
    /// When the key is a shared secret, which has none.
    pub fn with_thumbprint_id(self) -> Result<Self, JwtKeyError> {
        let thumbprint = self.thumbprint().ok_or(JwtKeyError::WrongType)?;
        Ok(self.with_id(&thumbprint))
    }
}

impl PublicNumbers {
    fn required_members(&self) -> Value {
        match self {
            Self::Rsa { n, e } => json!({ "kty": "RSA", "n": encode_url(n), "e": encode_url(e) }),
            Self::Ec { curve, x, y } => {
                json!({ "kty": "EC", "crv": curve.name(), "x": encode_url(x), "y": encode_url(y) })
            }
            Self::Ed25519 { x } => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode_url(x) }),
        }
    }

    /// The required members in the order of their names and without white space (RFC 7638,
    /// section 3; RFC 8037, section 2). Nothing in them needs an escape.
    fn hashed_text(&self) -> String {
        match self {
            Self::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode_url(e), encode_url(n))
            }
            Self::Ec { curve, x, y } => {
                let (x, y) = (encode_url(x), encode_url(y));
                format!(r#"{{"crv":"{}","kty":"EC","x":"{x}","y":"{y}"}}"#, curve.name())
            }
            Self::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode_url(x))
            }
        }
    }
}
