//! Keys of other systems behind a cache; what every store promises of them, the battery tries.

use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    KeyOwner, KeyRef, LegacyHash, LegacyKeyStore, LegacyLookup, LegacyName, NewKey, StoredPrincipal,
};
use portcullis::{KeyAdmin, Realm, Scheme, Secret};
use sha2::{Digest, Sha512};

use crate::backing::{NOW, digest_of, find};

const TEXT: &str = "a key of the old service";

fn names(text: &str) -> Vec<LegacyName> {
    LegacyLookup::new().with_sha512().names(text.as_bytes()).collect()
}

async fn imported(store: &impl LegacyKeyStore) -> (KeyRef, LegacyHash) {
    let hex: String = Sha512::digest(TEXT).iter().map(|byte| format!("{byte:02x}")).collect();
    let hash: LegacyHash = format!("sha512:{hex}").parse().expect("a hash");
    let new = NewKey::new(Scheme::ApiKey, KeyOwner::default());
    let id = store.import_hash(new, &hash, None, NOW).await.expect("imported");
    (KeyRef { realm: Realm::default(), id }, hash)
}

#[tokio::test]
async fn a_key_that_another_node_adopted_after_it_was_not_found_is_found_once_its_hash_is_gone() {
    let store = MemoryKeyStore::<StoredPrincipal>::new();
    let keys = CachedKeyStore::new(store.clone());
    let (key, hash) = imported(&store).await;
    let (text, realm) = (Secret::from(TEXT), Realm::default());
    assert!(find(&keys, digest_of(&text)).await.is_none());
    assert_eq!(keys.counts().missing, 1);
    store.adopt(&key, &hash, &text).await.expect("adopted");
    // In the order of a request: the answer that was kept, the hash, and the key again.
    assert!(find(&keys, digest_of(&text)).await.is_none());
    assert!(keys.legacy_hash(&realm, &names(TEXT)).await.expect("an answer").is_none());
    assert_eq!(*find(&keys, digest_of(&text)).await.expect("the key").id(), key.id);
}

#[tokio::test]
async fn a_hash_that_another_node_imports_is_found_although_it_was_not_before() {
    let store = MemoryKeyStore::<StoredPrincipal>::new();
    let keys = CachedKeyStore::new(store.clone());
    let realm = Realm::default();
    assert!(keys.legacy_hash(&realm, &names(TEXT)).await.expect("an answer").is_none());
    let (key, _) = imported(&store).await;
    let found = keys.legacy_hash(&realm, &names(TEXT)).await.expect("an answer");
    assert_eq!(found.map(|(key, _)| key), Some(key));
}

#[tokio::test]
async fn keys_in_use_stay_cached_while_strangers_ask_for_hashes() {
    let store = MemoryKeyStore::<StoredPrincipal>::new();
    let keys = CachedKeyStore::new(store.clone());
    let known = crate::backing::known(&store, KeyOwner::default()).await;
    let first = find(&keys, known.digest).await.expect("the key");
    // Only what is cached cannot know of this.
    store.revoke(&known.key, "lost", NOW).await.expect("revoked");
    assert!(keys.legacy_hash(&Realm::default(), &names("a guess")).await.expect("an answer").is_none());
    let again = find(&keys, known.digest).await.expect("the key");
    assert!(std::sync::Arc::ptr_eq(&first, &again));
}
