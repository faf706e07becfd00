//! A fresh store of each kind.

use std::sync::Arc;

use portcullis::audit::{AuditTrail, Audited, SharedAddresses};
use portcullis::store::OwnerFilter;
use portcullis::store::memory::{MemoryAddresses, MemoryKeyStore};
use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
use tempfile::TempDir;

/// A store, and the folder that it is in, which goes when the test ends.
pub(crate) struct Fresh<S> {
    pub(crate) store: S,
    _folder: Option<TempDir>,
}

pub(crate) async fn memory() -> Fresh<MemoryKeyStore> {
    Fresh { store: MemoryKeyStore::new(), _folder: None }
}

pub(crate) async fn memory_behind_arc() -> Fresh<Arc<MemoryKeyStore>> {
    Fresh { store: Arc::new(memory().await.store), _folder: None }
}

pub(crate) async fn memory_behind_filter() -> Fresh<OwnerFilter<MemoryKeyStore>> {
    Fresh { store: OwnerFilter::new(memory().await.store, |_| true), _folder: None }
}

pub(crate) async fn sqlite_file() -> Fresh<SqliteKeyStore> {
    let folder = TempDir::new().expect("a folder");
    let store = SqliteKeyStore::connect(folder.path().join("keys.db"), master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    Fresh { store, _folder: Some(folder) }
}

pub(crate) async fn sqlite_file_behind_arc() -> Fresh<Arc<SqliteKeyStore>> {
    let Fresh { store, _folder } = sqlite_file().await;
    Fresh { store: Arc::new(store), _folder }
}

pub(crate) async fn memory_audited() -> Fresh<Audited<MemoryKeyStore>> {
    Fresh { store: Audited::new(memory().await.store, AuditTrail::new()), _folder: None }
}

pub(crate) async fn sqlite_file_audited() -> Fresh<Audited<SqliteKeyStore>> {
    let Fresh { store, _folder } = sqlite_file().await;
    Fresh { store: Audited::new(store, AuditTrail::new()), _folder }
}

pub(crate) async fn memory_addresses() -> Fresh<MemoryAddresses> {
    Fresh { store: MemoryAddresses::new(), _folder: None }
}

pub(crate) async fn memory_addresses_behind_arc() -> Fresh<Arc<MemoryAddresses>> {
    Fresh { store: Arc::new(MemoryAddresses::new()), _folder: None }
}

pub(crate) async fn sqlite_file_erased() -> Fresh<SharedAddresses> {
    let Fresh { store, _folder } = sqlite_file().await;
    Fresh { store: SharedAddresses::new(store), _folder }
}

/// The master key of every file here.
pub(crate) fn master() -> MasterKey {
    MasterKey::new([7; 32])
}
