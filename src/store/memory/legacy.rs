//! Hashes of foreign keys in memory.

use std::sync::PoisonError;

use super::MemoryKeyStore;
use super::directory::HeldSecret;
use crate::store::{
    AdminError, FromKey, KeyRef, KeySummary, LegacyHash, LegacyKeyStore, LegacyName, LegacyPlace, NewKey,
    StoreError, issuing,
};
use crate::{KeyId, Realm, Scheme, Secret, Timestamp};

impl<P: FromKey> LegacyKeyStore for MemoryKeyStore<P> {
    async fn import_hash(
        &self,
        key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        let (id, place) = issuing::forge_legacy(&key, hash, visible, &self.hasher)?;
        let mut directory = self.directory();
        let hold = |key: &KeySummary| match place {
            LegacyPlace::Digest(digest) if self.by_digests(&key.realm, &[digest]).is_none() => {
                Ok(HeldSecret::Digest(digest))
            }
            LegacyPlace::Name(name) if !self.legacy().contains_key(&(key.realm.clone(), name)) => {
                Ok(HeldSecret::Legacy(name, hash.clone()))
            }
            _ => Err(AdminError::Duplicate),
        };
        let entry = self.prepare_holding(&directory, key, id.clone(), hold, now)?;
        let entry = directory.add(entry)?;
        if let LegacyPlace::Name(name) = place {
            self.legacy().insert((entry.summary.realm.clone(), name), id.clone());
        }
        self.publish(entry);
        Ok(id)
    }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        let directory = self.known();
        let legacy = self.shared.legacy.read().unwrap_or_else(PoisonError::into_inner);
        Ok(names.iter().find_map(|name| {
            let key = KeyRef { realm: realm.clone(), id: legacy.get(&(realm.clone(), *name))?.clone() };
            let hash = directory.legacy_hash(&key, *name)?;
            Some((key, hash))
        }))
    }

    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
        let mut directory = self.directory();
        let entry = directory.changeable(key)?;
        let is_this = |held: &HeldSecret| matches!(held, HeldSecret::Legacy(_, held) if held.is_same(hash));
        if !entry.secrets.iter().any(|held| is_this(&held.secret)) {
            let digests = self.hasher.digests(secret.expose());
            let adopted = entry.secrets.iter().any(
                |held| matches!(held.secret, HeldSecret::Digest(digest) if digests.as_slice().contains(&digest)),
            );
            return if adopted { Ok(()) } else { Err(AdminError::UnknownKey) };
        }
        let mut digest = self.hold(&entry.summary, secret)?;
        let held = entry.secrets.iter_mut().enumerate().find(|(_, held)| is_this(&held.secret));
        if let Some((place, held)) = held {
            std::mem::swap(&mut held.secret, &mut digest);
            if place == 0 {
                entry.summary.hint = issuing::hint(Scheme::ApiKey, &entry.format, secret);
            }
        }
        entry.changed();
        self.publish(entry);
        if let HeldSecret::Legacy(name, _) = digest {
            self.legacy().remove(&(key.realm.clone(), name));
        }
        Ok(())
    }
}
