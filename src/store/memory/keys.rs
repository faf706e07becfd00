//! Keys in memory.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::directory::{Directory, Entry, Held, HeldSecret};
use super::index::Index;
use super::uniform::Uniform;
use crate::store::{
    AdminError, KeyDigest, KeyFormat, KeyHandle, KeyHasher, KeyOwner, KeyRecord, KeyStore, KeySummary,
    LegacyName, LiveSecret, OwnerLimits, StoreError, StoredPrincipal, issuing,
};
use crate::{KeyId, Limits, Realm, Scheme, Scopes, Secret, Timestamp};

/// Keys in memory. Its clones are the same store.
///
/// API keys are kept as digests. The secrets of signing keys are kept readable, with
/// their HMAC prepared; they are wiped when the last record that holds them goes.
///
/// A look-up takes a lock that readers share and clones one reference: records are made
/// when keys change, not when they are found.
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{KeyAdmin, KeyHandle, KeyHasher, KeyOwner, KeyStore, NewKey, StoredPrincipal};
/// use portcullis::{Realm, Scheme, Timestamp, UserId};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemoryKeyStore::<StoredPrincipal>::new();
/// store.add_user(&UserId::from("ada"), None).await?;
/// let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("ada")).with_prefix("acme_");
/// let issued = store.issue(key, Timestamp::from_unix_seconds(0)).await?;
///
/// let digest = KeyHasher::sha256().digest(issued.secret.expose());
/// let handle = KeyHandle::Digests { realm: &Realm::default(), digests: &[digest] };
/// let found = store.find(&handle).await?.expect("the key");
/// assert_eq!(found.principal().user(), &Some(UserId::from("ada")));
/// # Ok::<(), portcullis::store::AdminError>(())
/// # }).unwrap();
/// ```
pub struct MemoryKeyStore<P = StoredPrincipal> {
    pub(super) shared: Arc<Shared<P>>,
    pub(super) hasher: Arc<KeyHasher>,
}

pub(super) struct Shared<P> {
    digests: Index<KeyDigest, P, Uniform>,
    ids: Index<KeyId, P, RandomState>,
    directory: RwLock<Directory<P>>,
    /// Changed only by who holds the directory.
    pub(super) legacy: RwLock<HashMap<(Realm, LegacyName), KeyId>>,
}

impl<P> MemoryKeyStore<P> {
    /// An empty store that keeps SHA-256 of API keys.
    #[must_use]
    pub fn new() -> Self {
        let shared = Shared {
            digests: Index::default(),
            ids: Index::default(),
            directory: RwLock::default(),
            legacy: RwLock::default(),
        };
        Self { shared: Arc::new(shared), hasher: Arc::default() }
    }

    /// Sets how API keys become digests; for this handle and those cloned from it. Set
    /// it before the first key goes in.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Arc::new(hasher);
        self
    }

    /// The directory, for a change.
    pub(super) fn directory(&self) -> RwLockWriteGuard<'_, Directory<P>> {
        self.shared.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory as it is.
    pub(super) fn known(&self) -> RwLockReadGuard<'_, Directory<P>> {
        self.shared.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which keys there are hashes of, by name.
    pub(super) fn legacy(&self) -> RwLockWriteGuard<'_, HashMap<(Realm, LegacyName), KeyId>> {
        self.shared.legacy.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what is kept no longer.
    pub(super) fn withdraw(&self, entry: &Entry<P>, dropped: Vec<Held>) {
        let realm = &entry.summary.realm;
        for held in dropped {
            match held.secret {
                HeldSecret::Digest(digest) => self.shared.digests.remove(&digest, realm),
                HeldSecret::Legacy(name, _) => {
                    self.legacy().remove(&(realm.clone(), name));
                }
                HeldSecret::Signing(_) => {}
            }
        }
    }

    pub(super) fn by_digests(&self, realm: &Realm, digests: &[KeyDigest]) -> Option<Arc<KeyRecord<P>>> {
        let find = |digest| self.shared.digests.find(digest, |record| record.realm() == realm);
        digests.iter().find_map(find)
    }

    /// What is kept of a new secret; refuses an API key that the realm holds already.
    pub(super) fn hold(&self, key: &KeySummary, secret: &Secret) -> Result<HeldSecret, AdminError> {
        if key.scheme != Scheme::ApiKey {
            return Ok(HeldSecret::Signing(secret.clone()));
        }
        let digests = self.hasher.digests(secret.expose());
        if self.by_digests(&key.realm, digests.as_slice()).is_some() {
            return Err(AdminError::Duplicate);
        }
        Ok(HeldSecret::Digest(self.hasher.digest(secret.expose())))
    }
}

