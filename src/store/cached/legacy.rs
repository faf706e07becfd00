//! Hashes of foreign keys: not cached, and what is adopted is found at once.

use super::CachedKeyStore;
use super::admin::new_secrets;
use crate::store::{AdminError, Change, KeyRef, LegacyHash, LegacyKeyStore, LegacyName, NewKey, StoreError};
use crate::{KeyId, Realm, Secret, Timestamp};

impl<S: LegacyKeyStore> LegacyKeyStore for CachedKeyStore<S> {
    async fn import_hash(
        &self,
        key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        self.changing(new_secrets()).import_hash(key, hash, visible, now).await
    }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        let held = self.shared.store.legacy_hash(realm, names).await?;
        if held.is_none() {
            // The hash may be gone because another node has adopted the key since we did not
            // find it, and who asks here looks it up again.
            self.forget(&new_secrets());
        }
        Ok(held)
    }

    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
        self.changing(Change::Secret(key.clone())).adopt(key, hash, secret).await
    }
}
