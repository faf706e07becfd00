//! A store whose changes come into force, and whose answers get lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    AdminError, Enabled, IssuedKey, KeyEdit, KeyHandle, KeyQuery, KeyRef, KeySummary, Networks, NewKey,
    OwnerKind, OwnerRef, OwnerSummary, StoreError, StoredPrincipal,
};
use portcullis::{AccountId, KeyAdmin, KeyStore, Limits, SiteId, Timestamp, UserId};

use crate::backing::Record;

#[derive(Clone, Copy)]
pub(crate) enum Loss {
    /// An error comes instead.
    Answer,
    /// Nothing ever comes.
    Time,
}

#[derive(Clone)]
pub(crate) struct Lossy(MemoryKeyStore, Arc<Mutex<Option<Loss>>>);

impl Lossy {
    pub(crate) fn new() -> Self {
        Self(MemoryKeyStore::new(), Arc::default())
    }

    pub(crate) fn inner(&self) -> &MemoryKeyStore {
        &self.0
    }

    /// Loses the answer to every change from now on.
    pub(crate) fn lose(&self, loss: Loss) {
        *self.1.lock().expect("no panic") = Some(loss);
    }

    async fn lost<T>(&self, answer: Result<T, AdminError>) -> Result<T, AdminError> {
        let loss = *self.1.lock().expect("no panic");
        match loss {
            None => answer,
            Some(Loss::Answer) => Err(AdminError::Store(StoreError::unavailable("the connection broke"))),
            Some(Loss::Time) => std::future::pending().await,
        }
    }
}

impl KeyStore for Lossy {
    type Principal = StoredPrincipal;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Record>, StoreError> {
        self.0.find(handle).await
    }
}

macro_rules! lossy {
    ($($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl KeyAdmin for Lossy {
            $(async fn $method(&self, $($name: $type),*) -> Result<$answer, AdminError> {
                let answer = self.0.$method($($name),*).await;
                self.lost(answer).await
            })*
        }
    };
}

lossy! {
    add_account(account: &AccountId) -> ();
    add_user(user: &UserId, account: Option<&AccountId>) -> ();
    add_site(site: &SiteId, account: &AccountId) -> ();
    set_site_url(site: &SiteId, url: Option<&str>) -> ();
    set_owner_limits(owner: &OwnerRef, limits: Limits) -> ();
    list_owners(kind: OwnerKind, after: Option<&str>, limit: usize) -> Vec<OwnerSummary>;
    set_owner_active(owner: &OwnerRef, active: Enabled) -> ();
    issue(key: NewKey, now: Timestamp) -> IssuedKey;
    issue_all(keys: Vec<NewKey>, now: Timestamp) -> Vec<IssuedKey>;
    rotate(key: &KeyRef, overlap: Duration, now: Timestamp) -> IssuedKey;
    revoke(key: &KeyRef, reason: &str, now: Timestamp) -> ();
    set_enabled(key: &KeyRef, enabled: Enabled) -> ();
    edit(key: &KeyRef, edit: KeyEdit) -> ();
    assign_networks(key: &KeyRef, networks: Networks) -> ();
    record_uses(uses: &[(KeyRef, Timestamp)]) -> ();
    find_key(key: &KeyRef) -> Option<KeySummary>;
    list(query: &KeyQuery, now: Timestamp) -> Vec<KeySummary>;
}