impl<P: Clone> MemoryKeyStore<P> {
    /// Puts a record in that is ready: for principals that no key owner becomes, and for
    /// keys out of a configuration. An API key comes with its text, of which the digest
    /// is kept; the record of a signing key holds its secrets.
    ///
    /// ```
    /// use portcullis::store::{KeyRecord, memory::MemoryKeyStore};
    /// use portcullis::{KeyId, Realm, Scheme, Secret};
    /// let store = MemoryKeyStore::new();
    /// let record = KeyRecord::builder(Realm::default(), Scheme::ApiKey, KeyId::from("ci"), "ci robot");
    /// store.insert(record.build(), Some(&Secret::from("an API key of the configuration")))?;
    /// # Ok::<(), portcullis::store::AdminError>(())
    /// ```
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when the realm holds this id or this API key,
    /// [`AdminError::Invalid`] when the key has no secret, or one of another kind.
    pub fn insert(&self, record: KeyRecord<P>, api_key: Option<&Secret>) -> Result<(), AdminError> {
        let format = KeyFormat::default();
        let newest = api_key.or_else(|| record.secrets().first().map(LiveSecret::secret));
        let hint = newest.map(|secret| issuing::hint(record.scheme(), &format, secret));
        let summary = KeySummary {
            realm: record.realm().clone(),
            id: record.id().clone(),
            scheme: record.scheme(),
            hint: hint.unwrap_or_default(),
            owner: KeyOwner::default(),
            label: String::new(),
            note: String::new(),
            site_url: None,
            limits: Limits::none(),
            owner_limits: OwnerLimits::default(),
            scopes: Scopes::none(),
            entry_points: record.entry_points().clone(),
            networks: record.networks().clone(),
            signature_forms: record.signature_forms(),
            state: record.state(),
            owner_active: record.is_owner_active(),
            not_before: record.not_before(),
            expires_at: record.expires_at(),
            created_at: Timestamp::from_unix_seconds(0),
            renewed_at: Timestamp::from_unix_seconds(0),
            previous_until: None,
            last_used: None,
            revoked: None,
        };
        let mut directory = self.directory();
        let secrets = match (record.scheme(), api_key, record.secrets()) {
            (Scheme::ApiKey, Some(text), []) => {
                vec![Held { secret: self.hold(&summary, text)?, expires_at: None }]
            }
            (Scheme::ApiKey, ..) => return Err(AdminError::Invalid("an API key comes with its text alone")),
            (_, None, live @ [_, ..]) => {
                let hold = |live: &LiveSecret| Held {
                    secret: HeldSecret::Signing(live.secret().clone()),
                    expires_at: live.expires_at(),
                };
                live.iter().map(hold).collect()
            }
            _ => return Err(AdminError::Invalid("a signing key comes with its secrets in its record")),
        };
        let (principal, epoch) = (record.principal().clone(), record.epoch());
        let entry = Entry { summary, principal, format, secrets, epoch };
        self.publish(directory.add(entry)?);
        Ok(())
    }

    /// Shows a key, as it is now, to readers.
    pub(super) fn publish(&self, entry: &Entry<P>) {
        if entry.summary.scheme == Scheme::ApiKey {
            for (digest, record) in entry.by_digest() {
                self.shared.digests.put(digest, Arc::new(record));
            }
        } else {
            self.shared.ids.put(entry.summary.id.clone(), Arc::new(entry.by_id()));
        }
    }
}

impl<P: Clone + Send + Sync + 'static> KeyStore for MemoryKeyStore<P> {
    type Principal = P;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError> {
        Ok(match *handle {
            KeyHandle::Digests { realm, digests } => self.by_digests(realm, digests),
            KeyHandle::Id { realm, scheme, id } => {
                self.shared.ids.find(id, |record| record.scheme() == scheme && record.realm() == realm)
            }
            KeyHandle::Name { realm, id } => self.known().standing(realm, id).map(Arc::new),
        })
    }
}

impl<P> Clone for MemoryKeyStore<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), hasher: Arc::clone(&self.hasher) }
    }
}

impl<P> Default for MemoryKeyStore<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> fmt::Debug for MemoryKeyStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKeyStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LiveSecret;

    fn record(scheme: Scheme) -> crate::store::KeyRecordBuilder<u8> {
        KeyRecord::builder(Realm::default(), scheme, KeyId::from("k"), 7)
    }

    #[test]
    fn a_ready_record_comes_with_the_secret_of_its_scheme() {
        let store = MemoryKeyStore::new();
        let (key, live) = (Secret::from("a key"), || LiveSecret::new(Secret::from("secret"), None));
        let refused = [
            store.insert(record(Scheme::ApiKey).build(), None),
            store.insert(record(Scheme::ApiKey).secret(live()).build(), Some(&key)),
            store.insert(record(Scheme::XAuth).build(), None),
            store.insert(record(Scheme::XAuth).secret(live()).build(), Some(&key)),
        ];
        assert!(refused.iter().all(|answer| matches!(answer, Err(AdminError::Invalid(_)))), "{refused:?}");
        store.insert(record(Scheme::XAuth).secret(live()).build(), None).expect("inserted");
        let again = store.insert(record(Scheme::ApiKey).build(), Some(&key));
        assert!(matches!(again, Err(AdminError::Duplicate)));
    }
}
