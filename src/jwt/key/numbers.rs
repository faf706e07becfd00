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
            Self::Ed25519 { x } => check_ed25519(x),
        }
    }

    /// The numbers of a point that is written like [`point`](Self::point).
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    pub(in crate::jwt) fn of_point(curve: Curve, point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(curve.coordinate_len())?;
        (x.len() == y.len()).then(|| Self::Ec { curve, x: x.into(), y: y.into() })
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

/// The five coordinates y of the points whose order divides 8, little-endian: of order
/// 4, 1, 2, 8 and 8. The sign of x makes them eight points, and two more spellings of those
/// that have x = 0.
const OF_SMALL_ORDER: [[u8; 32]; 5] = [
    y(0, 0, 0),
    y(1, 0, 0),
    y(0xec, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const fn y(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// A signature by a key of small order holds for many messages, and needs no private key.
fn check_ed25519(x: &[u8; 32]) -> Result<(), JwtKeyError> {
    // The highest bit is the sign of the other coordinate (RFC 8032, section 5.1.2).
    let mut y = *x;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    // The prime is 2^255 - 19: what is not below it is another spelling of a small number.
    let [first, middle @ .., last] = y;
    let is_reduced = first < 0xed || last < 0x7f || middle.iter().any(|byte| *byte < 0xff);
    if is_reduced && !OF_SMALL_ORDER.contains(&y) { Ok(()) } else { Err(JwtKeyError::UnfitPoint) }
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    (number.len() * 8).saturating_sub(leading as usize)
}
