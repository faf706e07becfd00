//! What SQLite promises besides the battery.

use std::path::{Path, PathBuf};

use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
use portcullis::store::{
    AdminError, EntryPoint, EntryPointStore, KeyAdmin, KeyHandle, KeyHasher, KeyOwner, KeyQuery, KeyStore,
    SiteDirectory, StoreError,
};
use portcullis::{AccountId, AuthError, ErrorKind, Principal, Realm, Scheme, Secret, SiteId, UserId};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, query};
use tempfile::TempDir;

use crate::backends::{master, sqlite_file};
use crate::fixtures::*;

/// A folder, and the path of a file in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    (folder, path)
}

pub(crate) async fn open(path: &Path) -> SqliteKeyStore {
    let store = SqliteKeyStore::connect(path, master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    store
}

/// The file as another program would open it.
pub(crate) async fn raw(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
    SqlitePool::connect_with(options.pragma("ignore_check_constraints", "on")).await.expect("a file")
}

pub(crate) async fn run(pool: &SqlitePool, statement: &str) -> Result<u64, sqlx::Error> {
    Ok(query(AssertSqlSafe(statement)).execute(pool).await?.rows_affected())
}

async fn by_key(store: &impl KeyStore, key: &Secret) -> Result<bool, StoreError> {
    let digests = [KeyHasher::sha256().digest(key.expose())];
    Ok(store.find(&KeyHandle::Digests { realm: &Realm::default(), digests: &digests }).await?.is_some())
}

async fn by_id(store: &impl KeyStore, id: &str) -> Result<bool, StoreError> {
    let handle = KeyHandle::Id { realm: &Realm::default(), scheme: Scheme::XAuth, id };
    Ok(store.find(&handle).await?.is_some())
}

#[tokio::test]
async fn a_key_survives_reopening() {
    let (_folder, path) = place();
    let store = open(&path).await;
    let (opaque, signing) = (issue(&store, api_key()).await, issue(&store, signing_key()).await);
    drop(store);
    let store = open(&path).await;
    assert!(find_key(&store, &opaque.secret).await.is_some());
    let found = find_id(&store, Scheme::XAuth, signing.id.as_str()).await.expect("found");
    assert!(signs_with(&found, &signing.secret, at(0)));
}

#[tokio::test]
async fn a_change_of_another_handle_is_in_force_at_once() {
    let (_folder, path) = place();
    let (one, other) = (open(&path).await, open(&path).await);
    let issued = issue(&one, api_key()).await;
    assert!(find_key(&other, &issued.secret).await.is_some());
    other.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    let found = find_key(&one, &issued.secret).await.expect("found");
    assert!(refusal(&found, at(0)).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_that_migrate_at_once_all_succeed() {
    let (_folder, path) = place();
    let mut openings = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let path = path.clone();
        openings.spawn(async move { issue(&open(&path).await, api_key()).await.secret });
    }
    let secrets = openings.join_all().await;
    let store = open(&path).await;
    for secret in &secrets {
        assert!(find_key(&store, secret).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_at_once_none_is_refused() {
    let (_folder, path) = place();
    let issued = issue(&open(&path).await, signing_key()).await;
    let mut changes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (path, key) = (path.clone(), default_realm(&issued.id));
        changes.spawn(async move {
            let store = open(&path).await;
            for _ in 0..10 {
                drop(store.rotate(&key, seconds(60), at(0)).await.expect("rotated"));
                keep(&store, api_key()).await;
            }
        });
    }
    changes.join_all().await;
    let store = open(&path).await;
    let found = find_id(&store, Scheme::XAuth, issued.id.as_str()).await.expect("found");
    assert_eq!((found.epoch(), found.secrets_at(at(0)).count()), (40, 2));
    assert_eq!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(100), at(0)).await.expect("a list").len(),
        41
    );
}

#[tokio::test]
async fn no_secret_is_in_the_database_file_in_clear() {
    let (folder, path) = place();
    let store = open(&path).await;
    let imported = "an imported secret, long enough";
    let mut secrets = vec![Secret::from(imported), Secret::from(IMPORTED)];
    keep(&store, signing_key().with_id("findable").with_secret(imported.into())).await;
    keep(&store, api_key().with_prefix("igny8_").with_secret(IMPORTED.into())).await;
    for key in [api_key(), signing_key()] {
        let issued = issue(&store, key).await;
        let renewed = store.rotate(&default_realm(&issued.id), seconds(60), at(0)).await.expect("rotated");
        secrets.extend([issued.secret, renewed.secret]);
    }
    secrets.push(Secret::new(master().expose().as_slice()));

    let mut bytes = Vec::new();
    for file in folder.path().read_dir().expect("the folder") {
        bytes.extend(std::fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"findable") && holds(b"igny8_"), "the scan finds what is there");
    for secret in &secrets {
        let random = &secret.expose()[secret.len() - 16..];
        assert!(!holds(random), "a secret, or its end, is in the file");
    }
}

#[tokio::test]
async fn a_sealed_secret_moved_to_another_row_does_not_open() {
    let (_folder, path) = place();
    let store = open(&path).await;
    keep(&store, signing_key().with_id("mine")).await;
    keep(&store, signing_key().with_id("theirs")).await;
    let moved =
        "UPDATE key_secrets SET sealed = (SELECT sealed FROM key_secrets WHERE key = 1) WHERE key = 2";
    assert_eq!(run(&raw(&path).await, moved).await.expect("moved"), 1);
    assert!(matches!(by_id(&store, "theirs").await, Err(StoreError::Corrupt(_))));
    assert!(by_id(&store, "mine").await.expect("an answer"));
}

#[tokio::test]
async fn the_wrong_master_key_is_an_outage_not_a_refusal() {
    let (_folder, path) = place();
    let issued = issue(&open(&path).await, signing_key()).await;
    let store: SqliteKeyStore =
        SqliteKeyStore::connect(&path, MasterKey::new([8; 32])).await.expect("a file");
    let error = by_id(&store, issued.id.as_str()).await.expect_err("an outage");
    assert!(matches!(error, StoreError::Corrupt(_)));
    assert_eq!(AuthError::from(error).kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_closed_pool_is_an_error_never_none() {
    let (_folder, path) = place();
    let issued = issue(&open(&path).await, api_key()).await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.expect("a pool");
    let store: SqliteKeyStore = SqliteKeyStore::new(pool.clone(), master());
    assert!(by_key(&store, &issued.secret).await.expect("an answer"));
    pool.close().await;
    assert!(matches!(by_key(&store, &issued.secret).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(by_id(&store, "absent").await, Err(StoreError::Unavailable(_))));
    let answer = store.account_of_site(&SiteId::from("absent")).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    let answer = store.issue(api_key(), at(0)).await;
    assert!(matches!(answer, Err(AdminError::Store(StoreError::Unavailable(_)))));
    assert!(store.list(&KeyQuery::new(Realm::default()).with_limit(1), at(0)).await.is_err());
}

#[tokio::test]
async fn a_site_without_the_row_of_its_account_is_an_error_never_none() {
    let (_folder, path) = place();
    let store = open(&path).await;
    let (site, account) = (SiteId::from("s"), AccountId::from("a"));
    store.add_account(&account).await.expect("added");
    store.add_site(&site, &account).await.expect("added");
    assert_eq!(store.account_of_site(&site).await.expect("an answer"), Some(account));
    assert_eq!(run(&raw(&path).await, "DELETE FROM accounts").await.expect("deleted"), 1);
    assert!(matches!(store.account_of_site(&site).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_file_without_the_schema_is_an_error_never_none() {
    let (_folder, path) = place();
    let store: SqliteKeyStore = SqliteKeyStore::connect(&path, master()).await.expect("a file");
    assert!(matches!(by_id(&store, "absent").await, Err(StoreError::Unavailable(_))));
    assert!(matches!(by_key(&store, &IMPORTED.into()).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_damaged_row_is_an_error_never_none() {
    for damage in [
        "DELETE FROM key_secrets",
        "UPDATE key_secrets SET sealed = NULL",
        "UPDATE key_secrets SET sealed = x'00'",
        "UPDATE key_secrets SET number = 2",
        "DELETE FROM users",
        "DELETE FROM accounts",
        "UPDATE keys SET scopes = '\"'",
        "UPDATE keys SET entry_points = 'cut off'",
        "UPDATE keys SET networks = ''",
        "UPDATE keys SET networks = 'allow everything\n'",
        "UPDATE keys SET state = 'perhaps'",
        "UPDATE keys SET epoch = -1",
    ] {
        let (_folder, path) = place();
        let store = open(&path).await;
        let account = AccountId::from("a");
        store.add_account(&account).await.expect("added");
        store.add_user(&UserId::from("u"), Some(&account)).await.expect("added");
        let mut key = signing_key().with_id("k");
        key.owner = KeyOwner::user("u");
        keep(&store, key).await;
        assert!(by_id(&store, "k").await.expect("an answer"));
        assert_eq!(run(&raw(&path).await, damage).await.expect(damage), 1);
        let answer = by_id(&store, "k").await;
        assert!(matches!(answer, Err(StoreError::Corrupt(_))), "{damage}: {answer:?}");
    }
}

#[tokio::test]
async fn a_damaged_line_of_the_saved_list_is_an_error_never_absent() {
    let (_folder, path) = place();
    let store = open(&path).await;
    let declared = [EntryPoint::unnamed("/a").expect("a name")];
    store.sync_entry_points(&declared).await.expect("saved");
    run(&raw(&path).await, "UPDATE entry_points SET pattern = 'two words'").await.expect("damaged");
    assert!(matches!(store.entry_points().await, Err(AdminError::Store(StoreError::Corrupt(_)))));
    let again = store.sync_entry_points(&declared).await;
    assert!(matches!(again, Err(AdminError::Store(StoreError::Corrupt(_)))), "{again:?}");
}

#[tokio::test]
async fn a_digest_without_its_key_is_an_error_never_none() {
    let (_folder, path) = place();
    let store = open(&path).await;
    let issued = issue(&store, api_key()).await;
    let pool = raw(&path).await;
    run(&pool, "DROP TRIGGER keys_stay").await.expect("dropped");
    run(&pool, "DELETE FROM keys").await.expect("deleted");
    assert!(matches!(by_key(&store, &issued.secret).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn the_schema_itself_keeps_names_and_revocations() {
    let (_folder, path) = place();
    let store = open(&path).await;
    let issued = issue(&store, api_key().with_id("k")).await;
    store.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    let pool = raw(&path).await;
    for statement in ["UPDATE keys SET state = 'enabled'", "DELETE FROM keys", "UPDATE keys SET id = 'other'"]
    {
        assert!(run(&pool, statement).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_key_without_what_the_principal_needs_is_neither_issued_nor_found() {
    let (_folder, path) = place();
    let issued = issue(&open(&path).await, api_key()).await;
    let strict: SqliteKeyStore<Principal<UserId>> =
        SqliteKeyStore::connect(&path, master()).await.expect("a file");
    assert!(matches!(by_key(&strict, &issued.secret).await, Err(StoreError::Corrupt(_))));
    assert!(matches!(strict.issue(api_key(), at(0)).await, Err(AdminError::MissingOwner)));
    assert_eq!(
        strict.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list").len(),
        1
    );
}

#[tokio::test]
async fn clones_are_the_same_store() {
    let fresh = sqlite_file().await;
    let issued = issue(&fresh.store.clone(), api_key()).await;
    assert!(find_key(&fresh.store, &issued.secret).await.is_some());
}
