//! What claims in memory promise besides what every store of claims does.

use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::{Claim, NonceStore, StoreError};
use portcullis::{KeyId, Realm, Scheme};

use crate::fixtures::at;

/// Claims under a key of the default realm.
async fn claim(store: &MemoryNonceStore, nonce: &[u8], until: i64, now: i64) -> Result<bool, StoreError> {
    let (realm, key) = (Realm::default(), KeyId::from("k"));
    let claim = Claim::new(&realm, Scheme::XAuth, &key, nonce, at(until), at(now));
    store.claim(&claim).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_threads_claim_at_once_one_succeeds() {
    const NONCES: u32 = 2_000;
    let store = MemoryNonceStore::new();
    let mut claimants = tokio::task::JoinSet::new();
    let successes = std::sync::Arc::new(AtomicUsize::new(0));
    for _ in 0..8 {
        let (store, successes) = (store.clone(), successes.clone());
        claimants.spawn(async move {
            for nonce in 0..NONCES {
                if claim(&store, &nonce.to_be_bytes(), 600, 0).await.expect("an answer") {
                    successes.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }
    claimants.join_all().await;
    assert_eq!((successes.load(Ordering::SeqCst), store.len()), (2_000, 2_000));
}

#[tokio::test]
async fn a_claim_that_is_past_may_be_claimed_again() {
    let store = MemoryNonceStore::new();
    assert!(claim(&store, b"once", 600, 0).await.expect("an answer"));
    for now in [0, 300, 599, 600] {
        assert!(!claim(&store, b"once", 900, now).await.expect("an answer"), "at {now}");
    }
    assert!(claim(&store, b"once", 900, 601).await.expect("an answer"));
    assert!(!claim(&store, b"once", 900, 899).await.expect("an answer"));
}

#[tokio::test]
async fn the_last_moment_may_still_be_claimed() {
    let store = MemoryNonceStore::new();
    assert!(!claim(&store, b"once", 99, 100).await.expect("an answer"));
    assert!(claim(&store, b"once", 100, 100).await.expect("an answer"));
}

#[tokio::test]
async fn what_is_past_is_swept_and_still_refused_when_the_clock_goes_back() {
    let store = MemoryNonceStore::new();
    for nonce in 0..100_u8 {
        assert!(claim(&store, &[nonce], 600, 500).await.expect("an answer"));
    }
    // The clock goes on for a day: claims sweep what is past.
    for nonce in 0..2_000_u16 {
        claim(&store, &nonce.to_be_bytes(), 87_000, 86_400).await.expect("an answer");
    }
    assert_eq!(store.len(), 2_000, "the first hundred are gone");
    for now in [500, 599, 0] {
        for nonce in 0..100_u8 {
            assert!(!claim(&store, &[nonce], 600, now).await.expect("an answer"), "claimed before");
        }
    }
    for nonce in 0..2_000_u16 {
        let again = claim(&store, &nonce.to_be_bytes(), 87_000, 500).await;
        assert!(!again.expect("an answer"), "a live claim was freed");
    }
}

#[tokio::test]
async fn a_full_store_is_an_error_and_forgets_nothing() {
    let store = MemoryNonceStore::with_capacity(100);
    for nonce in 0..100_u8 {
        assert!(claim(&store, &[nonce], 600, 0).await.expect("an answer"));
    }
    assert!(matches!(claim(&store, b"one more", 600, 600).await, Err(StoreError::Full)));
    assert_eq!(store.len(), 100);
    assert!(!claim(&store, &[0], 600, 600).await.expect("an answer"), "what is known is known");
    for nonce in 0..100_u8 {
        assert!(claim(&store, &[nonce], 1_300, 700).await.expect("room again"), "{nonce}");
    }
}

#[tokio::test]
async fn a_full_store_looks_for_room_everywhere() {
    let store = MemoryNonceStore::with_capacity(1);
    for minute in 0..100_u8 {
        let now = i64::from(minute) * 60;
        assert!(claim(&store, &[minute], now + 59, now).await.expect("room"), "minute {minute}");
        assert!(matches!(claim(&store, b"one more", now + 59, now).await, Err(StoreError::Full)));
        assert_eq!(store.len(), 1);
    }
}

#[tokio::test]
async fn a_million_claims_leave_what_one_window_holds() {
    let store = MemoryNonceStore::new();
    let mut longest = 0;
    for n in 0..1_000_000_u32 {
        let now = i64::from(n / 100);
        assert!(claim(&store, &n.to_be_bytes(), now + 300, now).await.expect("room"));
        longest = longest.max(store.len());
    }
    // 100 a second live for 300 seconds, the rest of a minute, and one to be swept.
    assert!(longest <= 100 * (300 + 60 + 60), "{longest}");
}

#[test]
fn it_prints_its_size_and_no_claim() {
    let text = format!("{:?}", MemoryNonceStore::with_capacity(5));
    assert_eq!(text, "MemoryNonceStore { len: 0, capacity: 5 }");
}
