//! What is asked, as a key of the cache: digests, never secrets, and of what strangers choose
//! no more than a few bytes.
//!
//! The id of a key, a user or a site is no secret: it stands for itself up to a length, because
//! to hash it would cost more than the rest of a hit. A longer one is its SHA-256. Whatever
//! is found has been compared in full: two questions with one hash are still two.

use std::hash::{Hash, Hasher};

use quick_cache::Equivalent;
use sha2::{Digest, Sha256};

use crate::store::{KeyDigest, KeyHandle};
use crate::{Realm, Scheme, SiteId};

/// The longest name of a realm, in bytes, that answers are kept for. Realms come from
/// settings; one that a request could make long is asked for uncached.
const LONGEST_REALM: usize = 255;

/// The longest id, in bytes, that stands for itself: the longest that a scheme here looks for.
const LONGEST_ID: usize = 255;

/// What is asked about, borrowed.
#[derive(Clone, Copy, Debug)]
enum Subject<'a> {
    /// The digest of an API key.
    Digest(&'a [u8; 32]),
    /// The digest of several digests, or of a long id.
    Sum([u8; 32]),
    /// A short id.
    Id(&'a str),
}

/// What is asked about, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Digest([u8; 32]),
    Id(Box<str>),
}

/// What kind of thing the subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The one digest of an API key, as it is.
    Digest,
    /// Several digests of an API key, in their order.
    Digests,
    /// The id of a key for signing by this scheme.
    Id(Scheme),
    /// The id of a key of whatever scheme.
    Name,
    /// A user.
    User,
    /// A site.
    Site,
}

/// A question, borrowed: looking it up allocates nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    subject: Subject<'a>,
    kind: Kind,
    realm: Option<&'a Realm>,
}

/// A question that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    subject: Kept,
    kind: Kind,
    realm: Option<Realm>,
}

impl<'a> Question<'a> {
    /// Which key it is; none where the answer is not to be kept.
    #[inline]
    pub(super) fn key(handle: &KeyHandle<'a>) -> Option<Self> {
        let realm = match *handle {
            KeyHandle::Digests { realm, .. }
            | KeyHandle::Id { realm, .. }
            | KeyHandle::Name { realm, .. } => realm,
        };
        if realm.as_str().len() > LONGEST_REALM {
            return None;
        }
        let (kind, subject) = match *handle {
            KeyHandle::Digests { digests: [digest], .. } => {
                (Kind::Digest, Subject::Digest(digest.as_bytes()))
            }
            // The whole list is the question: two lists with the same first digest may
            // differ in what they accept besides.
            KeyHandle::Digests { digests, .. } => {
                let add = |sum: Sha256, next: &KeyDigest| sum.chain_update(next.as_bytes());
                let sum = digests.iter().fold(Sha256::new(), add).finalize();
                (Kind::Digests, Subject::Sum(sum.into()))
            }
            KeyHandle::Id { scheme, id, .. } => (Kind::Id(scheme), Subject::id(id)),
            KeyHandle::Name { id, .. } => (Kind::Name, Subject::id(id)),
        };
        Some(Self { subject, kind, realm: Some(realm) })
    }

    /// What a user may do.
    pub(super) fn user(user: &'a str) -> Self {
        Self { subject: Subject::id(user), kind: Kind::User, realm: None }
    }

    /// Which account a site belongs to.
    pub(super) fn site(site: &'a SiteId) -> Self {
        Self { subject: Subject::id(site.as_str()), kind: Kind::Site, realm: None }
    }

    pub(super) fn to_asked(self) -> Asked {
        Asked { subject: self.subject.kept(), kind: self.kind, realm: self.realm.cloned() }
    }
}

impl Equivalent<Asked> for Question<'_> {
    fn equivalent(&self, asked: &Asked) -> bool {
        self.subject.is(&asked.subject) && self.kind == asked.kind && self.realm == asked.realm.as_ref()
    }
}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.subject {
            Subject::Digest(digest) => hash(digest, state),
            Subject::Sum(digest) => hash(digest, state),
            Subject::Id(id) => state.write(id.as_bytes()),
        }
    }
}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.subject {
            Kept::Digest(digest) => hash(digest, state),
            Kept::Id(id) => state.write(id.as_bytes()),
        }
    }
}

/// Half of a digest places it; the rest is compared. The hasher is keyed, because strangers
/// choose API keys, and could choose some whose digests begin alike.
fn hash<H: Hasher>(digest: &[u8; 32], state: &mut H) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *digest;
    state.write_u64(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    state.write_u64(u64::from_ne_bytes([i, j, k, l, m, n, o, p]));
}

