//! Stores whose type is known at run time only: what they have, their erased forms have.

use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{
    ChangeFeed, Claim, KeyAdmin, KeyHandle, KeyHasher, KeyOwner, KeyRef, KeyState, MasterKey, NewKey,
    SharedKeyStore, SharedKeys, SharedNonces, StoreError, StoredPrincipal,
};
use portcullis::{KeyId, KeyStore, NonceStore, Realm, Scheme, Secret, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

async fn sqlite(folder: &tempfile::TempDir) -> SqliteKeyStore {
    let master = MasterKey::new([7; 32]);
    let store = SqliteKeyStore::connect(folder.path().join("keys.db"), master).await.expect("a file");
    store.migrate().await.expect("the schema");
    store
}

async fn state(keys: &impl KeyStore, secret: &Secret) -> KeyState {
    let digests = [KeyHasher::sha256().digest(secret.expose())];
    let handle = KeyHandle::Digests { realm: &Realm::default(), digests: &digests };
    keys.find(&handle).await.expect("an answer").expect("the key").state()
}

/// Revokes a key behind a cache around `erased`, which then polls.
async fn follows<S>(erased: S, store: &SqliteKeyStore)
where
    S: KeyAdmin<Principal = StoredPrincipal> + ChangeFeed,
{
    let keys = CachedKeyStore::new(erased);
    let issued = keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), NOW).await.expect("issued");
    let secret = issued.secret.into_secret();
    assert_eq!(state(&keys, &secret).await, KeyState::Enabled);
    keys.poll_once().await.expect("a number");
    assert_eq!(state(&keys, &secret).await, KeyState::Enabled);
    let key = KeyRef { realm: Realm::default(), id: issued.id };
    store.revoke(&key, "leaked", NOW).await.expect("revoked");
    assert_eq!(state(&keys, &secret).await, KeyState::Enabled, "it is cached");
    keys.poll_once().await.expect("a number");
    assert_eq!(state(&keys, &secret).await, KeyState::Revoked);
}

#[tokio::test]
async fn a_cache_around_an_erased_store_follows_its_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(&folder).await;
    follows(SharedKeyStore::with_changes(store.clone()), &store).await;
    follows(SharedKeys::with_changes(store.clone()), &store).await;
}

/// A number that stays the same would confirm for ever what a cache holds.
#[tokio::test]
async fn a_store_that_was_erased_without_its_changes_does_not_seem_to_have_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(&folder).await;
    let (all, keys) = (SharedKeyStore::new(store.clone()), SharedKeys::new(store));
    for number in [all.change_number().await, keys.change_number().await] {
        assert!(matches!(number, Err(StoreError::Unavailable(_))), "{number:?}");
    }
    for listener in [all.listen().await, keys.listen().await] {
        assert!(matches!(listener, Err(StoreError::Unavailable(_))), "{listener:?}");
    }
}

#[tokio::test]
async fn keys_of_two_kinds_of_store_are_one_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let memory: MemoryKeyStore = MemoryKeyStore::new();
    for keys in [SharedKeys::new(memory), SharedKeys::new(sqlite(&folder).await)] {
        let new = NewKey::new(Scheme::ApiKey, KeyOwner::default());
        let issued = keys.clone().issue(new, NOW).await.expect("issued");
        assert_eq!(state(&keys, issued.secret.as_ref()).await, KeyState::Enabled);
    }
}

#[tokio::test]
async fn clones_of_erased_nonces_are_the_same_store() {
    let nonces = SharedNonces::new(MemoryNonceStore::new());
    let (realm, key) = (Realm::default(), KeyId::from("k"));
    let claim = Claim::new(&realm, Scheme::XAuth, &key, b"once", NOW, NOW);
    assert!(nonces.claim(&claim).await.expect("an answer"));
    assert!(!nonces.clone().claim(&claim).await.expect("an answer"));
}
