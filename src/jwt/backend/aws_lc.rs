//! Signatures by `aws-lc-rs`, with keys that are parsed once.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair, KeyPair as _,
    ParsedPublicKey, RsaEncoding, RsaKeyPair, RsaParameters,
};

use crate::Secret;
use crate::jwt::algorithm::{Curve, JwtAlgorithm, KeyType};
use crate::jwt::key::{JwtKeyError, PublicNumbers};

/// A public key that was parsed for its algorithm.
#[derive(Clone)]
pub(in crate::jwt) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Parses numbers that were [checked](PublicNumbers::check) for the algorithm. A point
    /// that is not on its curve is refused.
    pub(in crate::jwt) fn new(algorithm: JwtAlgorithm, numbers: &PublicNumbers) -> Result<Self, JwtKeyError> {
        let parsed = match numbers {
            PublicNumbers::Rsa { n, e } => {
                let parameters = rsa_parameters(algorithm).ok_or(JwtKeyError::WrongType)?;
                PublicKeyComponents { n, e }.to_parsed_public_key(parameters)
            }
            PublicNumbers::Ec { curve, x, y } => {
                ParsedPublicKey::new(ecdsa_verification(*curve), PublicNumbers::point(x, y))
            }
            PublicNumbers::Ed25519 { x } => ParsedPublicKey::new(&signature::ED25519, x),
        };
        parsed.map(Self).map_err(|_| JwtKeyError::Unreadable)
    }

    /// Of RSA the library takes only a signature that is as long as the modulus and below it
    /// (RFC 8017, sections 8.1.2 and 8.2.2), and of PSS only a salt as long as the hash.
    pub(in crate::jwt) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(input, signature).is_ok()
    }
}

/// A private key with its public half.
pub(in crate::jwt) enum KeyPair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair, Curve),
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// Reads PKCS#8 as it is written here: of a curve without the public half, which the
    /// library computes. Of RSA it checks that all numbers belong together.
    pub(in crate::jwt) fn read(algorithm: JwtAlgorithm, pkcs8: &[u8]) -> Result<Self, JwtKeyError> {
        let pair = match algorithm.key_type() {
            KeyType::Octets => return Err(JwtKeyError::WrongType),
            KeyType::Rsa => RsaKeyPair::from_pkcs8(pkcs8).map(|pair| rsa(pair, algorithm)),
            KeyType::Ec(curve) => {
                EcdsaKeyPair::from_pkcs8(ecdsa_signing(curve), pkcs8).map(|pair| Some(Self::Ec(pair, curve)))
            }
            KeyType::Ed25519 => {
                // "Unchecked" is only that there is no public half to agree with.
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map(|pair| Some(Self::Ed25519(pair)))
            }
        };
        pair.map_err(|_| JwtKeyError::Unreadable)?.ok_or(JwtKeyError::WrongType)
    }

    /// A fresh pair; of RSA, one of 2048 bits.
    pub(in crate::jwt) fn generate(algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        let pair = match algorithm.key_type() {
            KeyType::Octets => return Err(JwtKeyError::WrongType),
            KeyType::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| rsa(pair, algorithm)),
            KeyType::Ec(curve) => {
                EcdsaKeyPair::generate(ecdsa_signing(curve)).map(|pair| Some(Self::Ec(pair, curve)))
            }
            KeyType::Ed25519 => Ed25519KeyPair::generate().map(|pair| Some(Self::Ed25519(pair))),
        };
        pair.map_err(|_| JwtKeyError::Random)?.ok_or(JwtKeyError::WrongType)
    }

    /// A fresh private key as PKCS#8, to be kept.
    pub(in crate::jwt) fn generate_pkcs8(algorithm: JwtAlgorithm) -> Result<Secret, JwtKeyError> {
        let bytes = match Self::generate(algorithm)? {
            Self::Rsa(pair, _) => AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map(|der| Secret::new(der.as_ref())),
            Self::Ec(pair, _) => pair.to_pkcs8v1().map(|der| Secret::new(der.as_ref())),
            Self::Ed25519(pair) => pair.to_pkcs8v1().map(|der| Secret::new(der.as_ref())),
        };
        bytes.map_err(|_| JwtKeyError::Unreadable)
    }

    /// The numbers of the public half.
    pub(in crate::jwt) fn numbers(&self) -> Option<PublicNumbers> {
        match self {
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero();
                let e = public.exponent().big_endian_without_leading_zero();
                Some(PublicNumbers::Rsa { n: n.into(), e: e.into() })
            }
            Self::Ec(pair, curve) => {
                let (_, point) = pair.public_key().as_ref().split_first()?;
                let (x, y) = point.split_at_checked(curve.coordinate_len())?;
                Some(PublicNumbers::Ec { curve: *curve, x: x.into(), y: y.into() })
            }
            Self::Ed25519(pair) => {
                Some(PublicNumbers::Ed25519 { x: pair.public_key().as_ref().try_into().ok()? })
            }
        }
    }

    /// None when the library fails, which it does only for want of memory or randomness, or
    /// when a signature of RSA comes out wrong: it blinds the private operation, and verifies
    /// the result before anybody sees it, so that a fault of the machine gives away no prime.
    pub(in crate::jwt) fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, input, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ec(pair, _) => Some(pair.sign(&random, input).ok()?.as_ref().to_vec()),
            Self::Ed25519(pair) => Some(pair.try_sign(input).ok()?.as_ref().to_vec()),
        }
    }
}

fn rsa(pair: RsaKeyPair, algorithm: JwtAlgorithm) -> Option<KeyPair> {
    let encoding: &'static dyn RsaEncoding = match algorithm {
        JwtAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
        JwtAlgorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        JwtAlgorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        JwtAlgorithm::Ps256 => &signature::RSA_PSS_SHA256,
        JwtAlgorithm::Ps384 => &signature::RSA_PSS_SHA384,
        JwtAlgorithm::Ps512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    };
    Some(KeyPair::Rsa(pair, encoding))
}

const fn rsa_parameters(algorithm: JwtAlgorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        JwtAlgorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        JwtAlgorithm::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        JwtAlgorithm::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        JwtAlgorithm::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        JwtAlgorithm::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        JwtAlgorithm::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

const fn ecdsa_verification(curve: Curve) -> &'static EcdsaVerificationAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
    }
}

const fn ecdsa_signing(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}
