//! The cache around a store: what it answers itself, what ends an answer, and how it follows
//! the changes of other nodes. First, that with a cache around it a store keeps every promise.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod backing;
mod changes;
mod checked;
mod flights;
mod following;
mod legacy;
mod lives;
mod lossy;
mod messages;
mod missing;

use std::sync::Arc;

use portcullis::conformance::{Fresh, battery};
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::MemoryKeyStore;

async fn memory_cached() -> Fresh<CachedKeyStore<MemoryKeyStore>> {
    Fresh::new(CachedKeyStore::new(MemoryKeyStore::new()))
}

async fn memory_cached_behind_arc() -> Fresh<Arc<CachedKeyStore<MemoryKeyStore>>> {
    memory_cached().await.map(Arc::new)
}

async fn memory_behind_arc_cached() -> Fresh<CachedKeyStore<Arc<MemoryKeyStore>>> {
    Fresh::new(CachedKeyStore::new(Arc::new(MemoryKeyStore::new())))
}

battery! { #[tokio::test] memory_cached: memory_cached => keys roles limits sites legacy }
battery! { #[tokio::test] memory_cached_behind_arc: memory_cached_behind_arc => keys roles limits sites legacy }
battery! { #[tokio::test] memory_behind_arc_cached: memory_behind_arc_cached => keys roles limits sites legacy }
