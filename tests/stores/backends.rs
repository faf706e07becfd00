//! A fresh store of each kind.

use std::sync::Arc;

use portcullis::audit::{AuditTrail, Audited, SharedAddresses};
use portcullis::store::memory::{MemoryAddresses, MemoryKeyStore};
use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{MasterKey, OwnerFilter};
use tempfile::TempDir;

use crate::databases::Schema;

/// A store, and the place that it is in, which goes when the test ends.
pub(crate) struct Fresh<S> {
    pub(crate) store: S,
    _place: Option<Place>,
}

/// Never read: what counts is when it goes.
#[expect(dead_code)]
enum Place {
    Folder(TempDir),
    Schema(Schema),
}

pub(crate) async fn memory() -> Fresh<MemoryKeyStore> {
    Fresh { store: MemoryKeyStore::new(), _place: None }
}

pub(crate) async fn memory_behind_arc() -> Fresh<Arc<MemoryKeyStore>> {
    Fresh { store: Arc::new(memory().await.store), _place: None }
}

pub(crate) async fn memory_behind_filter() -> Fresh<OwnerFilter<MemoryKeyStore>> {
    Fresh { store: OwnerFilter::new(memory().await.store, |_| true), _place: None }
}

pub(crate) async fn sqlite_file() -> Fresh<SqliteKeyStore> {
    let folder = TempDir::new().expect("a folder");
    let store = SqliteKeyStore::connect(folder.path().join("keys.db"), master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    Fresh { store, _place: Some(Place::Folder(folder)) }
}

pub(crate) async fn sqlite_file_behind_arc() -> Fresh<Arc<SqliteKeyStore>> {
    let Fresh { store, _place } = sqlite_file().await;
    Fresh { store: Arc::new(store), _place }
}

pub(crate) async fn memory_audited() -> Fresh<Audited<MemoryKeyStore>> {
    Fresh { store: Audited::new(memory().await.store, AuditTrail::new()), _place: None }
}

pub(crate) async fn sqlite_file_audited() -> Fresh<Audited<SqliteKeyStore>> {
    let Fresh { store, _place } = sqlite_file().await;
    Fresh { store: Audited::new(store, AuditTrail::new()), _place }
}

pub(crate) async fn postgres() -> Fresh<PostgresKeyStore> {
    let schema = Schema::create().await;
    let store = PostgresKeyStore::connect(&schema.url(), master()).await.expect("a database");
    store.migrate().await.expect("the schema");
    Fresh { store, _place: Some(Place::Schema(schema)) }
}

pub(crate) async fn postgres_behind_arc() -> Fresh<Arc<PostgresKeyStore>> {
    let Fresh { store, _place } = postgres().await;
    Fresh { store: Arc::new(store), _place }
}

pub(crate) async fn postgres_audited() -> Fresh<Audited<PostgresKeyStore>> {
    let Fresh { store, _place } = postgres().await;
    Fresh { store: Audited::new(store, AuditTrail::new()), _place }
}

pub(crate) async fn memory_addresses() -> Fresh<MemoryAddresses> {
    Fresh { store: MemoryAddresses::new(), _place: None }
}

pub(crate) async fn memory_addresses_behind_arc() -> Fresh<Arc<MemoryAddresses>> {
    Fresh { store: Arc::new(MemoryAddresses::new()), _place: None }
}

pub(crate) async fn sqlite_file_erased() -> Fresh<SharedAddresses> {
    let Fresh { store, _place } = sqlite_file().await;
    Fresh { store: SharedAddresses::new(store), _place }
}

pub(crate) async fn postgres_erased() -> Fresh<SharedAddresses> {
    let Fresh { store, _place } = postgres().await;
    Fresh { store: SharedAddresses::new(store), _place }
}

/// The master key of every store here.
pub(crate) fn master() -> MasterKey {
    MasterKey::new([7; 32])
}
