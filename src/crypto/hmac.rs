//! HMAC (RFC 2104) with keys that are prepared once.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

use super::Tag;
use crate::Secret;
use crate::canonical::gathered::Gathered;

/// The hash under an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HmacAlgorithm {
    /// HMAC-SHA-256, a code of 32 bytes.
    Sha256,
    /// HMAC-SHA-384, a code of 48 bytes.
    Sha384,
    /// HMAC-SHA-512, a code of 64 bytes.
    Sha512,
}

impl HmacAlgorithm {
    /// The length of the code in bytes, which is also the shortest sound key (RFC 7518,
    /// section 3.2).
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// An HMAC key with both its paddings already hashed: it signs in the time of the
/// message alone.
#[derive(Clone)]
pub struct HmacKey(Prepared);

#[derive(Clone)]
enum Prepared {
    Sha256(Hmac<Sha256>),
    Sha384(Box<Hmac<Sha384>>),
    Sha512(Box<Hmac<Sha512>>),
}

impl HmacKey {
    /// Prepares `secret` for `algorithm`; HMAC takes keys of any length.
    #[must_use]
    pub fn new(algorithm: HmacAlgorithm, secret: &Secret) -> Self {
        Self(match algorithm {
            HmacAlgorithm::Sha256 => Prepared::Sha256(keyed(secret)),
            HmacAlgorithm::Sha384 => Prepared::Sha384(Box::new(keyed(secret))),
            HmacAlgorithm::Sha512 => Prepared::Sha512(Box::new(keyed(secret))),
        })
    }

    /// Signs the concatenation of `parts`. Where the parts end is *not* covered: the
    /// caller's canonical form must see to that.
    ///
    /// ```
    /// use portcullis::crypto::{HmacAlgorithm, HmacKey};
    /// let key = HmacKey::new(HmacAlgorithm::Sha256, &"key".into());
    /// assert!(key.sign(&[b"mess", b"age"]).matches(key.sign(&[b"message"]).expose()));
    /// ```
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Tag {
        match parts {
            [whole] => self.sign_with(|update| update(whole)),
            parts => self.sign_gathered(|update| parts.iter().for_each(|part| update(part))),
        }
    }

    /// Signs whatever `feed` passes on in many short pieces.
    pub(crate) fn sign_gathered(&self, feed: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Tag {
        self.sign_with(|update| {
            let mut gathered = Gathered::new(update);
            feed(&mut |piece| gathered.push(piece));
            gathered.finish();
        })
    }

    /// Signs whatever `feed` passes on.
    pub(crate) fn sign_with(&self, feed: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Tag {
        match &self.0 {
            Prepared::Sha256(mac) => finish(mac.clone(), feed),
            Prepared::Sha384(mac) => finish(Hmac::clone(mac), feed),
            Prepared::Sha512(mac) => finish(Hmac::clone(mac), feed),
        }
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

fn keyed<M: KeyInit>(secret: &Secret) -> M {
    match M::new_from_slice(secret.expose()) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

fn finish<M: Mac>(mut mac: M, feed: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Tag {
    feed(&mut |part| mac.update(part));
    Tag::new(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_case_of_rfc_4231_comes_out() {
        let cases = [
            (HmacAlgorithm::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                HmacAlgorithm::Sha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                HmacAlgorithm::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ];
        for (algorithm, expected) in cases {
            let tag =
                HmacKey::new(algorithm, &Secret::from("Jefe")).sign(&[b"what do ya want ", b"for nothing?"]);
            let hex: String = tag.expose().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
            assert_eq!(tag.expose().len(), algorithm.output_len());
        }
    }
}
