//! The public half of a key, for others to verify with.

use serde_json::{Map, Value};

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
        let mut jwk: Map<String, Value> = serde_json::from_str(&self.required_members()?).ok()?;
        jwk.insert("alg".to_owned(), self.algorithm.name().into());
        jwk.insert("use".to_owned(), "sig".into());
        jwk.extend(self.id().map(|id| ("kid".to_owned(), id.into())));
        Some(Value::Object(jwk))
    }

    /// The thumbprint of the public half (RFC 7638), by SHA-256 and as base64url: what
    /// `cnf.jkt` of a token that is bound to the key has. None for a shared secret, of which
    /// a thumbprint would give something away (section 7).
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        self.thumbprint_sha256().map(|digest| encode_url(&digest))
    }

    pub(in crate::jwt) fn thumbprint_sha256(&self) -> Option<[u8; 32]> {
        self.required_members().map(|text| sha256(text.as_bytes()))
    }

    /// Names the key by its [thumbprint](Self::thumbprint).
    ///
    /// # Errors
    /// When the key is a shared secret, which has none.
    pub fn with_thumbprint_id(self) -> Result<Self, JwtKeyError> {
        let thumbprint = self.thumbprint().ok_or(JwtKeyError::WrongType)?;
        Ok(self.with_id(&thumbprint))
    }

    /// The JWK of the public half with the members that its type requires and no others, in
    /// the order of their names and without white space (RFC 7638, section 3; RFC 8037,
    /// section 2). Nothing in them needs an escape.
    pub(in crate::jwt) fn required_members(&self) -> Option<String> {
        Some(match self.numbers()? {
            PublicNumbers::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode_url(e), encode_url(n))
            }
            PublicNumbers::Ec { curve, x, y } => {
                let (x, y) = (encode_url(x), encode_url(y));
                format!(r#"{{"crv":"{}","kty":"EC","x":"{x}","y":"{y}"}}"#, curve.name())
            }
            PublicNumbers::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode_url(x))
            }
        })
    }
}
