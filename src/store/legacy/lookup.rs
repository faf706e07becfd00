//! How a presented key leads to the hash it was imported as.

use std::fmt;

use sha2::{Digest, Sha256, Sha512};

/// What the hash of a foreign key is found by: 32 bytes that are the digest of something
/// public, for a column or a map.
///
/// It is a type of its own, and no [`KeyDigest`](crate::store::KeyDigest): having found a record by
/// such a name proves nothing. [`LegacyHash::matches`](crate::store::LegacyHash::matches) does.
///
/// A name stands for one key of a realm. A store refuses to import a second key under it:
/// one request never costs more than one slow hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegacyName([u8; 32]);

impl LegacyName {
    /// From the bytes of a name that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn of_sha512(digest: &[u8; 64]) -> Self {
        Self::of("sha512", digest)
    }

    pub(super) fn of_visible(part: &[u8]) -> Self {
        Self::of("visible", part)
    }

    /// The kind keeps names of one apart from those of another: it ends at the zero byte.
    fn of(kind: &str, bytes: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(bytes);
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for LegacyName {
    /// What is visible of a key is short: its digest would give it away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyName(..)")
    }
}

/// Which part of a foreign key is no secret, so that its hash can be found by it.
///
/// A salted hash cannot be found by the key itself. What is found by must not be needed
/// to keep the rest unguessable: whoever reads the database can find a short part by
/// trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VisiblePart {
    /// What stands before the first `.` of the key: `1a2b3c4d` of `1a2b3c4d.<secret>`.
    BeforeDot,
    /// The first bytes of the key, in this number. None is no part.
    First(u8),
}

impl VisiblePart {
    /// The part of `key`, if it has one and a rest.
    ///
    /// ```
    /// use portcullis::store::VisiblePart;
    /// assert_eq!(VisiblePart::BeforeDot.of(b"1a2b3c4d.secret"), Some(b"1a2b3c4d".as_slice()));
    /// assert_eq!(VisiblePart::First(4).of(b"1a2b3c4d"), Some(b"1a2b".as_slice()));
    /// assert_eq!(VisiblePart::BeforeDot.of(b"no dot"), None);
    /// ```
    #[must_use]
    pub fn of(self, key: &[u8]) -> Option<&[u8]> {
        let (part, rest) = match self {
            Self::BeforeDot => {
                let dot = key.iter().position(|byte| *byte == b'.')?;
                let (part, rest) = key.split_at_checked(dot)?;
                (part, rest.get(1..)?)
            }
            Self::First(length) => key.split_at_checked(length.into())?,
        };
        (!part.is_empty() && !rest.is_empty()).then_some(part)
    }
}

/// Under which names the hash of a presented key may have been imported; at first, under
/// none.
///
/// It is asked once the key is found under none of its digests, so it costs strangers'
/// requests and not those of known keys.
///
/// ```
/// use portcullis::store::{LegacyHash, LegacyLookup, LegacyPlace, VisiblePart};
/// let hash: LegacyHash = concat!(
///     "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
///     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
/// ).parse()?;
/// let LegacyPlace::Name(name) = hash.place(None)? else { unreachable!() };
///
/// let lookup = LegacyLookup::new().with_sha512().with_visible(VisiblePart::BeforeDot);
/// assert!(lookup.names(b"abc").any(|asked| asked == name));
/// assert!(hash.matches(b"abc"));
/// # Ok::<(), portcullis::store::InvalidLegacyHash>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegacyLookup {
    sha512: bool,
    visible: Option<VisiblePart>,
}

impl LegacyLookup {
    /// Nothing was imported.
    #[must_use]
    pub const fn new() -> Self {
        Self { sha512: false, visible: None }
    }

    /// Keys were imported by their SHA-512 digest.
    #[must_use]
    pub const fn with_sha512(mut self) -> Self {
        self.sha512 = true;
        self
    }

    /// Keys were imported by a password hash, and are found by what is visible of them.
    #[must_use]
    pub const fn with_visible(mut self, part: VisiblePart) -> Self {
        self.visible = Some(part);
        self
    }

    /// Whether keys are found by what is visible of them.
    pub(crate) const fn is_visible(&self) -> bool {
        self.visible.is_some()
    }

    /// The names to ask a store for, at most two, the quickly checked first.
    pub fn names(&self, presented: &[u8]) -> impl Iterator<Item = LegacyName> + use<> {
        let sha512 = self.sha512.then(|| LegacyName::of_sha512(&Sha512::digest(presented).into()));
        let visible = self.visible.and_then(|part| part.of(presented)).map(LegacyName::of_visible);
        [sha512, visible].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_visible_only_where_there_is_a_rest() {
        let part = |visible: VisiblePart, key: &'static str| visible.of(key.as_bytes());
        for key in ["", ".", ".secret", "visible.", "visible"] {
            assert_eq!(part(VisiblePart::BeforeDot, key), None, "{key}");
        }
        assert_eq!(part(VisiblePart::BeforeDot, "a.b.c"), Some(b"a".as_slice()));
        for (length, key) in [(0, "abc"), (3, "abc"), (4, "abc"), (255, "abc")] {
            assert_eq!(part(VisiblePart::First(length), key), None, "{length} of {key}");
        }
        assert_eq!(part(VisiblePart::First(2), "abc"), Some(b"ab".as_slice()));
    }

    #[test]
    fn only_what_was_imported_is_asked_for() {
        let names = |lookup: LegacyLookup, key: &str| lookup.names(key.as_bytes()).collect::<Vec<_>>();
        let both = LegacyLookup::new().with_sha512().with_visible(VisiblePart::BeforeDot);
        assert_eq!(names(LegacyLookup::new(), "a.b"), []);
        assert_eq!(names(both, "a.b").len(), 2);
        assert_eq!(names(both, "ab"), names(LegacyLookup::new().with_sha512(), "ab"));
        let visible = LegacyLookup::new().with_visible(VisiblePart::BeforeDot);
        assert_eq!(names(visible, "a.b"), names(visible, "a.c"));
        assert_ne!(names(visible, "a.b"), names(visible, "b.b"));
    }

    #[test]
    fn a_name_of_one_kind_is_none_of_another() {
        let digest: [u8; 64] = Sha512::digest(b"a.b").into();
        assert_ne!(LegacyName::of_sha512(&digest), LegacyName::of_visible(&digest));
    }
}
