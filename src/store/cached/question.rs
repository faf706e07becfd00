//! What is asked, as a key of the cache: digests, never secrets, and never texts that a
//! stranger chose.

use std::hash::{Hash, Hasher};

use quick_cache::Equivalent;
use sha2::{Digest, Sha256};

use crate::store::KeyHandle;
use crate::{Realm, Scheme, SiteId};

/// The longest name of a realm, in bytes, that answers are kept for. Realms come from
/// settings; one that a request could make long is asked for uncached.
const LONGEST_REALM: usize = 255;

/// What kind of thing the digest is of.
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
    digest: [u8; 32],
    kind: Kind,
    realm: Option<&'a Realm>,
}

/// A question that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    digest: [u8; 32],
    kind: Kind,
    realm: Option<Realm>,
}

impl<'a> Question<'a> {
    /// Which key it is; none where the answer is not to be kept.
    pub(super) fn key(handle: &KeyHandle<'a>) -> Option<Self> {
        let (kind, digest) = match *handle {
            KeyHandle::Digests { digests: [digest], .. } => (Kind::Digest, *digest.as_bytes()),
            // The whole list is the question: two lists with the same first digest may
            // differ in what they accept besides.
            KeyHandle::Digests { digests, .. } => (
                Kind::Digests,
                digests
                    .iter()
                    .fold(Sha256::new(), |sum, next| sum.chain_update(next.as_bytes()))
                    .finalize()
                    .into(),
            ),
            KeyHandle::Id { scheme, id, .. } => (Kind::Id(scheme), Sha256::digest(id).into()),
        };
        let (KeyHandle::Digests { realm, .. } | KeyHandle::Id { realm, .. }) = *handle;
        (realm.as_str().len() <= LONGEST_REALM).then_some(Self { digest, kind, realm: Some(realm) })
    }

    /// What a user may do.
    pub(super) fn user(user: &str) -> Self {
        Self { digest: Sha256::digest(user).into(), kind: Kind::User, realm: None }
    }

    /// Which account a site belongs to.
    pub(super) fn site(site: &SiteId) -> Self {
        Self { digest: Sha256::digest(site.as_str()).into(), kind: Kind::Site, realm: None }
    }

    pub(super) fn to_asked(self) -> Asked {
        Asked { digest: self.digest, kind: self.kind, realm: self.realm.cloned() }
    }
}

impl Equivalent<Asked> for Question<'_> {
    fn equivalent(&self, asked: &Asked) -> bool {
        self.digest == asked.digest && self.kind == asked.kind && self.realm == asked.realm.as_ref()
    }
}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.digest, state);
    }
}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.digest, state);
    }
}

/// Half of a digest places it; the rest is compared. The hasher is keyed, because strangers
/// choose API keys, and could choose some whose digests begin alike.
fn hash<H: Hasher>(digest: &[u8; 32], state: &mut H) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *digest;
    state.write_u64(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    state.write_u64(u64::from_ne_bytes([i, j, k, l, m, n, o, p]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyDigest;

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
    fn a_realm_that_is_no_setting_is_not_kept() {
        let realm = Realm::from("r".repeat(256));
        assert!(Question::key(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: "k" }).is_none());
    }
}
