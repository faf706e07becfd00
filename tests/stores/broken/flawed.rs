//! A store of keys with a flaw: what it is, and what its flaw asks for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    AdminError, IssuedKey, KeyAdmin, KeyDigest, KeyHasher, KeyHint, KeyOwner, KeyRef, KeySecret, KeyState,
    KeySummary, NewKey, OwnerKind, Revoked, issuing,
};
use portcullis::{GroupId, KeyId, Realm, RoleId, Timestamp};

use super::flaw::Flaw;
use crate::fixtures::Record;

/// Keys in memory, with a flaw.
pub(super) struct Flawed {
    pub(super) store: MemoryKeyStore,
    pub(super) flaw: Flaw,
    notes: Mutex<Notes>,
}

/// What the flaw needs to know.
#[derive(Default)]
pub(super) struct Notes {
    /// How API keys are found.
    pub(super) digests: HashMap<KeyRef, KeyDigest>,
    /// API keys that were rotated, as they were found before.
    pub(super) found: HashMap<KeyDigest, Record>,
    /// What was known of a key when it was found first.
    pub(super) first: HashMap<KeyRef, KeySummary>,
    /// Keys that were revived.
    pub(super) revived: Vec<KeyRef>,
    /// The roles of groups that were deleted.
    pub(super) roles: HashMap<GroupId, Vec<RoleId>>,
    pub(super) revoked: HashMap<KeyRef, Revoked>,
    pub(super) used: HashMap<KeyRef, Timestamp>,
    /// Keys as they were listed first.
    pub(super) listed: HashMap<KeyRef, KeySummary>,
}

impl Flawed {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self { store: MemoryKeyStore::new(), flaw, notes: Mutex::default() }
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().expect("no panic")
    }

    /// What is answered to a change.
    pub(super) fn settled(&self, answer: Result<(), AdminError>) -> Result<(), AdminError> {
        match (self.flaw, answer) {
            (Flaw::AcceptsAnything, Err(AdminError::Invalid(_)))
            | (Flaw::AcceptsDuplicates, Err(AdminError::Duplicate))
            | (Flaw::IgnoresUnknown, Err(AdminError::UnknownKey | AdminError::UnknownOwner))
            | (Flaw::ChangesRevoked, Err(AdminError::Revoked)) => Ok(()),
            (_, answer) => answer,
        }
    }

    /// Other keys that are changed with this one.
    pub(super) fn besides(&self, key: &KeyRef) -> Vec<KeyRef> {
        let realms = if self.flaw == Flaw::ChangesEveryRealm { &["here", "there"][..] } else { &[] };
        let other = |realm: &&str| KeyRef { realm: Realm::from(*realm), id: key.id.clone() };
        realms.iter().map(other).filter(|other| other != key).collect()
    }

    /// What is said about a key.
    pub(super) fn told(&self, mut key: KeySummary) -> KeySummary {
        let name = KeyRef { realm: key.realm.clone(), id: key.id.clone() };
        match self.flaw {
            Flaw::ListsEnabled => key.state = KeyState::Enabled,
            Flaw::HidesHints => key.hint = KeyHint::none(),
            Flaw::ShowsShortSecrets if key.hint.last_four().is_none() => {
                key.hint = issuing::kept_hint(key.hint.prefix(), Some("cdef")).expect("a hint");
            }
            Flaw::ShowsFirstSecrets => {
                let mut notes = self.notes();
                key.hint = notes.listed.entry(name).or_insert_with(|| key.clone()).hint.clone();
            }
            Flaw::ForgetsRenewal => key.renewed_at = key.created_at,
            Flaw::LastReasonStands => key.revoked = self.notes().revoked.get(&name).cloned(),
            Flaw::LastUseGoesBack => key.last_used = self.notes().used.get(&name).copied(),
            _ if self.notes().revived.contains(&name) => key.state = KeyState::Enabled,
            _ => {}
        }
        key
    }

    /// Whether the id or the secret belongs to a revoked key.
    pub(super) async fn is_of_revoked(&self, key: &NewKey) -> bool {
        let mut names: Vec<_> =
            key.id.iter().map(|id| KeyRef { realm: key.realm.clone(), id: id.clone() }).collect();
        if let KeySecret::Import(secret) = &key.secret {
            let digest = KeyHasher::sha256().digest(secret.expose());
            let notes = self.notes();
            let held = notes.digests.iter().find(|(_, held)| **held == digest);
            names.extend(held.map(|(name, _)| name.clone()));
        }
        for name in names {
            let known = self.store.find_key(&name).await;
            if known.is_ok_and(|key| key.is_some_and(|key| key.state == KeyState::Revoked)) {
                return true;
            }
        }
        false
    }

    pub(super) async fn is_guest(&self, key: &NewKey) -> bool {
        let free = self.store.list_owners(OwnerKind::User, None, 100).await.expect("a list");
        let free: Vec<_> =
            free.iter().filter(|line| line.account.is_none()).map(|line| line.owner.id()).collect();
        let user = key.owner.user.as_ref().is_some_and(|user| free.contains(&user.as_str()));
        user && (key.owner.account.is_some() || key.owner.site.is_some())
    }
}

/// The same key once more.
pub(super) fn again(key: &NewKey) -> NewKey {
    let secret = match &key.secret {
        KeySecret::Generate => KeySecret::Generate,
        KeySecret::Import(secret) => KeySecret::Import(secret.clone()),
    };
    let mut again = NewKey::new(key.scheme, key.owner.clone());
    again.realm = key.realm.clone();
    again.id = key.id.clone();
    again.secret = secret;
    again.prefix = key.prefix.clone();
    again.format = key.format.clone();
    again.label = key.label.clone();
    again.note = key.note.clone();
    again.scopes = key.scopes.clone();
    again.limits = key.limits.clone();
    again.entry_points = key.entry_points.clone();
    again.networks = key.networks.clone();
    again.signature_forms = key.signature_forms;
    again.not_before = key.not_before;
    again.expires_at = key.expires_at;
    again
}

pub(super) fn unnamed(key: &NewKey) -> NewKey {
    let mut unnamed = again(key);
    (unnamed.id, unnamed.secret) = (None, KeySecret::Generate);
    unnamed
}

pub(super) fn unowned(key: &NewKey) -> NewKey {
    again(key).with_owner(KeyOwner::default())
}

pub(super) fn something() -> IssuedKey {
    IssuedKey::new(KeyId::from("something"), "something".into())
}
