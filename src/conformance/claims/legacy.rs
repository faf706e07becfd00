//! Keys that are imported by the hash of another system.

use sha2::{Digest, Sha512};

use crate::crypto::digest;
use crate::store::{
    AdminError, Enabled, KeyOwner, KeyRef, KeySummary, LegacyHash, LegacyKeyStore, LegacyLookup, LegacyName,
    NewKey,
};
use crate::{KeyId, Realm, Reason, Scheme, Secret};

use super::fixtures::*;
use super::hints::shown;

fn hash(kind: &str, bytes: &[u8]) -> LegacyHash {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}:{hex}").parse().expect("a hash")
}

pub(super) fn sha512(key: &str) -> LegacyHash {
    hash("sha512", &Sha512::digest(key.as_bytes()))
}

pub(super) fn names(key: &str) -> Vec<LegacyName> {
    LegacyLookup::new().with_sha512().names(key.as_bytes()).collect()
}

pub(super) async fn import(store: &impl LegacyKeyStore, key: NewKey, text: &str) -> KeyRef {
    let id = store.import_hash(key, &sha512(text), None, at(0)).await.expect("imported");
    default_realm(&id)
}

/// The key that a text is the hash of, in a realm.
async fn held_in(store: &impl LegacyKeyStore, realm: &str, text: &str) -> Option<KeyId> {
    let found = store.legacy_hash(&Realm::from(realm), &names(text)).await.expect("an answer");
    found.map(|(key, hash)| {
        assert!(key.realm.as_str() == realm && hash.matches(text.as_bytes()));
        key.id
    })
}

async fn held(store: &impl LegacyKeyStore, text: &str) -> Option<KeyId> {
    held_in(store, Realm::default().as_str(), text).await
}

pub(super) async fn adopt(store: &impl LegacyKeyStore, key: &KeyRef, text: &str) -> Result<(), AdminError> {
    store.adopt(key, &sha512(text), &Secret::from(text)).await
}

/// An imported key is found by the hash, and by its text once it was adopted, when the hash is
/// gone; that raises the epoch. All else about it is as it was imported.
pub async fn an_imported_key_is_found_by_its_hash_until_it_is_adopted(store: &impl LegacyKeyStore) {
    let new = api_key().with_id("old").with_label("from before").with_expires_at(at(500));
    let key = import(store, new, IMPORTED).await;
    assert_eq!(key.id, KeyId::from("old"));
    let before = store.find_key(&key).await.expect("an answer").expect("the key");
    assert_eq!((before.label.as_str(), before.expires_at), ("from before", Some(at(500))));
    let text = Secret::from(IMPORTED);
    assert!(find_key(store, &text).await.is_none());
    assert_eq!(held(store, IMPORTED).await.as_ref(), Some(&key.id));
    assert_eq!(held(store, "another text of a key").await, None);

    adopt(store, &key, IMPORTED).await.expect("adopted");
    let record = find_key(store, &text).await.expect("found");
    assert_eq!((record.id(), refusal(&record, at(499))), (&key.id, None));
    assert_eq!(refusal(&record, at(500)), Some(Reason::Expired));
    assert_eq!(held(store, IMPORTED).await, None);
    let after = store.find_key(&key).await.expect("an answer").expect("the key");
    assert_eq!(after, KeySummary { hint: after.hint.clone(), ..before });

    let epoch = record.epoch();
    adopt(store, &key, IMPORTED).await.expect("adopted again");
    assert_eq!(find_key(store, &text).await.expect("found").epoch(), epoch);
    drop(store.rotate(&key, seconds(10), at(100)).await.expect("rotated"));
    let replaced = find_key(store, &text).await.expect("found");
    assert_eq!([109, 110].map(|now| refusal(&replaced, at(now))), [None, Some(Reason::Expired)]);
}

