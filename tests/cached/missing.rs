//! Keys that are not there: remembered for a while, and never in the way of those that are.

use portcullis::store::KeyOwner;
use portcullis::store::cached::{CacheSettings, CachedKeyStore};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{Change, KeyDigest, NewKey, StoredPrincipal};
use portcullis::{KeyAdmin, Scheme, Secret};

use crate::backing::{Known, NOW, cached, digest_of, find, find_id, known, seconds};

/// An API key that a test chooses.
const CHOSEN: &str = "igny8_0123456789abcdefghij0123456789abcdefghij01";

#[tokio::test]
async fn a_key_that_was_not_found_is_not_asked_for_again_for_a_while() {
    let settings = CacheSettings::new().with_missing_ttl(seconds(20));
    let (keys, store, clock) = cached(settings);
    let digest = KeyDigest::from_bytes([7; 32]);
    for (moment, asked) in [(0, 1), (19, 1), (20, 2)] {
        clock.set(NOW.saturating_add(seconds(moment)));
        assert!(find(&keys, digest).await.is_none());
        assert_eq!((store.asked(), keys.counts().missing), (asked, 1));
    }
}

#[tokio::test]
async fn a_key_that_was_probed_is_accepted_as_soon_as_it_is_issued() {
    let keys = CachedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new());
    let secret = Secret::from(CHOSEN);
    for realm_of in ["ada", "bob"] {
        assert!(find(&keys, digest_of(&secret)).await.is_none());
        assert!(find_id(&keys, &realm_of.into()).await.is_none());
    }
    let new = || NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_secret(Secret::from(CHOSEN));
    let _ = keys.issue(new(), NOW).await.expect("issued");
    assert!(find(&keys, digest_of(&secret)).await.is_some());

    let new = ["ada", "bob"].map(|id| NewKey::new(Scheme::XAuth, KeyOwner::default()).with_id(id));
    let _ = keys.issue_all(Vec::from(new), NOW).await.expect("issued");
    for id in ["ada", "bob"] {
        assert!(find_id(&keys, &id.into()).await.is_some());
    }
}

#[tokio::test]
async fn a_key_that_was_probed_here_is_accepted_once_another_node_says_it_was_issued() {
    let (keys, store, _) = cached(CacheSettings::new());
    keys.poll_once().await.expect("polled");
    let digest = digest_of(&Secret::from(CHOSEN));
    assert!(find(&keys, digest).await.is_none());
    let new = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_secret(Secret::from(CHOSEN));
    let issued = store.keys().issue(new, NOW).await.expect("issued");
    let key = portcullis::store::KeyRef { realm: portcullis::Realm::default(), id: issued.id };
    keys.hear(&portcullis::store::ChangeMessage { number: store.count(), change: Change::Secret(key) });
    assert!(find(&keys, digest).await.is_some());
}

#[tokio::test]
async fn a_secret_that_was_rotated_away_is_unknown_and_the_new_one_is_known() {
    let keys = CachedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new());
    let Known { key, digest, .. } = known(&keys, KeyOwner::default()).await;
    // A store keeps the newest secret and the one before.
    for _ in 0..2 {
        assert!(find(&keys, digest).await.is_some());
        let issued = keys.rotate(&key, seconds(0), NOW).await.expect("rotated");
        assert!(find(&keys, digest_of(&issued.secret)).await.is_some());
    }
    assert!(find(&keys, digest).await.is_none());
}

/// Digests as of random keys, without the cost of hashing a million of them.
fn strange(number: u64) -> KeyDigest {
    let mut bytes = [0; 32];
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in bytes.chunks_mut(8) {
        state ^= state >> 31;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(17) ^ number;
        part.copy_from_slice(&state.to_le_bytes());
    }
    KeyDigest::from_bytes(bytes)
}

/// What the cache of missing keys may take, beyond what it holds empty: 400 bytes for each of
/// its 10,000 entries. It takes 2.2 MB.
const CAP: u64 = 4_000_000;
/// Ids are kept as they are up to 255 bytes.
const CAP_OF_IDS: u64 = 6_500_000;

#[test]
fn a_million_strange_keys_take_a_bounded_memory_and_wash_no_known_key_out() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (keys, store, _) = cached(CacheSettings::new());
    let known: Vec<_> = runtime.block_on(async {
        let mut digests = Vec::new();
        for _ in 0..100 {
            let digest = known(store.keys(), KeyOwner::default()).await.digest;
            assert!(find(&keys, digest).await.is_some());
            digests.push(digest);
        }
        digests
    });
    let grown = allocation_counter::measure(|| {
        runtime.block_on(async {
            for number in 0..1_000_000 {
                assert!(find(&keys, strange(number)).await.is_none());
            }
        });
    });
    assert_eq!(store.asked(), 1_000_100);
    let counts = keys.counts();
    assert!(counts.missing <= 10_000 && counts.missing > 9_000 && counts.found == 100, "{counts:?}");
    assert!(grown.bytes_max < CAP, "{} bytes at most", grown.bytes_max);
    runtime.block_on(async {
        for digest in known {
            assert!(find(&keys, digest).await.is_some());
        }
    });
    assert_eq!(store.asked(), 1_000_100, "every known key was still there");
}

#[test]
fn ids_that_strangers_choose_take_no_more_however_long_they_are() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for length in [64, 255, 256, 4_000] {
        let (keys, store, _) = cached(CacheSettings::new());
        let grown = allocation_counter::measure(|| {
            runtime.block_on(async {
                for number in 0..30_000 {
                    let id = format!("{number:0length$}").into();
                    assert!(find_id(&keys, &id).await.is_none());
                }
            });
        });
        let missing = keys.counts().missing;
        assert_eq!(store.asked(), 30_000);
        assert!(missing <= 10_000 && missing > 9_000, "{missing} of {length} bytes");
        assert!(grown.bytes_max < CAP_OF_IDS, "{} bytes at most, of ids of {length}", grown.bytes_max);
    }
}

#[tokio::test]
async fn known_keys_are_bounded_too() {
    let (keys, store, _) = cached(CacheSettings::new().with_capacity(1_000));
    for _ in 0..3_000 {
        let digest = known(store.keys(), KeyOwner::default()).await.digest;
        assert!(find(&keys, digest).await.is_some());
    }
    let found = keys.counts().found;
    assert!((900..=1_000).contains(&found), "{found}");
}
