//! Keys that own their algorithm.

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyOperations, PublicKeyUse};

use super::weak::{WeakSecret, weakness};
use super::{JwtAlgorithm, UnknownAlgorithm};
use crate::Secret;
use crate::canonical::base64;
use crate::crypto::{HmacKey, Tag};

/// A key that signs or verifies tokens with the one algorithm it was made for.
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtKey};
/// let secret = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, secret.into())?.with_id("2026-q1");
/// assert_eq!(key.id(), Some("2026-q1"));
/// assert!(JwtKey::hmac(JwtAlgorithm::Hs256, "secret".into()).is_err());
/// # Ok::<(), portcullis::jwt::JwtKeyError>(())
/// ```
#[derive(Clone)]
pub struct JwtKey {
    algorithm: JwtAlgorithm,
    id: Option<Box<str>>,
    material: Material,
}

/// What a key is made of.
#[derive(Clone)]
enum Material {
    Hmac(HmacKey),
}

/// A key cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtKeyError {
    /// The secret could be guessed.
    #[error(transparent)]
    Weak(#[from] WeakSecret),
    /// The algorithm is not known here.
    #[error(transparent)]
    UnknownAlgorithm(#[from] UnknownAlgorithm),
    /// The JWK is of a type that does not go with the algorithm.
    #[error("the type of the JWK does not go with the algorithm")]
    WrongType,
    /// The value of the JWK is not unpadded base64url.
    #[error("the value of the JWK is not unpadded base64url")]
    Unreadable,
    /// The `alg`, `use` or `key_ops` of the JWK forbid what it is to be used for.
    #[error("the JWK is not meant for verifying with this algorithm")]
    NotMeantForThis,
}

impl JwtKey {
    /// A key of one of the HMAC algorithms.
    ///
    /// # Errors
    /// When the secret is weak: shorter than the output of the hash (RFC 7518, section
    /// 3.2), repetitive, or a published example.
    pub fn hmac(algorithm: JwtAlgorithm, secret: Secret) -> Result<Self, JwtKeyError> {
        if let Some(weak) = weakness(secret.expose(), algorithm.hmac().output_len()) {
            return Err(weak.into());
        }
        let material = Material::Hmac(HmacKey::new(algorithm.hmac(), &secret));
        Ok(Self { algorithm, id: None, material })
    }

    /// A key from a JWK of type `oct`, together with its `kid`. The algorithm is said
    /// here, never taken from the JWK; where the JWK has a word on it, the two must agree.
    ///
    /// # Errors
    /// When the JWK is of another type, is meant for something else by its `alg`, `use`
    /// or `key_ops` (RFC 7517, section 4), or holds a weak secret.
    pub fn from_jwk(jwk: &Jwk, algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        let AlgorithmParameters::OctetKey(octets) = &jwk.algorithm else {
            return Err(JwtKeyError::WrongType);
        };
        let common = &jwk.common;
        let agrees = common.key_algorithm.is_none_or(|named| named == algorithm.foreign().into())
            && common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if !agrees {
            return Err(JwtKeyError::NotMeantForThis);
        }
        let secret = base64::url_vec(octets.value.as_bytes()).ok_or(JwtKeyError::Unreadable)?;
        let key = Self::hmac(algorithm, Secret::new(secret))?;
        Ok(match &common.key_id {
            Some(id) => key.with_id(id),
            None => key,
        })
    }

    /// Names the key: tokens that carry a `kid` are then checked with it only if that is
    /// this name.
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The algorithm that the key was made for.
    #[must_use]
    pub const fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm
    }

    /// The name of the key, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) fn sign(&self, input: &[u8]) -> Tag {
        match &self.material {
            Material::Hmac(key) => key.sign(&[input]),
        }
    }

    /// Whether `signature`, as base64url, is this key's over `input`.
    pub(super) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        fn matches<const N: usize>(key: &HmacKey, input: &[u8], signature: &[u8]) -> bool {
            base64::url::<N>(signature).is_some_and(|presented| key.sign(&[input]).matches(&presented))
        }
        match (&self.material, self.algorithm) {
            (Material::Hmac(key), JwtAlgorithm::Hs256) => matches::<32>(key, input, signature),
            (Material::Hmac(key), JwtAlgorithm::Hs384) => matches::<48>(key, input, signature),
            (Material::Hmac(key), JwtAlgorithm::Hs512) => matches::<64>(key, input, signature),
        }
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey")
            .field("algorithm", &self.algorithm)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(jwk: &str) -> Result<JwtKey, JwtKeyError> {
        JwtKey::from_jwk(&serde_json::from_str(jwk).expect("JWK"), JwtAlgorithm::Hs256)
    }

    const K: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

    #[test]
    fn a_jwk_that_agrees_becomes_a_key_with_its_id() {
        for more in ["", r#","alg":"HS256","use":"sig""#, r#","key_ops":["sign","verify"]"#] {
            let made = key(&format!(r#"{{"kty":"oct","kid":"a","k":"{K}"{more}}}"#)).expect("key");
            assert_eq!((made.id(), made.algorithm()), (Some("a"), JwtAlgorithm::Hs256));
        }
    }

    #[test]
    fn a_jwk_that_is_meant_for_something_else_is_refused() {
        for more in [
            r#""alg":"HS512""#,
            r#""alg":"XS256""#,
            r#""use":"enc""#,
            r#""key_ops":["sign"]"#,
            r#""key_ops":[]"#,
        ] {
            let refused = key(&format!(r#"{{"kty":"oct","k":"{K}",{more}}}"#)).err();
            assert_eq!(refused, Some(JwtKeyError::NotMeantForThis), "{more}");
        }
        let public = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert_eq!(key(public).err(), Some(JwtKeyError::WrongType));
        assert_eq!(key(&format!(r#"{{"kty":"oct","k":"{K}=="}}"#)).err(), Some(JwtKeyError::Unreadable));
    }

    #[test]
    fn a_key_does_not_print_its_secret() {
        let made = JwtKey::hmac(JwtAlgorithm::Hs256, K.into()).expect("key");
        assert_eq!(format!("{made:?}"), "JwtKey { algorithm: Hs256, id: None, .. }");
    }
}
