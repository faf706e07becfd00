//! What stores in SQL promise besides the battery: each claim is made of SQLite and of
//! PostgreSQL.

use std::sync::Arc;

use portcullis::store::{
    AdminError, ChangeFeed, Enabled, EntryPoint, EntryPointStore, KeyAdmin, KeyHandle, KeyHasher, KeyOwner,
    KeyQuery, KeyStore, MasterKey, OwnerRef, RoleAdmin, RoleStore, SiteDirectory, StoreError,
};
use portcullis::{AccountId, AuthError, ErrorKind, Realm, Scheme, Secret, SiteId, UserId};

use crate::backends::master;
use crate::databases::Database;
use crate::fixtures::*;

async fn by_key(store: &impl KeyStore, key: &impl AsRef<Secret>) -> Result<bool, StoreError> {
    let digests = [KeyHasher::sha256().digest(key.as_ref().expose())];
    Ok(store.find(&KeyHandle::Digests { realm: &Realm::default(), digests: &digests }).await?.is_some())
}

async fn by_id(store: &impl KeyStore, id: &str) -> Result<bool, StoreError> {
    let handle = KeyHandle::Id { realm: &Realm::default(), scheme: Scheme::XAuth, id };
    Ok(store.find(&handle).await?.is_some())
}

pub(crate) async fn a_key_survives_reopening<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (opaque, signing) = (issue(&store, api_key()).await, issue(&store, signing_key()).await);
    drop(store);
    let store = place.open().await;
    assert!(find_key(&store, &opaque.secret).await.is_some());
    let found = find_id(&store, Scheme::XAuth, signing.id.as_str()).await.expect("found");
    assert!(signs_with(&found, &signing.secret, at(0)));
}

pub(crate) async fn a_change_of_another_handle_is_in_force_at_once<D: Database>() {
    let place = D::fresh().await;
    let (one, other) = (place.open().await, place.open().await);
    let issued = issue(&one, api_key()).await;
    assert!(find_key(&other, &issued.secret).await.is_some());
    other.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    let found = find_key(&one, &issued.secret).await.expect("found");
    assert!(refusal(&found, at(0)).is_some());
}

pub(crate) async fn of_several_that_migrate_at_once_all_succeed<D: Database>() {
    let place = Arc::new(D::fresh().await);
    let mut openings = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let place = Arc::clone(&place);
        openings.spawn(async move { issue(&place.open().await, api_key()).await.secret });
    }
    let secrets = openings.join_all().await;
    let store = place.open().await;
    for secret in &secrets {
        assert!(find_key(&store, secret).await.is_some());
    }
}

pub(crate) async fn of_many_changes_at_once_none_is_refused<D: Database>() {
    let place = Arc::new(D::fresh().await);
    let issued = issue(&place.open().await, signing_key()).await;
    let mut changes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (place, key) = (Arc::clone(&place), default_realm(&issued.id));
        changes.spawn(async move {
            let store = place.open().await;
            for _ in 0..10 {
                drop(store.rotate(&key, seconds(60), at(0)).await.expect("rotated"));
                keep(&store, api_key()).await;
            }
        });
    }
    changes.join_all().await;
    let store = place.open().await;
    let found = find_id(&store, Scheme::XAuth, issued.id.as_str()).await.expect("found");
    assert_eq!((found.epoch(), found.secrets_at(at(0)).count()), (40, 2));
    assert_eq!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(100), at(0)).await.expect("a list").len(),
        41
    );
}

pub(crate) async fn no_secret_is_in_the_database_in_clear<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let imported = "an imported secret, long enough";
    let mut secrets = vec![Secret::from(imported), Secret::from(IMPORTED)];
    keep(&store, signing_key().with_id("findable").with_secret(imported.into())).await;
    keep(&store, api_key().with_prefix("igny8_").with_secret(IMPORTED.into())).await;
    for key in [api_key(), signing_key()] {
        let issued = issue(&store, key).await;
        let renewed = store.rotate(&default_realm(&issued.id), seconds(60), at(0)).await.expect("rotated");
        secrets.extend([issued, renewed].map(|issued| issued.secret.into_secret()));
    }
    secrets.push(Secret::new(master().expose().as_slice()));

    let bytes = place.bytes().await;
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"findable") && holds(b"igny8_"), "the scan finds what is there");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in &secrets {
        let random = &secret.expose()[secret.len() - 16..];
        assert!(!holds(random) && !holds(hex(random).as_bytes()), "a secret, or its end, is there");
    }
}