/// A SHA-256 is the digest that keys are found by: nothing is to be adopted.
pub async fn a_sha_256_is_found_by_its_key_at_once(store: &impl LegacyKeyStore) {
    let hash = hash("sha256", &digest::sha256(IMPORTED.as_bytes()));
    let id = store.import_hash(api_key(), &hash, None, at(0)).await.expect("imported");
    let record = find_key(store, &Secret::from(IMPORTED)).await.expect("found");
    assert_eq!(*record.id(), id);
    let again = store.import_hash(api_key(), &hash, None, at(0)).await;
    assert!(matches!(again, Err(AdminError::Duplicate)));
}

/// A hash and an id are given once in a realm, and what is refused leaves nothing behind.
pub async fn a_hash_is_one_key_of_a_realm(store: &impl LegacyKeyStore) {
    let key = import(store, api_key().with_id("old"), IMPORTED).await;
    for (new, text) in
        [(api_key().with_id("new"), IMPORTED), (api_key().with_id("old"), "another text of a key")]
    {
        let again = store.import_hash(new, &sha512(text), None, at(0)).await;
        assert!(matches!(again, Err(AdminError::Duplicate)), "{again:?}");
    }
    assert_eq!(store.find_key(&default_realm(&KeyId::from("new"))).await.expect("an answer"), None);
    assert_eq!(held(store, "another text of a key").await, None);
    let other = api_key().with_id("old").with_realm(Realm::from("other"));
    store.import_hash(other, &sha512(IMPORTED), None, at(0)).await.expect("imported");
    adopt(store, &key, IMPORTED).await.expect("adopted");
    assert_eq!(held(store, IMPORTED).await, None);
    assert_eq!(held_in(store, "other", IMPORTED).await, Some(key.id));
}

/// Of the names that are asked for, the first that is held answers; of none, none does.
pub async fn the_first_name_that_is_held_answers(store: &impl LegacyKeyStore) {
    let texts = [IMPORTED, "another text of a key"];
    let mut ids = Vec::new();
    for text in texts {
        ids.push(import(store, api_key(), text).await.id);
    }
    let [one, other, unknown] = [IMPORTED, "another text of a key", "unknown"].map(|text| names(text)[0]);
    for (asked, expected) in [
        (vec![one, other], Some(&ids[0])),
        (vec![other, one], Some(&ids[1])),
        (vec![unknown, other, one], Some(&ids[1])),
        (vec![unknown], None),
        (vec![], None),
    ] {
        let found = store.legacy_hash(&Realm::default(), &asked).await.expect("an answer");
        assert_eq!(found.map(|(key, _)| key.id).as_ref(), expected);
    }
}

/// What comes with a secret, or is of a scheme that needs one, is not imported by a hash.
pub async fn what_is_not_known_by_its_hash_alone_is_refused(store: &impl LegacyKeyStore) {
    for bad in [signing_key(), api_key().with_secret(Secret::from(IMPORTED))] {
        let answer = store.import_hash(bad, &sha512(IMPORTED), None, at(0)).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{answer:?}");
    }
    let unknown = NewKey::new(Scheme::ApiKey, KeyOwner::user("nobody"));
    let answer = store.import_hash(unknown, &sha512(IMPORTED), None, at(0)).await;
    assert!(matches!(answer, Err(AdminError::UnknownOwner)), "{answer:?}");
    assert_eq!(held(store, IMPORTED).await, None);
}

