//! Peppers, and principals that need more than a key may have.

use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{AdminError, KeyAdmin, KeyHandle, KeyHasher, KeyQuery};
use portcullis::{Principal, Realm, Secret, UserId};

use crate::backends::{memory, sqlite_file};
use crate::fixtures::*;

fn pepper() -> KeyHasher {
    KeyHasher::peppered(&Secret::from("a pepper"))
}

/// `plain` and `peppered` are the same store with two hashers.
async fn a_pepper_replaces_another_without_losing_keys(plain: impl Store, peppered: impl Store) {
    let old = issue(&plain, api_key()).await;
    let again = peppered.issue(api_key().with_secret(old.secret.as_ref().clone()), at(0)).await;
    assert!(matches!(again, Err(AdminError::Duplicate)), "known under the earlier digest");

    let new = issue(&peppered, api_key()).await;
    assert!(find_key(&plain, &new.secret).await.is_none(), "kept under the new digest alone");
    for issued in [&old, &new] {
        let digests = [pepper(), KeyHasher::sha256()].map(|hasher| hasher.digest(issued.secret.expose()));
        let handle = KeyHandle::Digests { realm: &Realm::default(), digests: &digests };
        let found = peppered.find(&handle).await.expect("an answer").expect("found");
        assert_eq!(found.id(), &issued.id);
    }
}

#[tokio::test]
async fn a_pepper_replaces_another_in_memory() {
    let plain = memory().await.store;
    let peppered = plain.clone().with_hasher(pepper().accepting(KeyHasher::sha256()));
    a_pepper_replaces_another_without_losing_keys(plain, peppered).await;
}

#[tokio::test]
async fn a_pepper_replaces_another_in_sqlite() {
    let fresh = sqlite_file().await;
    let peppered = fresh.store.clone().with_hasher(pepper().accepting(KeyHasher::sha256()));
    a_pepper_replaces_another_without_losing_keys(fresh.store, peppered).await;
}

#[tokio::test]
async fn a_key_without_what_the_principal_needs_is_not_issued_in_memory() {
    let store = MemoryKeyStore::<Principal<UserId>>::new();
    assert!(matches!(store.issue(api_key(), at(0)).await, Err(AdminError::MissingOwner)));
    assert!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(1), at(0)).await.expect("a list").is_empty()
    );
}
