//! A fresh store of each kind.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portcullis::audit::{AuditTrail, Audited, SharedAddresses};
use portcullis::conformance::Fresh;
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::{
    MemoryAddresses, MemoryCounterStore, MemoryKeyRings, MemoryKeyStore, MemoryNonceStore, MemoryTokenStore,
};
use portcullis::store::postgres::{
    PostgresCounterStore, PostgresKeyStore, PostgresNonceStore, PostgresTokenStore,
};
use portcullis::store::sqlite::{SqliteCounterStore, SqliteKeyStore, SqliteNonceStore, SqliteTokenStore};
use portcullis::store::{
    CachedRevocations, MasterKey, OwnerFilter, SharedCounters, SharedKeyRings, SharedKeyStore, SharedKeys,
    SharedRefresh, SharedRevocations,
};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tempfile::TempDir;

use crate::databases::Schema;

pub(crate) async fn memory() -> Fresh<MemoryKeyStore> {
    Fresh::new(MemoryKeyStore::new())
}

pub(crate) async fn memory_behind_arc() -> Fresh<Arc<MemoryKeyStore>> {
    memory().await.map(Arc::new)
}

pub(crate) async fn memory_behind_filter() -> Fresh<OwnerFilter<MemoryKeyStore>> {
    memory().await.map(|store| OwnerFilter::new(store, |_| true))
}

pub(crate) async fn memory_audited() -> Fresh<Audited<MemoryKeyStore>> {
    memory().await.map(|store| Audited::new(store, AuditTrail::new()))
}

pub(crate) async fn memory_erased() -> Fresh<SharedKeyStore> {
    memory().await.map(SharedKeyStore::new)
}

pub(crate) async fn memory_keys_erased() -> Fresh<SharedKeys> {
    memory().await.map(SharedKeys::new)
}

pub(crate) async fn memory_cached() -> Fresh<CachedKeyStore<MemoryKeyStore>> {
    memory().await.map(CachedKeyStore::new)
}

/// A file, in a folder that goes when the test ends.
pub(crate) async fn sqlite_file() -> Fresh<SqliteKeyStore> {
    let folder = TempDir::new().expect("a folder");
    let store = SqliteKeyStore::new(sqlite_pool(folder.path().join("keys.db")).await, master());
    store.migrate().await.expect("the schema");
    Fresh::new(store).keeping(folder)
}

pub(crate) async fn sqlite_file_behind_arc() -> Fresh<Arc<SqliteKeyStore>> {
    sqlite_file().await.map(Arc::new)
}

pub(crate) async fn sqlite_file_audited() -> Fresh<Audited<SqliteKeyStore>> {
    sqlite_file().await.map(|store| Audited::new(store, AuditTrail::new()))
}

pub(crate) async fn sqlite_file_erased() -> Fresh<SharedKeyStore> {
    sqlite_file().await.map(SharedKeyStore::with_changes)
}

pub(crate) async fn sqlite_file_cached() -> Fresh<CachedKeyStore<SqliteKeyStore>> {
    sqlite_file().await.map(CachedKeyStore::new)
}

/// A schema of its own in the server that the run shares, which goes when the test ends.
pub(crate) async fn postgres() -> Fresh<PostgresKeyStore> {
    let schema = Schema::create().await;
    let store = PostgresKeyStore::new(postgres_pool(&schema.url()).await, master());
    store.migrate().await.expect("the schema");
    Fresh::new(store).keeping(schema)
}

pub(crate) async fn postgres_behind_arc() -> Fresh<Arc<PostgresKeyStore>> {
    postgres().await.map(Arc::new)
}

pub(crate) async fn postgres_erased() -> Fresh<SharedKeyStore> {
    postgres().await.map(SharedKeyStore::with_changes)
}

pub(crate) async fn postgres_cached() -> Fresh<CachedKeyStore<PostgresKeyStore>> {
    postgres().await.map(CachedKeyStore::new)
}

pub(crate) async fn sqlite_nonces() -> Fresh<SqliteNonceStore> {
    sqlite_file().await.map(|store| SqliteNonceStore::new(store.pool().clone()))
}

pub(crate) async fn postgres_nonces() -> Fresh<PostgresNonceStore> {
    postgres().await.map(|store| PostgresNonceStore::new(store.pool().clone()))
}

