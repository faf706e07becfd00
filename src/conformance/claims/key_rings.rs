//! Keeping rings of keys.

use super::fixtures::at_once;
use crate::Secret;
use crate::store::{KeyRingStore, StoredRing};

fn ring(version: u64, document: &[u8]) -> StoredRing {
    StoredRing::new(version, Secret::new(document))
}

async fn put(store: &impl KeyRingStore, name: &str, ring: &StoredRing) -> bool {
    store.replace_ring(name, ring).await.expect("an answer")
}

async fn is_held(store: &impl KeyRingStore, name: &str, version: u64, document: &[u8]) {
    let held = store.load_ring(name).await.expect("an answer").expect("a ring");
    assert_eq!(held.version, version);
    assert!(held.document.matches(document), "another document");
}

/// A ring is as it was put, whatever its bytes, and each name has its own.
pub async fn a_ring_is_what_was_put_there_last(store: &impl KeyRingStore) {
    let long = vec![0xa7; 20_000];
    assert!(store.load_ring("a").await.expect("an answer").is_none());
    for (name, document) in [("a", b"one".as_slice()), ("A", b"\0\xff"), ("https://i.example", &long)] {
        assert!(put(store, name, &ring(1, document)).await);
        is_held(store, name, 1, document).await;
    }
    assert!(put(store, "a", &ring(2, b"two")).await);
    assert!(put(store, "a", &ring(3, b"three")).await);
    is_held(store, "a", 3, b"three").await;
    is_held(store, "A", 1, b"\0\xff").await;
}

/// Only the next version replaces a ring; any other changes nothing.
pub async fn only_the_next_version_replaces_a_ring(store: &impl KeyRingStore) {
    for version in [0, 2, 3] {
        assert!(!put(store, "a", &ring(version, b"x")).await, "{version}");
    }
    assert!(store.load_ring("a").await.expect("an answer").is_none());
    assert!(put(store, "a", &ring(1, b"one")).await);
    for version in [0, 1, 3, 4] {
        assert!(!put(store, "a", &ring(version, b"x")).await, "{version}");
    }
    is_held(store, "a", 1, b"one").await;
}

/// Of many that replace a ring at the same moment one does.
pub async fn of_many_that_replace_a_ring_at_once_one_does(store: &impl KeyRingStore) {
    for version in 1..=5_u64 {
        let writers = (0..8_u8).map(|n| async move { put(store, "a", &ring(version, &[n])).await });
        let answers = at_once(writers).await;
        assert_eq!(answers.iter().filter(|put| **put).count(), 1, "version {version}");
        let winner = answers.iter().position(|put| *put).and_then(|n| u8::try_from(n).ok());
        is_held(store, "a", version, &[winner.expect("one of them")]).await;
    }
}
