//! What is asked, as a key of the cache: digests, never secrets, and of what strangers choose
//! never more than a few bytes.
//!
//! The id of a key, a user or a site is no secret: where it is short, it stands for itself,
//! because hashing it costs more than the rest of a hit. A longer one is its digest. Two are
//! the same question only if all their bytes are the same, or the SHA-256 of both.

use std::hash::{Hash, Hasher};

use quick_cache::Equivalent;
use sha2::{Digest, Sha256};

use crate::store::{KeyDigest, KeyHandle};
use crate::{Realm, Scheme, SiteId};

/// The longest name of a realm, in bytes, that answers are kept for. Realms come from
/// settings; one that a request could make long is asked for uncached.
const LONGEST_REALM: usize = 255;

/// The longest name, in bytes, that stands for itself: a UUID is one.
const LONGEST_NAME: usize = 36;

/// A byte that no text has (RFC 3629, section 1).
const NOWHERE: u8 = 0xff;

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// A digest: of an API key, of several, or of a long name.
    Digest([u8; 32]),
    /// A short name, and behind it what is in no text.
    Name([u8; LONGEST_NAME]),
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
    /// A user.
    User,
    /// A site.
    Site,
}

/// A question, borrowed: looking it up allocates nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    subject: Subject,
    kind: Kind,
    realm: Option<&'a Realm>,
}

/// A question that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    subject: Subject,
    kind: Kind,
    realm: Option<Realm>,
}

impl<'a> Question<'a> {
    /// Which key it is; none where the answer is not to be kept.
    pub(super) fn key(handle: &KeyHandle<'a>) -> Option<Self> {
        let (kind, subject) = match *handle {
            KeyHandle::Digests { digests: [digest], .. } => {
                (Kind::Digest, Subject::Digest(*digest.as_bytes()))
            }
            // The whole list is the question: two lists with the same first digest may
            // differ in what they accept besides.
            KeyHandle::Digests { digests, .. } => {
                let add = |sum: Sha256, next: &KeyDigest| sum.chain_update(next.as_bytes());
                let sum = digests.iter().fold(Sha256::new(), add).finalize();
                (Kind::Digests, Subject::Digest(sum.into()))
            }
            KeyHandle::Id { scheme, id, .. } => (Kind::Id(scheme), Subject::named(id)),
        };
        let (KeyHandle::Digests { realm, .. } | KeyHandle::Id { realm, .. }) = *handle;
        (realm.as_str().len() <= LONGEST_REALM).then_some(Self { subject, kind, realm: Some(realm) })
    }

    /// What a user may do.
    pub(super) fn user(user: &str) -> Self {
        Self { subject: Subject::named(user), kind: Kind::User, realm: None }
    }

    /// Which account a site belongs to.
    pub(super) fn site(site: &SiteId) -> Self {
        Self { subject: Subject::named(site.as_str()), kind: Kind::Site, realm: None }
    }

    pub(super) fn to_asked(self) -> Asked {
        Asked { subject: self.subject, kind: self.kind, realm: self.realm.cloned() }
    }
}

impl Equivalent<Asked> for Question<'_> {
    fn equivalent(&self, asked: &Asked) -> bool {
        self.subject == asked.subject && self.kind == asked.kind && self.realm == asked.realm.as_ref()
    }
}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.subject.hash(state);
    }
}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.subject.hash(state);
    }
}

impl Subject {
    fn named(name: &str) -> Self {
        let mut bytes = [NOWHERE; LONGEST_NAME];
        match bytes.get_mut(..name.len()) {
            Some(place) => {
                place.copy_from_slice(name.as_bytes());
                Self::Name(bytes)
            }
            None => Self::Digest(Sha256::digest(name).into()),
        }
    }
}

impl Hash for Subject {
    /// Half of a digest places it; the rest is compared. The hasher is keyed, because strangers
    /// choose API keys, and could choose some whose digests begin alike.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Digest([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..]) => {
                state.write_u64(u64::from_ne_bytes([*a, *b, *c, *d, *e, *f, *g, *h]));
                state.write_u64(u64::from_ne_bytes([*i, *j, *k, *l, *m, *n, *o, *p]));
            }
            Self::Name(bytes) => state.write(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn ids_of_every_length_are_questions_of_their_own_and_none_is_kept_at_length() {
        let realm = Realm::default();
        let long = "k".repeat(80);
        let names = (0..=80).map(|length| &long[..length]);
        let padded = ["k\0", "k ", "\0", "k\u{ff}"].into_iter().chain(names);
        let asked: Vec<_> = padded.map(|name| id(&realm, Scheme::XAuth, name)).collect();
        for (place, question) in asked.iter().enumerate() {
            assert!(asked.iter().skip(place + 1).all(|other| other != question), "{place}");
        }
        let digest = Subject::Digest(Sha256::digest(&long[..37]).into());
        assert_eq!(id(&realm, Scheme::XAuth, &long[..37]).subject, digest);
        assert!(size_of::<Subject>() <= LONGEST_NAME + 1);
    }

    #[test]
    fn an_id_is_no_digest_though_its_bytes_are_those_of_one() {
        let realm = Realm::default();
        let text = "0123456789abcdef0123456789abcdef";
        let bytes = text.as_bytes().try_into().expect("32 bytes");
        assert_ne!(id(&realm, Scheme::XAuth, text), digests(&realm, &[bytes]));
        let long = "k".repeat(80);
        assert_ne!(id(&realm, Scheme::XAuth, &long), digests(&realm, &[Sha256::digest(&long).into()]));
    }

    #[test]
    fn a_realm_that_is_no_setting_is_not_kept() {
        let realm = Realm::from("r".repeat(256));
        assert!(Question::key(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: "k" }).is_none());
    }
}
