//! Looking keys up.

use std::sync::Arc;

use super::CachedKeyStore;
use super::question::Question;
use super::subjects::Places;
use crate::store::{
    AdminError, Change, EntryPointStore, EntryPoints, KeyHandle, KeyRecord, KeyRef, KeyStore, StoreError,
    forward,
};

impl<S: KeyStore> KeyStore for CachedKeyStore<S> {
    type Principal = S::Principal;

    async fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> Result<Option<Arc<KeyRecord<Self::Principal>>>, StoreError> {
        let shared = &*self.shared;
        let Some(question) = Question::key(handle) else { return shared.store.find(handle).await };
        if let Some(answer) = shared.keys.known(&question, &shared.validity) {
            return Ok(answer);
        }
        let places = shared.validity.places();
        let subjects = |found: Option<&Arc<KeyRecord<S::Principal>>>| {
            found.map_or(Places::of_missing_key(), |record| places.of_record(record))
        };
        // Boxed, so that the future of a hit is small.
        let fetch = || shared.store.find(handle);
        Box::pin(shared.keys.ask(&question, &shared.validity, fetch, subjects)).await
    }
}

impl<S: EntryPointStore> EntryPointStore for CachedKeyStore<S> {
    forward! { self => self.shared.store; sync_entry_points entry_points }

    async fn assign_entry_points(&self, key: &KeyRef, names: EntryPoints) -> Result<(), AdminError> {
        self.changing(Change::Key(key.clone())).assign_entry_points(key, names).await
    }
}
