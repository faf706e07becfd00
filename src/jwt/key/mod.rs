//! Keys that own their algorithm.

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod encoded;
mod error;
mod jwk;
mod numbers;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod private_jwk;
mod publish;
mod set;
#[cfg(test)]
mod tests;
mod weak;
#[cfg(test)]
mod wycheproof;

use std::fmt;
use std::sync::Arc;

use super::JwtAlgorithm;
use super::backend::{KeyPair, PublicKey};
use crate::Secret;
use crate::canonical::base64;
use crate::crypto::HmacKey;
use weak::weakness;

pub use error::JwtKeyError;
pub(super) use numbers::PublicNumbers;
pub(in crate::jwt) use set::MOST_NAMELESS;
pub use set::{DroppedKey, JwkRules, JwtKeySet, JwtKeySetError};
pub use weak::WeakSecret;

/// A key that signs or verifies tokens with the one algorithm it was made for.
///
/// It comes from a secret, from a JWK, or is [generated](Self::generate); and with one of the
/// features `aws-lc-rs` and `rust-crypto` from PEM, DER or a private JWK. RSA has at least
/// 2048 bits and an exponent of at least 65537, points lie on their curves, and both halves
/// of a pair belong together, or there is no key.
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
    Public(PublicKey, Box<PublicNumbers>),
    Pair(Arc<KeyPair>, PublicKey, Box<PublicNumbers>),
}

/// The longest signature: that of the longest modulus of RSA.
const LONGEST_SIGNATURE: usize = 1024;

impl JwtKey {
    /// A key of one of the HMAC algorithms.
    ///
    /// # Errors
    /// When the algorithm is another, or the secret is weak: shorter than the output of
    /// the hash (RFC 7518, section 3.2), repetitive, or a published example.
    pub fn hmac(algorithm: JwtAlgorithm, secret: Secret) -> Result<Self, JwtKeyError> {
        let hmac = algorithm.hmac().ok_or(JwtKeyError::WrongType)?;
        if let Some(weak) = weakness(secret.expose(), hmac.output_len()) {
            return Err(weak.into());
        }
        Ok(Self { algorithm, id: None, material: Material::Hmac(HmacKey::new(hmac, &secret)) })
    }

    /// A fresh pair of keys from the system's generator; of RSA, one of 2048 bits.
    ///
    /// # Errors
    /// When the algorithm has no pairs, when no backend makes them, and when the
    /// generator fails.
    pub fn generate(algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        Self::pair(algorithm, KeyPair::generate(algorithm)?)
    }

    /// A fresh private key as PKCS#8, to be kept and read again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    pub(super) fn generate_pkcs8(algorithm: JwtAlgorithm) -> Result<Secret, JwtKeyError> {
        KeyPair::generate_pkcs8(algorithm)
    }

    /// A key that verifies, from its numbers.
    pub(super) fn public(algorithm: JwtAlgorithm, numbers: PublicNumbers) -> Result<Self, JwtKeyError> {
        numbers.check(algorithm)?;
        let key = PublicKey::new(algorithm, &numbers)?;
        Ok(Self { algorithm, id: None, material: Material::Public(key, Box::new(numbers)) })
    }

    fn pair(algorithm: JwtAlgorithm, pair: KeyPair) -> Result<Self, JwtKeyError> {
        let numbers = pair.numbers().ok_or(JwtKeyError::Unreadable)?;
        numbers.check(algorithm)?;
        let key = PublicKey::new(algorithm, &numbers)?;
        Ok(Self { algorithm, id: None, material: Material::Pair(Arc::new(pair), key, Box::new(numbers)) })
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

    /// Whether tokens can be signed with it: a public key only verifies.
    #[must_use]
    pub const fn can_sign(&self) -> bool {
        !matches!(self.material, Material::Public(..))
    }

    /// The numbers of its public half, if it has one.
    pub(super) fn numbers(&self) -> Option<&PublicNumbers> {
        match &self.material {
            Material::Hmac(_) => None,
            Material::Public(_, numbers) | Material::Pair(_, _, numbers) => Some(numbers),
        }
    }

    /// None for a public key, and when the backend fails.
    pub(crate) fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        match &self.material {
            Material::Hmac(key) => Some(key.sign(&[input]).expose().to_vec()),
            Material::Public(..) => None,
            Material::Pair(pair, ..) => pair.sign(input),
        }
    }

    /// How many characters a signature has as unpadded base64url.
    pub(super) fn signature_len(&self) -> usize {
        let bytes = match &self.material {
            Material::Hmac(_) => self.algorithm.hmac().map_or(0, |hmac| hmac.output_len()),
            Material::Public(_, numbers) | Material::Pair(_, _, numbers) => numbers.signature_len(),
        };
        (bytes * 4).div_ceil(3)
    }

    /// Whether `signature` is this key's over `input`.
    #[cfg(feature = "message-signature")]
    pub(crate) fn verifies_bytes(&self, input: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hmac(key) => key.sign(&[input]).matches(signature),
            Material::Public(key, numbers) | Material::Pair(_, key, numbers) => {
                signature.len() == numbers.signature_len() && key.verifies(input, signature)
            }
        }
    }

    /// Whether `signature`, as base64url, is this key's over `input`.
    pub(super) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        fn matches<const N: usize>(key: &HmacKey, input: &[u8], signature: &[u8]) -> bool {
            base64::url::<N>(signature).is_some_and(|presented| key.sign(&[input]).matches(&presented))
        }
        match (&self.material, self.algorithm) {
            (Material::Hmac(key), JwtAlgorithm::Hs384) => matches::<48>(key, input, signature),
            (Material::Hmac(key), JwtAlgorithm::Hs512) => matches::<64>(key, input, signature),
            (Material::Hmac(key), _) => matches::<32>(key, input, signature),
            (Material::Public(key, _) | Material::Pair(_, key, _), _) => {
                let mut buffer = [0; LONGEST_SIGNATURE];
                let presented = base64::url_into(signature, &mut buffer);
                signature.len() == self.signature_len()
                    && presented.is_some_and(|presented| key.verifies(input, presented))
            }
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