pub(crate) async fn a_sealed_secret_moved_to_another_row_does_not_open<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    keep(&store, signing_key().with_id("mine")).await;
    keep(&store, signing_key().with_id("theirs")).await;
    let moved =
        "UPDATE key_secrets SET sealed = (SELECT sealed FROM key_secrets WHERE key = 1) WHERE key = 2";
    assert_eq!(place.damage(moved).await, 1);
    assert!(matches!(by_id(&store, "theirs").await, Err(StoreError::Corrupt(_))));
    assert!(by_id(&store, "mine").await.expect("an answer"));
}

pub(crate) async fn the_wrong_master_key_is_an_outage_not_a_refusal<D: Database>() {
    let place = D::fresh().await;
    let issued = issue(&place.open().await, signing_key()).await;
    let store = place.connect(MasterKey::new([8; 32])).await;
    let error = by_id(&store, issued.id.as_str()).await.expect_err("an outage");
    assert!(matches!(error, StoreError::Corrupt(_)));
    assert_eq!(AuthError::from(error).kind(), ErrorKind::Unavailable);
}

pub(crate) async fn a_closed_pool_is_an_error_never_none<D: Database>() {
    let place = D::fresh().await;
    let issued = issue(&place.open().await, api_key()).await;
    let store = place.connect(master()).await;
    assert!(by_key(&store, &issued.secret).await.expect("an answer"));
    D::close(&store).await;
    assert!(matches!(by_key(&store, &issued.secret).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(by_id(&store, "absent").await, Err(StoreError::Unavailable(_))));
    let answer = store.account_of_site(&SiteId::from("absent")).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    let answer = store.issue(api_key(), at(0)).await;
    assert!(matches!(answer, Err(AdminError::Store(StoreError::Unavailable(_)))));
    assert!(store.list(&KeyQuery::new(Realm::default()), at(0)).await.is_err());
}

pub(crate) async fn a_site_without_the_row_of_its_account_is_an_error_never_none<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (site, account) = (SiteId::from("s"), AccountId::from("a"));
    store.add_account(&account).await.expect("added");
    store.add_site(&site, &account).await.expect("added");
    assert_eq!(store.account_of_site(&site).await.expect("an answer"), Some(account));
    assert_eq!(place.damage("DELETE FROM accounts").await, 1);
    assert!(matches!(store.account_of_site(&site).await, Err(StoreError::Corrupt(_))));
}

pub(crate) async fn a_database_without_the_schema_is_an_error_never_none<D: Database>() {
    let place = D::fresh().await;
    let store = place.connect(master()).await;
    assert!(matches!(by_id(&store, "absent").await, Err(StoreError::Unavailable(_))));
    assert!(matches!(by_key(&store, &Secret::from(IMPORTED)).await, Err(StoreError::Unavailable(_))));
}

pub(crate) async fn a_damaged_row_is_an_error_never_none<D: Database>() {
    for damage in [
        "DELETE FROM key_secrets",
        "UPDATE key_secrets SET sealed = NULL",
        &format!("UPDATE key_secrets SET sealed = {}", D::ZERO),
        "UPDATE key_secrets SET number = 2",
        "DELETE FROM users",
        "DELETE FROM accounts",
        "UPDATE keys SET scopes = '\"'",
        "UPDATE keys SET entry_points = 'cut off'",
        "UPDATE keys SET networks = ''",
        "UPDATE keys SET networks = 'allow everything\n'",
        "UPDATE keys SET state = 'perhaps'",
        "UPDATE keys SET signature_forms = 'some'",
        "UPDATE keys SET epoch = -1",
    ] {
        let place = D::fresh().await;
        let store = place.open().await;
        let account = AccountId::from("a");
        store.add_account(&account).await.expect("added");
        store.add_user(&UserId::from("u"), Some(&account)).await.expect("added");
        let mut key = signing_key().with_id("k");
        key.owner = KeyOwner::user("u");
        keep(&store, key).await;
        assert!(by_id(&store, "k").await.expect("an answer"));
        assert_eq!(place.damage(damage).await, 1);
        let answer = by_id(&store, "k").await;
        assert!(matches!(answer, Err(StoreError::Corrupt(_))), "{damage}: {answer:?}");
    }
}

