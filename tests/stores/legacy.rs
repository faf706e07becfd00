//! Keys of other systems: what needs a password hash, or a listener.

use portcullis::store::{
    AdminError, Change, ChangeFeed, ChangeListener, LegacyHash, LegacyLookup, VisiblePart,
};
use portcullis::{Realm, Secret};

use crate::backends::{memory, postgres, sqlite_file};
use crate::fixtures::*;
use crate::redis_backends::redis;

const TEXT: &str = "1a2b3c4d.the-secret-of-the-old-service";

/// A hash with a salt, which only the visible part of its key leads to.
async fn a_password_hash_is_found_by_the_visible_part(store: &impl Store) {
    let hash = portcullis::password::PasswordHash::bcrypt(&TEXT.into(), 4).expect("a hash");
    let hash: LegacyHash = hash.expose().parse().expect("a hash");
    let bare = store.import_hash(api_key(), &hash, None, at(0)).await;
    assert!(matches!(bare, Err(AdminError::Invalid(_))), "{bare:?}");
    let id = store.import_hash(api_key(), &hash, Some("1a2b3c4d"), at(0)).await.expect("imported");
    let again = store.import_hash(api_key(), &hash, Some("1a2b3c4d"), at(0)).await;
    assert!(matches!(again, Err(AdminError::Duplicate)), "{again:?}");

    let names = |text: &str| -> Vec<_> {
        LegacyLookup::new().with_visible(VisiblePart::BeforeDot).names(text.as_bytes()).collect()
    };
    let realm = Realm::default();
    let (key, held) =
        store.legacy_hash(&realm, &names("1a2b3c4d.a-guess")).await.expect("an answer").expect("the hash");
    assert!(key.id == id && held.matches(TEXT.as_bytes()) && !held.matches(b"1a2b3c4d.a-guess"));
    assert!(store.legacy_hash(&realm, &names("00000000.a-guess")).await.expect("an answer").is_none());
    store.adopt(&key, &held, &Secret::from(TEXT)).await.expect("adopted");
    assert!(store.legacy_hash(&realm, &names(TEXT)).await.expect("an answer").is_none());
    assert_eq!(*find_key(store, &Secret::from(TEXT)).await.expect("found").id(), id);
}

/// An import and an adoption are secrets that changed, for whoever listens.
async fn an_import_and_an_adoption_are_heard(store: &(impl Store + ChangeFeed)) {
    let mut heard = store.listen().await.expect("a listener");
    let key = import(store, IMPORTED).await;
    for _ in 0..2 {
        store.adopt(&key, &sha512(IMPORTED), &Secret::from(IMPORTED)).await.expect("adopted");
    }
    drop(store.rotate(&key, seconds(1), at(1)).await.expect("rotated"));
    for number in 1..=3 {
        let message = heard.next().await.expect("a message");
        assert_eq!((message.number, message.change), (number, Change::Secret(key.clone())));
    }
}

#[tokio::test]
async fn a_password_hash_is_found_by_the_visible_part_in_memory() {
    a_password_hash_is_found_by_the_visible_part(&memory().await.store).await;
}

#[tokio::test]
async fn a_password_hash_is_found_by_the_visible_part_in_sqlite() {
    let fresh = sqlite_file().await;
    a_password_hash_is_found_by_the_visible_part(&fresh.store).await;
}

#[tokio::test]
async fn a_password_hash_is_found_by_the_visible_part_in_postgres() {
    let fresh = postgres().await;
    a_password_hash_is_found_by_the_visible_part(&fresh.store).await;
}

#[tokio::test]
async fn a_password_hash_is_found_by_the_visible_part_in_redis() {
    a_password_hash_is_found_by_the_visible_part(&redis().await.store).await;
}

#[tokio::test]
async fn an_import_and_an_adoption_are_heard_from_postgres() {
    let fresh = postgres().await;
    an_import_and_an_adoption_are_heard(&fresh.store).await;
}

#[tokio::test]
async fn an_import_and_an_adoption_are_heard_from_redis() {
    an_import_and_an_adoption_are_heard(&redis().await.store).await;
}
