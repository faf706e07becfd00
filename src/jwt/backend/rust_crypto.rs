//! Signatures in pure Rust, through the functions that `jsonwebtoken` publishes; its
//! process-wide default is neither asked nor set. RSA verifies only, with at most 4096 bits:
//! the library under it leaks time when it signs (RUSTSEC-2023-0071). P-521 is not there.

use jsonwebtoken::crypto::CryptoProvider;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use crate::Secret;
use crate::crypto::random;
use crate::jwt::algorithm::{Curve, JwtAlgorithm, KeyType};
use crate::jwt::key::{JwtKeyError, PublicNumbers};

const PROVIDER: &CryptoProvider = &DEFAULT_PROVIDER;

/// A public key; the library parses it for each token.
#[derive(Clone)]
pub(in crate::jwt) struct PublicKey {
    algorithm: Algorithm,
    key: DecodingKey,
    /// Of RSA, which signatures must be below.
    modulus: Option<Box<[u8]>>,
}

/// The longest modulus of RSA that the library takes, in bytes; it says so only when it
/// verifies.
const LONGEST_MODULUS: usize = 512;

impl PublicKey {
    /// Takes numbers that were [checked](PublicNumbers::check) for the algorithm. A point
    /// that is not on its curve is refused.
    pub(in crate::jwt) fn new(algorithm: JwtAlgorithm, numbers: &PublicNumbers) -> Result<Self, JwtKeyError> {
        let algorithm = foreign(algorithm).ok_or(JwtKeyError::NoBackend)?;
        let modulus = match numbers {
            PublicNumbers::Rsa { n, .. } if n.len() > LONGEST_MODULUS => return Err(JwtKeyError::NoBackend),
            PublicNumbers::Rsa { n, .. } => Some(n.clone()),
            _ => None,
        };
        let key = match numbers {
            PublicNumbers::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
            PublicNumbers::Ec { x, y, .. } => DecodingKey::from_ec_der(&PublicNumbers::point(x, y)),
            PublicNumbers::Ed25519 { x } => DecodingKey::from_ed_der(x),
        };
        // Its verifiers of curves parse the key; that of RSA only looks at its kind.
        (PROVIDER.verifier_factory)(&algorithm, &key).map_err(|_| JwtKeyError::Unreadable)?;
        Ok(Self { algorithm, key, modulus })
    }

    /// Of RSA a signature is as long as the modulus and below it (RFC 8017, sections 8.1.2
    /// and 8.2.2); of PSS the library would also take one with the modulus added. It takes
    /// only a salt as long as the hash.
    pub(in crate::jwt) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        let in_range =
            |modulus: &[u8]| signature.len() == modulus.len() && signature.iter().lt(modulus.iter());
        if !self.modulus.as_deref().is_none_or(in_range) {
            return false;
        }
        let verifier = (PROVIDER.verifier_factory)(&self.algorithm, &self.key);
        verifier.is_ok_and(|verifier| verifier.verify(input, &signature.to_vec()).is_ok())
    }
}

/// A private key with its public half.
pub(in crate::jwt) struct KeyPair {
    algorithm: Algorithm,
    key: EncodingKey,
    numbers: PublicNumbers,
}

impl KeyPair {
    /// Reads PKCS#8 as it is written here.
    pub(in crate::jwt) fn read(algorithm: JwtAlgorithm, pkcs8: &[u8]) -> Result<Self, JwtKeyError> {
        let name = foreign(algorithm).ok_or(JwtKeyError::NoBackend)?;
        let utils = &PROVIDER.key_utils;
        let (key, numbers) = match algorithm.key_type() {
            KeyType::Octets => return Err(JwtKeyError::WrongType),
            KeyType::Rsa => return Err(JwtKeyError::NoBackend),
            KeyType::Ec(curve) => {
                let numbers = (utils.ec_pub_components_from_private_key)(pkcs8, name);
                let (_, x, y) = numbers.map_err(|_| JwtKeyError::Unreadable)?;
                (EncodingKey::from_ec_der(pkcs8), PublicNumbers::Ec { curve, x: x.into(), y: y.into() })
            }
            KeyType::Ed25519 => {
                let curve = jsonwebtoken::jwk::EllipticCurve::Ed25519;
                let x = (utils.ed_pub_components_from_private_key)(pkcs8, &curve);
                let x = x.ok().and_then(|x| x.try_into().ok()).ok_or(JwtKeyError::Unreadable)?;
                (EncodingKey::from_ed_der(pkcs8), PublicNumbers::Ed25519 { x })
            }
        };
        Ok(Self { algorithm: name, key, numbers })
    }

    /// A fresh pair.
    pub(in crate::jwt) fn generate(algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        Self::read(algorithm, Self::generate_pkcs8(algorithm)?.expose())
    }

    /// A fresh private key as PKCS#8, to be kept.
    pub(in crate::jwt) fn generate_pkcs8(algorithm: JwtAlgorithm) -> Result<Secret, JwtKeyError> {
        let (before, length): (&[u8], usize) = match algorithm.key_type() {
            KeyType::Octets => return Err(JwtKeyError::WrongType),
            KeyType::Rsa | KeyType::Ec(Curve::P521) => return Err(JwtKeyError::NoBackend),
            KeyType::Ec(Curve::P256) => (&P256_PKCS8, 32),
            KeyType::Ec(Curve::P384) => (&P384_PKCS8, 48),
            KeyType::Ed25519 => (&ED25519_PKCS8, 32),
        };
        // A number that is no key of its curve is as good as never drawn.
        for _ in 0..16 {
            let number = random::bytes::<48>().map_err(|_| JwtKeyError::Random)?;
            let der = zeroize::Zeroizing::new([before, number.get(..length).unwrap_or_default()].concat());
            if Self::read(algorithm, &der).is_ok() {
                return Ok(Secret::new(der.as_slice()));
            }
        }
        Err(JwtKeyError::Random)
    }

    /// The numbers of the public half.
    pub(in crate::jwt) fn numbers(&self) -> Option<PublicNumbers> {
        Some(self.numbers.clone())
    }

    /// None when the library fails, which it does only for want of randomness.
    pub(in crate::jwt) fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        (PROVIDER.signer_factory)(&self.algorithm, &self.key).ok()?.try_sign(input).ok()
    }
}

const fn foreign(algorithm: JwtAlgorithm) -> Option<Algorithm> {
    Some(match algorithm {
        JwtAlgorithm::Rs256 => Algorithm::RS256,
        JwtAlgorithm::Rs384 => Algorithm::RS384,
        JwtAlgorithm::Rs512 => Algorithm::RS512,
        JwtAlgorithm::Ps256 => Algorithm::PS256,
        JwtAlgorithm::Ps384 => Algorithm::PS384,
        JwtAlgorithm::Ps512 => Algorithm::PS512,
        JwtAlgorithm::Es256 => Algorithm::ES256,
        JwtAlgorithm::Es384 => Algorithm::ES384,
        JwtAlgorithm::EdDsa => Algorithm::EdDSA,
        _ => return None,
    })
}

/// PKCS#8 (RFC 5958) up to the number of a private key of P-256 (RFC 5915), of P-384, and
/// of Ed25519 (RFC 8410, section 7).
const P256_PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04,
    0x20,
];
const P384_PKCS8: [u8; 32] = [
    0x30, 0x4e, 0x02, 0x01, 0x00, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x04, 0x37, 0x30, 0x35, 0x02, 0x01, 0x01, 0x04, 0x30,
];
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