pub(crate) async fn a_damaged_line_of_the_saved_list_is_an_error_never_absent<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let declared = [EntryPoint::unnamed("/a").expect("a name")];
    store.sync_entry_points(&declared).await.expect("saved");
    place.damage("UPDATE entry_points SET pattern = 'two words'").await;
    assert!(matches!(store.entry_points().await, Err(AdminError::Store(StoreError::Corrupt(_)))));
    let again = store.sync_entry_points(&declared).await;
    assert!(matches!(again, Err(AdminError::Store(StoreError::Corrupt(_)))), "{again:?}");
}

pub(crate) async fn a_digest_without_its_key_is_an_error_never_none<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let issued = issue(&store, api_key()).await;
    place.damage("DELETE FROM keys").await;
    assert!(matches!(by_key(&store, &issued.secret).await, Err(StoreError::Corrupt(_))));
}

pub(crate) async fn the_schema_itself_keeps_names_and_revocations<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let issued = issue(&store, api_key().with_id("k")).await;
    store.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    for statement in ["UPDATE keys SET state = 'enabled'", "DELETE FROM keys", "UPDATE keys SET id = 'other'"]
    {
        assert!(place.run(statement).await.is_err(), "{statement}");
    }
}

pub(crate) async fn clones_are_the_same_store<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let issued = issue(&store.clone(), api_key()).await;
    assert!(find_key(&store, &issued.secret).await.is_some());
}

pub(crate) async fn every_change_that_is_kept_is_counted_and_no_other<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let number = async || store.change_number().await.expect("a number");
    assert_eq!(number().await, 0);
    let account = AccountId::from("a");
    store.add_account(&account).await.expect("added");
    let issued = issue(&store, api_key()).await;
    assert_eq!(number().await, 2);

    assert!(matches!(store.add_account(&account).await, Err(AdminError::Duplicate)));
    let unknown = KeyOwner::user("nobody");
    let mut key = api_key();
    key.owner = unknown;
    assert!(matches!(store.issue(key, at(0)).await, Err(AdminError::UnknownOwner)));
    assert!(find_key(&store, &issued.secret).await.is_some());
    assert_eq!(number().await, 2, "what was refused or only read");

    store.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    store.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked before");
    assert_eq!(number().await, 3);
    assert_eq!(place.damage("DELETE FROM change_counter").await, 1);
    assert!(matches!(store.change_number().await, Err(StoreError::Corrupt(_))));
    assert!(matches!(store.add_user(&UserId::from("u"), None).await, Err(AdminError::Store(_))));
}

pub(crate) async fn a_name_that_no_database_holds_is_unknown_not_an_outage<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    keep(&store, signing_key().with_id("k")).await;
    for odd in ["\0", "k\0", "\u{feff}k", "\u{10ffff}", &"k".repeat(1 << 20), "k'; DROP TABLE keys; --", ""] {
        assert!(!by_id(&store, odd).await.expect(odd), "{odd:.20}");
        assert_eq!(store.rights_of(odd).await.expect(odd), None, "{odd:.20}");
        assert_eq!(store.account_of_site(&SiteId::from(odd)).await.expect(odd), None, "{odd:.20}");
        let (user, key) = (UserId::from(odd), default_realm(&odd.into()));
        assert!(matches!(store.revoke(&key, "", at(5)).await, Err(AdminError::UnknownKey)), "{odd:.20}");
        assert!(matches!(store.list_groups_of_user(&user).await, Err(AdminError::UnknownOwner)));
        let off = store.set_owner_active(&OwnerRef::User(user), Enabled::No).await;
        assert!(matches!(off, Err(AdminError::UnknownOwner)), "{odd:.20}");
    }
    for long in ["u".repeat(256), "u".repeat(1 << 20)] {
        let answer = store.add_user(&UserId::from(&*long), None).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{answer:?}");
    }
    store.add_user(&UserId::from(&*"u".repeat(255)), None).await.expect("added");
}
