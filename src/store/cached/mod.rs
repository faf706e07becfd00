//! A bounded cache around any store, and how soon a change ends what it holds.
//!
//! [`CachedKeyStore`] answers what it was asked before, and asks the store inside for the
//! rest. What is cached is the record, never a decision: whether a key may be used now, from
//! here, for this, is checked against the record on every request.
//!
//! # How long a revoked key can still work
//!
//! | where | until |
//! |---|---|
//! | on the node that revoked it, through the same cache | the call returns |
//! | on another node that hears the store's messages | the message |
//! | on another node that does not | its next poll: 5 seconds, unless set otherwise |
//! | on a node that cannot reach the store | `max_stale`: 30 seconds; then the answer is 503 |
//! | on a node that does not [`follow`](CachedKeyStore::follow) at all | `max_stale` |
//!
//! The same holds for every change that a store numbers: of keys, users, accounts, sites,
//! groups, roles and privileges.
//!
//! An answer counts no longer
//! 1. once a change has overtaken it that this node made or heard of. A look-up that began
//!    before the change never brings back what it found;
//! 2. once its TTL is over, 5 minutes;
//! 3. once `max_stale` has gone by since it was asked for, or since it was last confirmed that
//!    no change was missed, whichever is later;
//! 4. once the clock has gone back by more than a second: it would lengthen every life.
//!
//! # What is kept
//!
//! Keys that were found and keys that were not are kept in two caches with a bound each, so that
//! strangers who guess keys cannot wash out those in use. API keys are indexed by the digests that
//! the store is asked for, signing keys by their id, or by its digest where it is longer than 255
//! bytes. The rights of users and the accounts of sites are cached likewise; lists and everything
//! else that operators ask for are not.
//!
//! Hashes of other systems are not cached. Where there is none, what was not found before is asked
//! for again: another node may have adopted the key meanwhile.
//!
//! The record of a signing key holds its secrets, and so does the cache. They are wiped when the
//! record is replaced or makes room for another, not when it is overtaken.
//!
//! Ten requests for one key that is not cached are one question to the store, and one answer; if
//! it fails, one failure. No one of them asks again behind the other.

mod admin;
mod answers;
mod flights;
mod follow;
mod keys;
mod legacy;
mod question;
mod roles;
mod settings;
mod sites;
mod slots;
mod subjects;
mod sync;
mod tracker;
mod validity;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use answers::Answers;
pub use settings::CacheSettings;
use tracker::Tracker;
use validity::Validity;

use super::{Change, KeyRecord, KeyStore, UserRights};
use crate::AccountId;

/// A store with a cache around it. Its clones are the same.
///
/// Make changes through it, so that this node forgets at once what they overtake. For the
/// changes of other nodes, spawn what [`follow`](Self::follow) returns.
///
/// ```
/// use portcullis::store::cached::CachedKeyStore;
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{KeyAdmin, KeyHandle, KeyHasher, KeyOwner, KeyRef, KeyState, KeyStore, NewKey};
/// use portcullis::{Realm, Scheme, Timestamp};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store: MemoryKeyStore = MemoryKeyStore::new();
/// let keys = CachedKeyStore::new(store);
/// let now = Timestamp::from_unix_seconds(0);
/// let issued = keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), now).await?;
///
/// let realm = Realm::default();
/// let digest = KeyHasher::sha256().digest(issued.secret.expose());
/// let handle = KeyHandle::Digests { realm: &realm, digests: &[digest] };
/// assert_eq!(keys.find(&handle).await?.expect("the key").state(), KeyState::Enabled);
/// assert_eq!(keys.counts().found, 1);
///
/// let key = KeyRef { realm: realm.clone(), id: issued.id };
/// keys.revoke(&key, "left the company", now).await?;
/// assert_eq!(keys.find(&handle).await?.expect("the key").state(), KeyState::Revoked);
/// # Ok::<(), portcullis::store::AdminError>(())
/// # }).unwrap();
/// ```
pub struct CachedKeyStore<S: KeyStore> {
    shared: Arc<Shared<S>>,
}

struct Shared<S: KeyStore> {
    store: S,
    validity: Validity,
    keys: Answers<Arc<KeyRecord<S::Principal>>>,
    rights: Answers<UserRights>,
    sites: Answers<AccountId>,
    /// What is heard is applied under this lock, so that nothing is confirmed before it is.
    tracker: Mutex<Tracker>,
    settings: CacheSettings,
}

/// How many answers a cache holds; those that count no longer are among them until they
/// are asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheCounts {
    /// Keys that were found.
    pub found: usize,
    /// Keys that were not.
    pub missing: usize,
    /// Rights of users.
    pub rights: usize,
    /// Accounts of sites.
    pub sites: usize,
}

impl<S: KeyStore> CachedKeyStore<S> {
    /// A cache around `store` with the settings that [`CacheSettings::new`] names.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self::with_settings(store, CacheSettings::new())
    }

    /// A cache around `store`.
    #[must_use]
    pub fn with_settings(store: S, settings: CacheSettings) -> Self {
        let shared = Shared {
            store,
            validity: Validity::new(&settings),
            keys: Answers::new(&settings),
            rights: Answers::new(&settings),
            sites: Answers::new(&settings),
            tracker: Mutex::default(),
            settings,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The store inside. What is changed there counts here as if another node had done it.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.shared.store
    }

    /// Forgets what a change overtakes that was made elsewhere; to be called once it is in
    /// force. Changes that are made through this store need no such call.
    pub fn forget(&self, change: &Change) {
        self.shared.validity.forget(change);
    }

    /// How many answers are held.
    #[must_use]
    pub fn counts(&self) -> CacheCounts {
        let (found, missing) = self.shared.keys.counts();
        let (rights, unknown) = self.shared.rights.counts();
        let (sites, homeless) = self.shared.sites.counts();
        CacheCounts { found, missing, rights: rights + unknown, sites: sites + homeless }
    }

    /// The store inside, for a change: when this goes, the change is taken for made.
    fn changing(&self, change: Change) -> Changing<'_, S> {
        Changing { shared: &self.shared, change }
    }
}

/// A change that is under way. However it ends, be it with an error or because nobody waits
/// for it any more, it may have come into force.
struct Changing<'a, S: KeyStore> {
    shared: &'a Shared<S>,
    change: Change,
}

impl<S: KeyStore> Deref for Changing<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.shared.store
    }
}

impl<S: KeyStore> Drop for Changing<'_, S> {
    fn drop(&mut self) {
        self.shared.validity.forget(&self.change);
    }
}

impl<S: KeyStore> Clone for CachedKeyStore<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: KeyStore + fmt::Debug> fmt::Debug for CachedKeyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedKeyStore")
            .field("store", &self.shared.store)
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}