impl<'a> Subject<'a> {
    fn id(id: &'a str) -> Self {
        if id.len() <= LONGEST_ID { Self::Id(id) } else { Self::Sum(Sha256::digest(id).into()) }
    }

    fn is(&self, kept: &Kept) -> bool {
        match (self, kept) {
            (Self::Digest(digest), Kept::Digest(kept)) => *digest == kept,
            (Self::Sum(digest), Kept::Digest(kept)) => digest == kept,
            (Self::Id(id), Kept::Id(kept)) => **id == **kept,
            _ => false,
        }
    }

    fn kept(self) -> Kept {
        match self {
            Self::Digest(digest) => Kept::Digest(*digest),
            Self::Sum(digest) => Kept::Digest(digest),
            Self::Id(id) => Kept::Id(id.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    fn id(realm: &Realm, scheme: Scheme, id: &str) -> Asked {
        Question::key(&KeyHandle::Id { realm, scheme, id }).expect("kept").to_asked()
    }

    fn digests(realm: &Realm, digests: &[[u8; 32]]) -> Asked {
        let digests: Vec<_> = digests.iter().map(|bytes| KeyDigest::from_bytes(*bytes)).collect();
        Question::key(&KeyHandle::Digests { realm, digests: &digests }).expect("kept").to_asked()
    }

    #[test]
    fn realm_scheme_and_kind_of_handle_are_part_of_a_question() {
        let (one, other) = (Realm::from("one"), Realm::from("other"));
        let asked = [
            id(&one, Scheme::XAuth, "k"),
            id(&other, Scheme::XAuth, "k"),
            id(&one, Scheme::QuerySignature, "k"),
            id(&one, Scheme::Other("x-auth"), "k"),
            id(&one, Scheme::Other("x-authk"), ""),
            id(&one, Scheme::Other("x-aut"), "hk"),
            digests(&one, &[[1; 32]]),
            digests(&other, &[[1; 32]]),
            digests(&one, &[[1; 32], [2; 32]]),
            digests(&one, &[[1; 32], [3; 32]]),
            digests(&one, &[Sha256::digest([[1; 32], [2; 32]].concat()).into()]),
            digests(&one, &[Sha256::digest("k").into()]),
            digests(&one, &[]),
            Question::user("k").to_asked(),
            Question::site(&SiteId::from("k")).to_asked(),
        ];
        for (place, question) in asked.iter().enumerate() {
            assert!(asked.iter().skip(place + 1).all(|other| other != question), "{place}");
        }
    }

    #[test]
    fn ids_of_every_length_are_questions_of_their_own_and_no_long_one_is_kept() {
        let (realm, long) = (Realm::default(), "k".repeat(270));
        let asked: Vec<_> = (0..=270).map(|length| id(&realm, Scheme::XAuth, &long[..length])).collect();
        for (place, question) in asked.iter().enumerate() {
            assert!(asked.iter().skip(place + 1).all(|other| other != question), "{place}");
            assert_eq!(matches!(question.subject, Kept::Id(_)), place <= 255, "{place}");
        }
    }

    #[test]
    fn an_id_is_no_digest_though_its_bytes_are_those_of_one() {
        let realm = Realm::default();
        let text = "0123456789abcdef0123456789abcdef";
        let bytes = text.as_bytes().try_into().expect("32 bytes");
        assert_ne!(id(&realm, Scheme::XAuth, text), digests(&realm, &[bytes]));
        let long = "k".repeat(270);
        assert_ne!(id(&realm, Scheme::XAuth, &long), digests(&realm, &[Sha256::digest(&long).into()]));
    }

    #[test]
    fn a_question_is_what_is_kept_of_it_and_nothing_else() {
        let (realm, long) = (Realm::default(), "k".repeat(270));
        let lists = [[1; 32], [2; 32]].map(KeyDigest::from_bytes);
        let by_digests = |digests| Question::key(&KeyHandle::Digests { realm: &realm, digests });
        let by_id = |id| Question::key(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id });
        let asked = [by_digests(&lists[..1]), by_digests(&lists), by_id("k"), by_id(&long)];
        let asked: Vec<_> = asked.into_iter().flatten().chain([Question::user("k")]).collect();
        let hasher = std::hash::RandomState::new();
        for (place, question) in asked.iter().enumerate() {
            for (other, kept) in asked.iter().map(|question| question.to_asked()).enumerate() {
                assert_eq!(question.equivalent(&kept), place == other, "{place} {other}");
            }
            assert_eq!(hasher.hash_one(question), hasher.hash_one(question.to_asked()), "{place}");
        }
    }

    #[test]
    fn a_realm_that_is_no_setting_is_not_kept() {
        let realm = Realm::from("r".repeat(256));
        assert!(Question::key(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: "k" }).is_none());
    }
}
