//! The numbers of a public key.

use super::JwtKeyError;
use crate::jwt::algorithm::{Curve, JwtAlgorithm, KeyType};

/// The numbers of a public key: big-endian, as its JWK has them.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::jwt) enum PublicNumbers {
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    Ec { curve: Curve, x: Box<[u8]>, y: Box<[u8]> },
    Ed25519 { x: [u8; 32] },
}

/// The shortest modulus of RSA, in bits (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 2048;
/// A longer one only costs time; no backend takes it.
const LONGEST_MODULUS: usize = 8192;
/// The smallest public exponent: below it, sloppy padding can be forged. (FIPS 186-5,
/// section A.1.1.)
const SMALLEST_EXPONENT: u64 = 65_537;
/// The greatest, by bytes: FIPS 186-5 has 2^256, and everybody uses 65537.
const LONGEST_EXPONENT: usize = 4;

impl PublicNumbers {
    pub(in crate::jwt) const fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ec { curve, .. } => KeyType::Ec(*curve),
            Self::Ed25519 { .. } => KeyType::Ed25519,
        }
    }

    /// How many bytes a signature has.
    pub(in crate::jwt) fn signature_len(&self) -> usize {
        match self {
            Self::Rsa { n, .. } => n.len(),
            Self::Ec { curve, .. } => 2 * curve.coordinate_len(),
            Self::Ed25519 { .. } => 64,
        }
    }

    /// Whether a key of these numbers may be used with `algorithm`.
    pub(in crate::jwt) fn check(&self, algorithm: JwtAlgorithm) -> Result<(), JwtKeyError> {
        if self.key_type() != algorithm.key_type() {
            return Err(JwtKeyError::WrongType);
        }
        match self {
            Self::Rsa { n, e } => check_rsa(n, e),
            Self::Ec { curve, x, y } => {
                let whole = [x, y].iter().all(|part| part.len() == curve.coordinate_len());
                if whole { Ok(()) } else { Err(JwtKeyError::Unreadable) }
            }
            Self::Ed25519 { .. } => Ok(()),
        }
    }

    /// The point of an elliptic curve, uncompressed (SEC 1, section 2.3.3).
    pub(in crate::jwt) fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
        [&[4], x, y].concat()
    }
}

fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), JwtKeyError> {
    // A number is written without leading zeros (RFC 7518, section 2).
    let (Some(1..), Some(1..)) = (n.first(), e.first()) else { return Err(JwtKeyError::Unreadable) };
    let bits = bits(n);
    if bits < SHORTEST_MODULUS {
        return Err(JwtKeyError::ShortModulus { bits });
    }
    if bits > LONGEST_MODULUS || n.last().is_none_or(|last| last % 2 == 0) {
        return Err(JwtKeyError::UnfitModulus);
    }
    let exponent = e.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    if e.len() > LONGEST_EXPONENT || exponent < SMALLEST_EXPONENT || exponent % 2 == 0 {
        return Err(JwtKeyError::UnfitExponent);
    }
    Ok(())
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    (number.len() * 8).saturating_sub(leading as usize)
}
