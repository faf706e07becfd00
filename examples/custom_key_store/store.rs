//! The store: a state in memory, and a file that is replaced with every change.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis::store::{
    AdminError, IssuedKey, KeyHandle, KeyHasher, KeyRecord, KeyRecordBuilder, KeyRef, KeyStore, KeySummary,
    LiveSecret, MasterKey, SealedPlace, StoreError, StoredPrincipal, issuing,
};
use portcullis::{KeyId, Realm, Scheme, Secret, Timestamp};

use super::file;
use super::state::{State, StoredKey, StoredSecret};

/// Keys in a JSON file. One process at a time may have it open.
///
/// Writing blocks the thread for as long as the disk takes: good enough for keys that an
/// operator changes now and then.
#[derive(Debug)]
pub(crate) struct FileKeyStore {
    path: PathBuf,
    master: MasterKey,
    hasher: KeyHasher,
    state: Mutex<State>,
}

impl FileKeyStore {
    /// Opens a file, or makes it with the first change.
    pub(crate) fn open(path: impl Into<PathBuf>, master: MasterKey) -> io::Result<Self> {
        let path = path.into();
        let state = Mutex::new(file::load(&path)?);
        Ok(Self { path, master, hasher: KeyHasher::sha256(), state })
    }

    /// The state as it is.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change: of a copy, which takes the state's place when the disk has it. What
    /// fails leaves everything as it was.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, AdminError>,
    ) -> Result<T, AdminError> {
        let mut state = self.state();
        let mut changed = state.clone();
        let answer = change(&mut changed)?;
        file::save(&self.path, &changed).map_err(StoreError::unavailable)?;
        *state = changed;
        Ok(answer)
    }

    /// What is kept of a secret; refuses an API key that the realm has already.
    pub(crate) fn keep(
        &self,
        state: &State,
        (realm, scheme, number): (&Realm, Scheme, i64),
        issued: &IssuedKey,
    ) -> Result<StoredSecret, AdminError> {
        let kept = if scheme == Scheme::ApiKey {
            let digest = hex(self.hasher.digest(issued.secret.expose()).as_bytes());
            let mut held = state.keys.get(realm.as_str()).into_iter().flat_map(|keys| keys.values());
            if held.any(|key| key.secrets.iter().any(|secret| secret.kept == digest)) {
                return Err(AdminError::Duplicate);
            }
            digest
        } else {
            hex(&self
                .master
                .seal(issued.secret.as_ref(), &SealedPlace::new(realm, scheme, &issued.id, number))?)
        };
        Ok(StoredSecret { number, kept, expires_at: None })
    }

    fn record(
        &self,
        key: &KeySummary,
        stored: &StoredKey,
        secret_end: Option<i64>,
    ) -> Result<KeyRecordBuilder<StoredPrincipal>, StoreError> {
        let principal = issuing::principal(key).ok_or(StoreError::corrupt("a key without its owner"))?;
        Ok(issuing::record(key, principal, stored.epoch, secret_end.map(Timestamp::from_unix_micros)))
    }

    fn signing(
        &self,
        key: &KeySummary,
        stored: &StoredKey,
    ) -> Result<KeyRecord<StoredPrincipal>, StoreError> {
        let mut record = self.record(key, stored, None)?;
        for StoredSecret { number, kept, expires_at } in &stored.secrets {
            let place = SealedPlace::new(&key.realm, key.scheme, &key.id, *number);
            let secret = bytes(kept).and_then(|sealed| self.master.open(&sealed, &place));
            let secret: Secret = secret.ok_or(StoreError::corrupt("a sealed secret"))?;
            record = record.secret(LiveSecret::new(secret, expires_at.map(Timestamp::from_unix_micros)));
        }
        Ok(record.build())
    }
}

impl KeyStore for FileKeyStore {
    type Principal = StoredPrincipal;

    async fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        let state = self.state();
        let none = BTreeMap::new();
        let keys = state.keys.get(handle.realm().as_str()).unwrap_or(&none);
        match *handle {
            KeyHandle::Digests { realm, digests } => {
                for digest in digests.iter().map(|digest| hex(digest.as_bytes())) {
                    for (id, stored) in keys {
                        let Some(held) = stored.secrets.iter().find(|held| held.kept == digest) else {
                            continue;
                        };
                        let key = stored.summary(&state, realm.as_str(), id)?;
                        return Ok(Some(Arc::new(self.record(&key, stored, held.expires_at)?.build())));
                    }
                }
                Ok(None)
            }
            KeyHandle::Id { realm, scheme, id } => {
                let Some(stored) = keys.get(id) else { return Ok(None) };
                let key = stored.summary(&state, realm.as_str(), id)?;
                if key.scheme != scheme || scheme == Scheme::ApiKey {
                    return Ok(None);
                }
                Ok(Some(Arc::new(self.signing(&key, stored)?)))
            }
            KeyHandle::Name { realm, id } => {
                let Some(stored) = keys.get(id) else { return Ok(None) };
                let key = stored.summary(&state, realm.as_str(), id)?;
                Ok(Some(Arc::new(self.record(&key, stored, None)?.build())))
            }
            // A question that this store cannot read is not answered with "no such key".
            _ => Err(StoreError::unavailable("an unknown kind of look-up")),
        }
    }
}

/// A key that is to be changed, as it is now.
pub(crate) fn known(state: &State, key: &KeyRef) -> Result<KeySummary, AdminError> {
    let stored = state.keys.get(key.realm.as_str()).and_then(|keys| keys.get(key.id.as_str()));
    let stored = stored.ok_or(AdminError::UnknownKey)?;
    Ok(stored.summary(state, key.realm.as_str(), key.id.as_str())?)
}

/// Its place in the state.
pub(crate) fn stored<'a>(state: &'a mut State, key: &KeyRef) -> Result<&'a mut StoredKey, AdminError> {
    let keys = state.keys.get_mut(key.realm.as_str());
    keys.and_then(|keys| keys.get_mut(key.id.as_str())).ok_or(AdminError::UnknownKey)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect()
}

impl FileKeyStore {
    /// Puts a new key in.
    pub(crate) fn insert(
        &self,
        state: &mut State,
        key: portcullis::store::NewKey,
        now: Timestamp,
    ) -> Result<IssuedKey, AdminError> {
        let (issued, format) = (issuing::forge(&key)?, issuing::format(&key)?);
        let (realm, scheme) = (key.realm.clone(), key.scheme);
        let owner = super::admin::settle(state, key.owner.clone())?;
        let mut summary = issuing::summary(key, issued.id.clone(), owner, true, now);
        summary.hint = issuing::hint(scheme, &format, issued.secret.as_ref());
        if issuing::principal::<StoredPrincipal>(&summary).is_none() {
            return Err(AdminError::MissingOwner);
        }
        let mut stored = StoredKey::new(&summary, &format);
        stored.secrets.push(self.keep(state, (&realm, scheme, 1), &issued)?);
        let keys = state.keys.entry(realm.as_str().to_owned()).or_default();
        if keys.contains_key(issued.id.as_str()) {
            return Err(AdminError::Duplicate);
        }
        keys.insert(KeyId::as_str(&issued.id).to_owned(), stored);
        Ok(issued)
    }
}