/// However many requests bring the key for the first time at once, it is adopted for all.
pub async fn of_two_that_adopt_at_once_both_succeed(store: &impl LegacyKeyStore) {
    let key = import(store, api_key(), IMPORTED).await;
    let answers = at_once((0..8).map(|_| adopt(store, &key, IMPORTED))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(find_key(store, &Secret::from(IMPORTED)).await.is_some());
}

/// A key that is revoked is not adopted, and neither is one that has another hash, or none.
pub async fn a_key_that_is_revoked_or_has_not_this_hash_is_not_adopted(store: &impl LegacyKeyStore) {
    let key = import(store, api_key(), IMPORTED).await;
    let plain = default_realm(&issue(store, api_key()).await.id);
    let absent = default_realm(&KeyId::from("absent"));
    for (key, text) in [(&key, "another text of a key"), (&plain, IMPORTED), (&absent, IMPORTED)] {
        let answer = adopt(store, key, text).await;
        assert!(matches!(answer, Err(AdminError::UnknownKey)), "{answer:?}");
    }
    store.revoke(&key, "lost", at(1)).await.expect("revoked");
    assert!(matches!(adopt(store, &key, IMPORTED).await, Err(AdminError::Revoked)));
    assert!(find_key(store, &Secret::from(IMPORTED)).await.is_none());
    // A revoked key's hash is not given again.
    let again = store.import_hash(api_key(), &sha512(IMPORTED), None, at(2)).await;
    assert!(matches!(again, Err(AdminError::Duplicate)));
}

/// A text that is another key already does not become this one, which keeps its hash.
pub async fn a_text_that_is_another_key_is_not_adopted(store: &impl LegacyKeyStore) {
    let key = import(store, api_key(), IMPORTED).await;
    let other = issue(store, api_key().with_secret(Secret::from(IMPORTED))).await;
    assert!(matches!(adopt(store, &key, IMPORTED).await, Err(AdminError::Duplicate)));
    assert_eq!(*find_key(store, &Secret::from(IMPORTED)).await.expect("found").id(), other.id);
    assert_eq!(held(store, IMPORTED).await, Some(key.id));
}

/// A rotation ends the hash as it ends a secret: after the overlap, and a second one at once.
pub async fn a_rotated_key_keeps_its_hash_for_the_overlap(store: &impl LegacyKeyStore) {
    let key = import(store, api_key(), IMPORTED).await;
    let new = store.rotate(&key, seconds(10), at(100)).await.expect("rotated");
    let epoch = find_key(store, &new.secret).await.expect("found").epoch();
    adopt(store, &key, IMPORTED).await.expect("adopted");
    assert!(find_key(store, &new.secret).await.expect("found").epoch() > epoch);
    let old = find_key(store, &Secret::from(IMPORTED)).await.expect("found");
    assert_eq!([109, 110].map(|now| refusal(&old, at(now))), [None, Some(Reason::Expired)]);

    let text = "another text of a key";
    let key = import(store, api_key(), text).await;
    for now in [100, 101] {
        drop(store.rotate(&key, seconds(10), at(now)).await.expect("rotated"));
    }
    assert_eq!(held(store, text).await, None);
    assert!(matches!(adopt(store, &key, text).await, Err(AdminError::UnknownKey)));
}

/// A disabled key is adopted, and stays disabled.
pub async fn an_adopted_key_is_as_usable_as_it_was(store: &impl LegacyKeyStore) {
    let key = import(store, api_key(), IMPORTED).await;
    store.set_enabled(&key, Enabled::No).await.expect("off");
    adopt(store, &key, IMPORTED).await.expect("adopted");
    let record = find_key(store, &Secret::from(IMPORTED)).await.expect("found");
    assert_eq!(refusal(&record, at(1)), Some(Reason::KeyDisabled));
}

/// Nothing is shown of a key that is known by its hash, and the last four of its text once it is
/// adopted: its prefix where the text has it. The text of a key that was rotated is not shown.
pub async fn an_adopted_key_shows_its_text_where_that_is_its_newest_secret(store: &impl LegacyKeyStore) {
    let new = |id: &str, prefix: &str| api_key().with_id(id).with_prefix(prefix);
    let other = format!("{IMPORTED}23");
    for (id, prefix, text, expected) in [
        ("one", "igny8_", IMPORTED, "igny8_…ij01"),
        ("two", "else_", &*other, "…0123"),
        ("three", "p_", "p_short", "p_…"),
    ] {
        let key = import(store, new(id, prefix), text).await;
        assert_eq!(shown(store, &key).await, "", "{id}");
        adopt(store, &key, text).await.expect("adopted");
        assert_eq!(shown(store, &key).await, expected, "{id}");
    }
    let text = format!("{IMPORTED}45");
    let key = import(store, new("four", "igny8_"), &text).await;
    drop(store.rotate(&key, seconds(60), at(1)).await.expect("rotated"));
    let newest = shown(store, &key).await;
    adopt(store, &key, &text).await.expect("adopted");
    assert_eq!(shown(store, &key).await, newest);
    assert_ne!(newest, "igny8_…0145");
}
