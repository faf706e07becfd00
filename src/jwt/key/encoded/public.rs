//! Public keys in DER.

use pkcs1::RsaPublicKey;
use pkcs8::der::Decode;
use pkcs8::spki::SubjectPublicKeyInfoRef;

use super::{identifier, unreadable};
use crate::jwt::algorithm::KeyType;
use crate::jwt::key::{JwtKeyError, PublicNumbers};

/// Reads a `SubjectPublicKeyInfo`.
pub(super) fn spki(der: &[u8]) -> Result<PublicNumbers, JwtKeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(unreadable)?;
    let bytes = info.subject_public_key.as_bytes().ok_or(JwtKeyError::Unreadable)?;
    match identifier::key_type(&info.algorithm)? {
        KeyType::Rsa => pkcs1(bytes),
        other => point(other, bytes),
    }
}

/// Reads an `RSAPublicKey`.
pub(super) fn pkcs1(der: &[u8]) -> Result<PublicNumbers, JwtKeyError> {
    RsaPublicKey::from_der(der).map(|key| rsa(&key)).map_err(unreadable)
}

/// The numbers of an RSA key.
pub(super) fn rsa(key: &RsaPublicKey<'_>) -> PublicNumbers {
    let (n, e) = (key.modulus.as_bytes(), key.public_exponent.as_bytes());
    PublicNumbers::Rsa { n: n.into(), e: e.into() }
}

/// Reads a public key that is a point: uncompressed where there is a choice (RFC 5480,
/// section 2.2; RFC 8410, section 4).
pub(super) fn point(key_type: KeyType, bytes: &[u8]) -> Result<PublicNumbers, JwtKeyError> {
    match key_type {
        KeyType::Ec(curve) => PublicNumbers::of_point(curve, bytes).ok_or(JwtKeyError::Unreadable),
        KeyType::Ed25519 => Ok(PublicNumbers::Ed25519 { x: bytes.try_into().map_err(unreadable)? }),
        KeyType::Rsa | KeyType::Octets => Err(JwtKeyError::Unreadable),
    }
}
