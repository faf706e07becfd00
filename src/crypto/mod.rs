//! The cryptography that every scheme stands on: digests, MACs and randomness.

mod body_digest;
mod certificate;
pub(crate) mod digest;
pub(crate) mod hex;
pub(crate) mod hmac;
pub(crate) mod random;

use std::fmt;

use subtle::{Choice, ConstantTimeEq};

pub use body_digest::{BodyDigest, DigestAlgorithm, DigestGuard};
pub use hmac::{HmacAlgorithm, HmacKey};
pub use random::RandomError;

/// A message authentication code that was computed here.
///
/// It has no `PartialEq` and does not print: the only way to compare is
/// [`matches`](Self::matches), in constant time.
pub struct Tag {
    bytes: [u8; 64],
    length: usize,
}

impl Tag {
    pub(crate) fn new(mac: &[u8]) -> Self {
        let mut bytes = [0; 64];
        let length = mac.len().min(bytes.len());
        for (to, from) in bytes.iter_mut().zip(mac) {
            *to = *from;
        }
        Self { bytes, length }
    }

    /// Whether `presented` is this code, in a time that depends on the length alone.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        let own = self.expose();
        if own.len() != presented.len() {
            return false;
        }
        // Every MAC here is a whole number of words, and words compare several times
        // faster than bytes do.
        let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_ne_bytes);
        let mut equal = Choice::from(1);
        for (ours, theirs) in own.chunks(8).zip(presented.chunks(8)) {
            equal &= word(ours).ct_eq(&word(theirs));
            equal &= Choice::from(u8::from(ours.len() == 8));
        }
        equal.into()
    }

    /// The bytes, to be sent: a code that somebody computes to sign is no secret.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_and_the_length_count() {
        for length in [32, 48, 64] {
            let mac = vec![0x5a; length];
            let tag = Tag::new(&mac);
            assert!(tag.matches(&mac));
            assert!(!tag.matches(&mac[1..]));
            assert!(!tag.matches(&[mac.as_slice(), &[0]].concat()));
            for bit in 0..length * 8 {
                let mut wrong = mac.clone();
                wrong[bit / 8] ^= 1 << (bit % 8);
                assert!(!tag.matches(&wrong), "bit {bit}");
            }
        }
    }
}
