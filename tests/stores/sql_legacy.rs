//! What stores in SQL promise about keys of other systems, besides the battery.

use std::sync::Arc;

use portcullis::store::{
    AdminError, ChangeFeed, KeyRef, LegacyHash, LegacyKeyStore, LegacyName, MasterKey, StoreError,
};
use portcullis::{KeyId, Realm, Secret};
use sha2::Digest;

use crate::databases::Database;
use crate::fixtures::*;

pub(crate) async fn a_hash_survives_reopening_and_is_adopted_by_another_handle<D: Database>() {
    let place = D::fresh().await;
    let key = import(&place.open().await, IMPORTED).await;
    let (one, other) = (place.open().await, place.open().await);
    assert_eq!(legacy_key(&one, IMPORTED).await.expect("an answer").as_ref(), Some(&key));
    other.adopt(&key, &sha512(IMPORTED), &Secret::from(IMPORTED)).await.expect("adopted");
    assert_eq!(legacy_key(&one, IMPORTED).await.expect("an answer"), None);
    assert_eq!(*find_key(&one, &Secret::from(IMPORTED)).await.expect("found").id(), key.id);
}

pub(crate) async fn of_two_nodes_that_adopt_at_once_one_makes_the_change<D: Database>() {
    let place = Arc::new(D::fresh().await);
    let stores = [place.open().await, place.open().await];
    adopt_at_once(stores, 5).await;
}

pub(crate) async fn no_hash_of_another_system_is_in_the_database_in_clear<D: Database>() {
    const VISIBLE: &str = "1a2b3c4d";
    let place = D::fresh().await;
    let store = place.open().await;
    import(&store, IMPORTED).await;
    let salted = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21l$bm90LXRoZS1oYXNoLW5vdC10aGUtaGFzaCEhISE";
    let salted: LegacyHash = salted.parse().expect("a hash");
    let findable = api_key().with_id("findable");
    store.import_hash(findable, &salted, Some(VISIBLE), at(0)).await.expect("imported");

    let bytes = place.bytes().await;
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"findable"), "the scan finds what is there");
    let hash = sha512(IMPORTED).expose().trim_start_matches("sha512:").to_owned();
    let raw = sha2::Sha512::new_with_prefix(IMPORTED).finalize();
    assert_eq!(hex(&raw), hash);
    assert!(!holds(&hash.as_bytes()[..32]) && !holds(&raw[..16]) && !holds(hex(hash.as_bytes()).as_bytes()));
    for clear in [VISIBLE, "argon2id", "c29tZXNhbHRzb21l", "bm90LXRoZS1oYXNo"] {
        assert!(!holds(clear.as_bytes()) && !holds(hex(clear.as_bytes()).as_bytes()), "{clear}");
    }
}

pub(crate) async fn a_sealed_hash_moved_to_another_row_does_not_open<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (mine, theirs) = (import(&store, IMPORTED).await, import(&store, "another text of a key").await);
    let moved =
        "UPDATE key_secrets SET sealed = (SELECT sealed FROM key_secrets WHERE key = 1) WHERE key = 2";
    assert_eq!(place.damage(moved).await, 1);
    let found = store.legacy_hash(&Realm::default(), &legacy_names("another text of a key")).await;
    assert!(matches!(found, Err(StoreError::Corrupt(_))));
    let adopted = store.adopt(&theirs, &sha512(IMPORTED), &Secret::from(IMPORTED)).await;
    assert!(matches!(adopted, Err(AdminError::Store(StoreError::Corrupt(_)))), "{adopted:?}");
    assert_eq!(legacy_key(&store, IMPORTED).await.expect("an answer"), Some(mine));
}

pub(crate) async fn a_damaged_or_foreign_hash_is_an_error_never_none<D: Database>() {
    for damage in [
        format!("UPDATE key_secrets SET sealed = {}", D::ZERO),
        "UPDATE key_secrets SET sealed = NULL".to_owned(),
        "UPDATE key_secrets SET key = 99".to_owned(),
        "UPDATE key_secrets SET number = 2".to_owned(),
        "UPDATE keys SET id = 'other'".to_owned(),
    ] {
        let place = D::fresh().await;
        let store = place.open().await;
        import(&store, IMPORTED).await;
        assert!(legacy_key(&store, IMPORTED).await.expect("an answer").is_some());
        assert_eq!(place.damage(&damage).await, 1);
        let found = legacy_key(&store, IMPORTED).await;
        assert!(matches!(found, Err(StoreError::Corrupt(_))), "{damage}: {found:?}");
    }
    let place = D::fresh().await;
    import(&place.open().await, IMPORTED).await;
    let wrong = place.connect(MasterKey::new([9; 32])).await;
    assert!(matches!(legacy_key(&wrong, IMPORTED).await, Err(StoreError::Corrupt(_))));
}

pub(crate) async fn without_the_database_no_hash_is_none<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let key = import(&store, IMPORTED).await;
    D::close(&store).await;
    assert!(matches!(legacy_key(&store, IMPORTED).await, Err(StoreError::Unavailable(_))));
    let adopted = store.adopt(&key, &sha512(IMPORTED), &Secret::from(IMPORTED)).await;
    assert!(matches!(adopted, Err(AdminError::Store(StoreError::Unavailable(_)))), "{adopted:?}");
}

pub(crate) async fn what_no_database_holds_has_no_hash<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    import(&store, IMPORTED).await;
    let names = [LegacyName::from_bytes([0; 32]), legacy_names(IMPORTED)[0]];
    let odd = Realm::from("default\0");
    assert!(store.legacy_hash(&odd, &names).await.expect("an answer").is_none());
    for key in
        [KeyRef { realm: odd, id: KeyId::from("k") }, KeyRef { realm: Realm::default(), id: "k\0".into() }]
    {
        let adopted = store.adopt(&key, &sha512(IMPORTED), &Secret::from(IMPORTED)).await;
        assert!(matches!(adopted, Err(AdminError::UnknownKey)), "{adopted:?}");
    }
}

/// What is refused at its last step leaves the hash, and no text.
pub(crate) async fn an_adoption_that_fails_halfway_changes_nothing<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let key = import(&store, IMPORTED).await;
    let before = store.change_number().await.expect("a number");
    // The epoch is the last thing that is written of the key.
    place.damage(&format!("UPDATE keys SET epoch = {}", i64::MAX)).await;
    let adopted = store.adopt(&key, &sha512(IMPORTED), &Secret::from(IMPORTED)).await;
    assert!(matches!(adopted, Err(AdminError::Store(_))), "{adopted:?}");
    assert_eq!(legacy_key(&store, IMPORTED).await.expect("an answer"), Some(key));
    assert!(find_key(&store, &Secret::from(IMPORTED)).await.is_none());
    assert_eq!(store.change_number().await.expect("a number"), before);
}