pub(crate) async fn sqlite_counters() -> Fresh<SqliteCounterStore> {
    sqlite_file().await.map(|store| SqliteCounterStore::new(store.pool().clone()))
}

pub(crate) async fn postgres_counters() -> Fresh<PostgresCounterStore> {
    postgres().await.map(|store| PostgresCounterStore::new(store.pool().clone()))
}

pub(crate) async fn memory_counters() -> Fresh<MemoryCounterStore> {
    Fresh::new(MemoryCounterStore::new())
}

pub(crate) async fn memory_counters_behind_arc() -> Fresh<Arc<MemoryCounterStore>> {
    memory_counters().await.map(Arc::new)
}

pub(crate) async fn memory_counters_erased() -> Fresh<SharedCounters> {
    memory_counters().await.map(SharedCounters::new)
}

pub(crate) async fn sqlite_counters_erased() -> Fresh<SharedCounters> {
    sqlite_counters().await.map(SharedCounters::new)
}

pub(crate) async fn memory_nonces() -> Fresh<MemoryNonceStore> {
    Fresh::new(MemoryNonceStore::new())
}

pub(crate) async fn memory_nonces_behind_arc() -> Fresh<Arc<MemoryNonceStore>> {
    memory_nonces().await.map(Arc::new)
}

pub(crate) async fn memory_addresses() -> Fresh<MemoryAddresses> {
    Fresh::new(MemoryAddresses::new())
}

pub(crate) async fn memory_addresses_behind_arc() -> Fresh<Arc<MemoryAddresses>> {
    memory_addresses().await.map(Arc::new)
}

pub(crate) async fn sqlite_file_addresses() -> Fresh<SharedAddresses> {
    sqlite_file().await.map(SharedAddresses::new)
}

pub(crate) async fn postgres_addresses() -> Fresh<SharedAddresses> {
    postgres().await.map(SharedAddresses::new)
}

pub(crate) async fn memory_tokens() -> Fresh<MemoryTokenStore> {
    Fresh::new(MemoryTokenStore::new())
}

pub(crate) async fn memory_tokens_behind_arc() -> Fresh<Arc<MemoryTokenStore>> {
    memory_tokens().await.map(Arc::new)
}

pub(crate) async fn memory_refresh_erased() -> Fresh<SharedRefresh> {
    memory_tokens().await.map(SharedRefresh::new)
}

pub(crate) async fn memory_revocations_erased() -> Fresh<SharedRevocations> {
    memory_tokens().await.map(SharedRevocations::new)
}

pub(crate) async fn memory_revocations_cached() -> Fresh<CachedRevocations<MemoryTokenStore>> {
    memory_tokens().await.map(|store| CachedRevocations::new(store, Duration::from_secs(5)))
}

pub(crate) async fn memory_key_rings() -> Fresh<MemoryKeyRings> {
    Fresh::new(MemoryKeyRings::new())
}

pub(crate) async fn memory_key_rings_behind_arc() -> Fresh<Arc<MemoryKeyRings>> {
    memory_key_rings().await.map(Arc::new)
}

pub(crate) async fn memory_key_rings_erased() -> Fresh<SharedKeyRings> {
    memory_key_rings().await.map(SharedKeyRings::new)
}

pub(crate) async fn sqlite_tokens() -> Fresh<SqliteTokenStore> {
    sqlite_file().await.map(|store| SqliteTokenStore::new(store.pool().clone()))
}

pub(crate) async fn postgres_tokens() -> Fresh<PostgresTokenStore> {
    postgres().await.map(|store| PostgresTokenStore::new(store.pool().clone()))
}

/// How long a test waits for a database. A slow machine is no failure: claims are about what the
/// answers are, and those about when they come set limits of their own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections to a file, as the store opens them, but for the patience and that no commit waits
/// for the disk: what ends a test ends no machine.
pub(crate) async fn sqlite_pool(path: PathBuf) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).busy_timeout(PATIENCE);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Off);
    let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE);
    pool.connect_with(options.foreign_keys(true)).await.expect("a file")
}

/// Connections to a schema, without a limit for a statement.
pub(crate) async fn postgres_pool(url: &str) -> PgPool {
    PgPoolOptions::new().acquire_timeout(PATIENCE).connect(url).await.expect("the database")
}

/// The master key of every store here.
pub(crate) fn master() -> MasterKey {
    MasterKey::new([7; 32])
}
