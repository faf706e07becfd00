//! Private keys in DER.

use pkcs1::RsaPrivateKey;
use pkcs8::PrivateKeyInfo;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::AlgorithmIdentifierRef;
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::{identifier, public, unreadable};
use crate::jwt::JwtAlgorithm;
use crate::jwt::algorithm::{Curve, KeyType};
use crate::jwt::backend::KeyPair;
use crate::jwt::key::{JwtKey, JwtKeyError, PublicNumbers};

/// The numbers of a private key, borrowed from the form they came in.
pub(in crate::jwt::key) enum PrivateNumbers<'a> {
    Rsa(RsaPrivateKey<'a>),
    Ec { curve: Curve, d: &'a [u8] },
    Ed25519 { d: &'a [u8] },
}

/// Reads a key in PKCS#8.
pub(super) fn pkcs8(der: &[u8], algorithm: JwtAlgorithm) -> Result<JwtKey, JwtKeyError> {
    let info = PrivateKeyInfo::from_der(der).map_err(unreadable)?;
    let key_type = identifier::key_type(&info.algorithm)?;
    let beside = info.public_key.map(|bytes| match key_type {
        KeyType::Rsa => public::pkcs1(bytes),
        other => public::point(other, bytes),
    });
    let mut stated = Vec::from_iter(beside.transpose()?);
    let numbers = match key_type {
        KeyType::Rsa => rsa(info.private_key)?,
        KeyType::Ec(curve) => {
            let key = EcPrivateKey::from_der(info.private_key).map_err(unreadable)?;
            if curve_of(&key)?.is_some_and(|other| other != curve) {
                return Err(JwtKeyError::Unreadable);
            }
            stated.extend(point_of(&key, curve)?);
            PrivateNumbers::Ec { curve, d: key.private_key }
        }
        // RFC 8410, section 7: one string of bytes within another.
        _ => PrivateNumbers::Ed25519 {
            d: OctetStringRef::from_der(info.private_key).map_err(unreadable)?.as_bytes(),
        },
    };
    numbers.key(algorithm, &stated)
}

/// Reads an `RSAPrivateKey`.
pub(super) fn pkcs1(der: &[u8], algorithm: JwtAlgorithm) -> Result<JwtKey, JwtKeyError> {
    rsa(der)?.key(algorithm, &[])
}

/// Reads an `ECPrivateKey`, which alone must name its curve (RFC 5915, section 3).
pub(super) fn sec1(der: &[u8], algorithm: JwtAlgorithm) -> Result<JwtKey, JwtKeyError> {
    let key = EcPrivateKey::from_der(der).map_err(unreadable)?;
    let curve = curve_of(&key)?.ok_or(JwtKeyError::Unreadable)?;
    let stated = Vec::from_iter(point_of(&key, curve)?);
    PrivateNumbers::Ec { curve, d: key.private_key }.key(algorithm, &stated)
}

fn rsa(der: &[u8]) -> Result<PrivateNumbers<'_>, JwtKeyError> {
    // Of more than two primes the library reads none.
    RsaPrivateKey::from_der(der).map(PrivateNumbers::Rsa).map_err(unreadable)
}

fn curve_of(key: &EcPrivateKey<'_>) -> Result<Option<Curve>, JwtKeyError> {
    let name = key.parameters.and_then(|parameters| parameters.named_curve());
    name.map(identifier::curve).transpose()
}

fn point_of(key: &EcPrivateKey<'_>, curve: Curve) -> Result<Option<PublicNumbers>, JwtKeyError> {
    key.public_key.map(|bytes| public::point(KeyType::Ec(curve), bytes)).transpose()
}

impl PrivateNumbers<'_> {
    /// The key of these numbers. Each public half that was stated with them must be its own.
    pub(in crate::jwt::key) fn key(
        &self,
        algorithm: JwtAlgorithm,
        stated: &[PublicNumbers],
    ) -> Result<JwtKey, JwtKeyError> {
        if self.key_type() != algorithm.key_type() {
            return Err(JwtKeyError::WrongType);
        }
        if let Self::Rsa(key) = self {
            // Before the backend looks, so that the error says what is wrong with it.
            public::rsa(&key.public_key()).check(algorithm)?;
        }
        let key = JwtKey::pair(algorithm, KeyPair::read(algorithm, &self.pkcs8()?)?)?;
        let is_own = |numbers: &PublicNumbers| key.numbers() == Some(numbers);
        if stated.iter().all(is_own) { Ok(key) } else { Err(JwtKeyError::Mismatched) }
    }

    const fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa(_) => KeyType::Rsa,
            Self::Ec { curve, .. } => KeyType::Ec(*curve),
            Self::Ed25519 { .. } => KeyType::Ed25519,
        }
    }

    /// PKCS#8 with nothing in it but these numbers: whatever the form they came in, the
    /// backend reads what was read here.
    fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, JwtKeyError> {
        match self {
            Self::Rsa(key) => wrapped(identifier::rsa(), key),
            Self::Ec { curve, d } if d.len() == curve.coordinate_len() => {
                let key = EcPrivateKey { private_key: d, parameters: None, public_key: None };
                wrapped(identifier::ec(*curve), &key)
            }
            Self::Ed25519 { d } if d.len() == 32 => {
                wrapped(identifier::ed25519(), &OctetStringRef::new(d).map_err(unreadable)?)
            }
            Self::Ec { .. } | Self::Ed25519 { .. } => Err(JwtKeyError::Unreadable),
        }
    }
}

fn wrapped(
    algorithm: AlgorithmIdentifierRef<'_>,
    key: &impl Encode,
) -> Result<Zeroizing<Vec<u8>>, JwtKeyError> {
    // Both are encoded at once into room of their exact length, so no part is left behind.
    let key = key.to_der().map(Zeroizing::new).map_err(unreadable)?;
    PrivateKeyInfo::new(algorithm, &key).to_der().map(Zeroizing::new).map_err(unreadable)
}
