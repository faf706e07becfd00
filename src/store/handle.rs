//! How keys are asked for.

use std::fmt;

use crate::crypto::{HmacAlgorithm, HmacKey, digest};
use crate::{Realm, Scheme, Secret};

/// The digest of an API key: what stores keep instead of the key.
///
/// Digests compare and hash like any value. That gives nothing away: whoever could
/// choose a digest near a stored one would have inverted SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// From the bytes of a digest that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::hash::Hash for KeyDigest {
    /// A digest is uniform already: its first word stands for it.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(..)")
    }
}

/// How API keys become digests: SHA-256 of the whole key, or HMAC-SHA-256 under a
/// pepper that the database does not hold.
///
/// Never a password hash: keys here have at least 112 bits of entropy, which no
/// dictionary holds, and a slow hash would only slow every request down. The
/// authenticator and the store must have the same hasher.
#[derive(Clone, Debug, Default)]
pub struct KeyHasher {
    pepper: Option<HmacKey>,
    earlier: Vec<Self>,
}

impl KeyHasher {
    /// SHA-256 of the whole key.
    #[must_use]
    pub fn sha256() -> Self {
        Self::default()
    }

    /// HMAC-SHA-256 of the whole key under `pepper`.
    #[must_use]
    pub fn peppered(pepper: &Secret) -> Self {
        Self { pepper: Some(HmacKey::new(HmacAlgorithm::Sha256, pepper)), earlier: Vec::new() }
    }

    /// Keys that were stored under `earlier` are still found, until they are replaced.
    #[must_use]
    pub fn accepting(mut self, earlier: Self) -> Self {
        self.earlier.push(Self { pepper: earlier.pepper, earlier: Vec::new() });
        self.earlier.extend(earlier.earlier);
        self
    }

    /// Whether keys are found that were stored under their plain SHA-256.
    pub(crate) fn accepts_sha256(&self) -> bool {
        self.pepper.is_none() || self.earlier.iter().any(|earlier| earlier.pepper.is_none())
    }

    /// The digest that a new key is stored under.
    #[must_use]
    pub fn digest(&self, key: &[u8]) -> KeyDigest {
        KeyDigest(match &self.pepper {
            None => digest::sha256(key),
            Some(pepper) => pepper.sign(&[key]).expose().try_into().unwrap_or_default(),
        })
    }

    /// Every digest that the key may be stored under, the current one first.
    pub(crate) fn digests(&self, key: &[u8]) -> Digests {
        let current = self.digest(key);
        if self.earlier.is_empty() {
            return Digests::One([current]);
        }
        Digests::Several(
            std::iter::once(current).chain(self.earlier.iter().map(|hasher| hasher.digest(key))).collect(),
        )
    }
}

/// The digests of one key; without an allocation where there is one.
pub(crate) enum Digests {
    One([KeyDigest; 1]),
    Several(Vec<KeyDigest>),
}

impl Digests {
    pub(crate) fn as_slice(&self) -> &[KeyDigest] {
        match self {
            Self::One(digest) => digest,
            Self::Several(digests) => digests,
        }
    }
}

/// How a key is asked for, always within a realm: the same key in two realms is two keys.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum KeyHandle<'a> {
    /// An opaque API key, by digest; several while a pepper is being replaced. The store
    /// answers with the first that it holds.
    Digests {
        /// The set of keys to look in.
        realm: &'a Realm,
        /// The digests to look for.
        digests: &'a [KeyDigest],
    },
    /// The key of a signing scheme, by its public id, to the letter.
    Id {
        /// The set of keys to look in.
        realm: &'a Realm,
        /// The scheme that the key must be for.
        scheme: Scheme,
        /// The id, as it was presented.
        id: &'a str,
    },
    /// A key of whatever scheme, by its public id: to see how it stands. The record is
    /// without secrets, so that no credential can be checked by it; whoever asks knows
    /// already that the key was presented, as a token says that was issued for it.
    Name {
        /// The set of keys to look in.
        realm: &'a Realm,
        /// The id.
        id: &'a str,
    },
}

impl KeyHandle<'_> {
    /// The realm that is asked.
    #[must_use]
    pub const fn realm(&self) -> &Realm {
        match self {
            Self::Digests { realm, .. } | Self::Id { realm, .. } | Self::Name { realm, .. } => realm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pepper_changes_the_digest_and_earlier_ones_are_still_tried() {
        let old = KeyHasher::sha256();
        let new = KeyHasher::peppered(&Secret::from("pepper")).accepting(old.clone());
        assert_ne!(new.digest(b"key"), old.digest(b"key"));
        assert_eq!(new.digests(b"key").as_slice(), [new.digest(b"key"), old.digest(b"key")]);
    }
}
