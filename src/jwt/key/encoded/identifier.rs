//! How the types of keys are named in DER.

use pkcs8::der::asn1::{AnyRef, ObjectIdentifier};
use pkcs8::spki::AlgorithmIdentifierRef;

use super::unreadable;
use crate::jwt::algorithm::{Curve, KeyType};
use crate::jwt::key::JwtKeyError;

/// `rsaEncryption` (RFC 8017, appendix C), for both paddings.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` (RFC 5480, section 2.1.1).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480, section 2.1.1.1).
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `secp384r1` (there).
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// `secp521r1` (there).
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// `id-Ed25519` (RFC 8410, section 3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The type that an identifier names, together with its parameters.
pub(super) fn key_type(identifier: &AlgorithmIdentifierRef<'_>) -> Result<KeyType, JwtKeyError> {
    match (identifier.oid, identifier.parameters) {
        // RFC 3279, section 2.3.1; RFC 8410, section 3.
        (RSA, Some(parameters)) if parameters.is_null() => Ok(KeyType::Rsa),
        (ED25519, None) => Ok(KeyType::Ed25519),
        (EC, Some(parameters)) => {
            curve(parameters.decode_as::<ObjectIdentifier>().map_err(unreadable)?).map(KeyType::Ec)
        }
        (RSA | ED25519 | EC, _) => Err(JwtKeyError::Unreadable),
        _ => Err(JwtKeyError::UnknownType),
    }
}

/// The curve that an identifier names.
pub(super) fn curve(name: ObjectIdentifier) -> Result<Curve, JwtKeyError> {
    match name {
        P256 => Ok(Curve::P256),
        P384 => Ok(Curve::P384),
        P521 => Ok(Curve::P521),
        _ => Err(JwtKeyError::UnknownType),
    }
}

/// The identifier of RSA keys.
pub(super) const fn rsa() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) }
}

/// The identifier of keys of a curve.
pub(super) fn ec(curve: Curve) -> AlgorithmIdentifierRef<'static> {
    let name = match curve {
        Curve::P256 => &P256,
        Curve::P384 => &P384,
        Curve::P521 => &P521,
    };
    AlgorithmIdentifierRef { oid: EC, parameters: Some(name.into()) }
}

/// The identifier of Ed25519.
pub(super) const fn ed25519() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: ED25519, parameters: None }
}
