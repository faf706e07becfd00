//! Files of an earlier schema, with the keys that were issued in them.

use std::path::Path;

use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{
    Direction, EntryPoint, EntryPointStore, EntryPoints, KeyAdmin, KeyHasher, KeyOwner, KeyQuery, KeySort,
    NewKey, RoleAdmin, RoleStore, SignatureForms, UserRights,
};
use portcullis::{GroupId, Realm, Scheme, Scopes, Secret, UserId};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{SqlSafeStr, query, query_scalar};
use tempfile::TempDir;

use crate::backends::master;
use crate::fixtures::*;

const FIRST: &str = include_str!("../../src/store/sqlite/schema/1_keys.sql");

/// A file as the first step of the schema made it.
async fn first_step(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.expect("a file");
    let step = Migration::new(
        1,
        "owners, keys and their secrets".into(),
        MigrationType::Simple,
        FIRST.into_sql_str(),
        false,
    );
    let mut migrator = Migrator::with_migrations(vec![step]);
    migrator.dangerous_set_table_name("portcullis_migrations");
    migrator.run(&pool).await.expect("the first step");
    pool
}

async fn insert(pool: &SqlitePool, number: i64, entry_points: Option<&str>, secret: &Secret) {
    query(
        "INSERT INTO keys (number, realm, id, scheme, label, prefix, scopes, entry_points, created_at) \
         VALUES (?, 'default', ?, 'api-key', 'old', '', 'orders:read', ?, 0)",
    )
    .bind(number)
    .bind(format!("k{number}"))
    .bind(entry_points)
    .execute(pool)
    .await
    .expect("a key");
    let digest = KeyHasher::sha256().digest(secret.expose()).as_bytes().to_vec();
    query("INSERT INTO key_secrets (key, number, realm, digest) VALUES (?, 1, 'default', ?)")
        .bind(number)
        .bind(digest)
        .execute(pool)
        .await
        .expect("a secret");
}

#[tokio::test]
async fn a_file_of_the_first_schema_keeps_its_keys_and_entry_points() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    let pool = first_step(&path).await;
    let old = [None, Some(""), Some("api/hello/\n/orders/{id}\n")];
    let secrets = ["one", "two", "three"].map(|word| Secret::from(format!("{word} 0123456789abcdefghij")));
    for ((number, lines), secret) in (1..).zip(old).zip(&secrets) {
        insert(&pool, number, lines, secret).await;
    }
    pool.close().await;

    let store: SqliteKeyStore = SqliteKeyStore::connect(&path, master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    store.migrate().await.expect("the schema again");
    let only = |names: &[&str]| EntryPoints::only(names.iter().copied()).expect("names");
    let expected = [EntryPoints::any(), only(&[]), only(&["api/hello/", "/orders/{id}"])];
    for (secret, entry_points) in secrets.iter().zip(&expected) {
        let found = find_key(&store, secret).await.expect("found");
        assert_eq!(found.entry_points(), entry_points);
        assert!(found.networks().is_any() && found.principal().scopes().to_string() == "orders:read");
        let listed = store.find_key(&default_realm(found.id())).await.expect("an answer").expect("known");
        assert_eq!((listed.renewed_at, listed.previous_until), (at(0), None));
        assert_eq!(listed.signature_forms, SignatureForms::Any);
        assert!(listed.limits.is_none() && listed.note.is_empty() && listed.revoked.is_none());
        let renewed = store.rotate(&default_realm(found.id()), seconds(60), at(9)).await.expect("rotated");
        assert_eq!(renewed.secret.expose().len(), 40, "the form of a key from before there were formats");
    }
    assert_eq!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list").len(),
        3
    );
    assert!(store.entry_points().await.expect("a list").is_empty());
    // The checks of the first schema knew three schemes; they still refuse what is none.
    for scheme in [Scheme::SigV4, Scheme::MessageSignature] {
        let issued = issue(&store, NewKey::new(scheme, KeyOwner::default())).await;
        assert!(find_id(&store, scheme, issued.id.as_str()).await.is_some(), "{scheme}");
    }
    let other = "INSERT INTO keys (realm, id, scheme, label, prefix, scopes, created_at) \
         VALUES ('default', 'other', 'jwt', '', '', '', 0)";
    let refused = query(other).execute(store.pool()).await.expect_err("no such scheme");
    assert!(refused.to_string().contains("CHECK constraint failed"), "{refused}");
    let whole: String =
        query_scalar("PRAGMA integrity_check").fetch_one(store.pool()).await.expect("a check");
    assert_eq!(whole, "ok");
    let key = import(&store, IMPORTED).await;
    assert_eq!(legacy_key(&store, IMPORTED).await.expect("an answer"), Some(key));
}

#[tokio::test]
async fn a_key_of_the_first_schema_shows_its_prefix_alone_and_is_found_by_it() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    let pool = first_step(&path).await;
    for (number, secret) in (1..).zip(["old_0123456789abcdefghij0123456789abcdef", "none 0123456789"]) {
        insert(&pool, number, None, &Secret::from(secret)).await;
    }
    query("UPDATE keys SET prefix = 'old_' WHERE number = 1").execute(&pool).await.expect("a prefix");
    pool.close().await;

    let store: SqliteKeyStore = SqliteKeyStore::connect(&path, master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    let hints = async |query: KeyQuery| -> Vec<String> {
        let listed = store.list(&query, at(0)).await.expect("a list");
        listed.iter().map(|key| format!("{} {}", key.id, key.hint)).collect()
    };
    let all =
        KeyQuery::new(Realm::default()).never_used().sorted_by(KeySort::LastUsed, Direction::Descending);
    assert_eq!(hints(all.clone()).await, ["k2 ", "k1 old_…"]);
    assert_eq!(hints(all.clone().with_search("OLD_…")).await, ["k1 old_…"]);

    let name = default_realm(&"k1".into());
    let renewed = store.rotate(&name, seconds(60), at(9)).await.expect("rotated");
    let text = String::from_utf8(renewed.secret.expose().to_vec()).expect("text");
    let shown = format!("old_…{}", &text[text.len() - 4..]);
    assert_eq!(hints(all.with_search(&shown)).await, [format!("k1 {shown}")]);
}

#[tokio::test]
async fn the_saved_list_survives_reopening() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    let open = async || {
        let store: SqliteKeyStore = SqliteKeyStore::connect(&path, master()).await.expect("a file");
        store.migrate().await.expect("the schema");
        store
    };
    let declared = ["/a", "/b"].map(|pattern| EntryPoint::unnamed(pattern).expect("a name"));
    let networks =
        portcullis::store::Networks::any().with_denied(["192.0.2.0/24", "::/0"]).expect("networks");
    let store = open().await;
    store.sync_entry_points(&declared).await.expect("saved");
    store.sync_entry_points(&declared[..1]).await.expect("saved");
    let issued = issue(&store, api_key()).await;
    let key = default_realm(&issued.id);
    store.assign_entry_points(&key, EntryPoints::only(["/a"]).expect("a name")).await.expect("assigned");
    store.assign_networks(&key, networks.clone()).await.expect("assigned");
    store.pool().close().await;

    let store = open().await;
    let saved = store.entry_points().await.expect("a list");
    assert_eq!(saved.iter().map(|line| line.live).collect::<Vec<_>>(), [true, false]);
    let found = find_key(&store, &issued.secret).await.expect("found");
    assert_eq!(found.networks(), &networks);
    assert!(found.entry_points().allow("/a") && !found.entry_points().allow("/b"));
}

#[tokio::test]
async fn a_user_of_the_first_schema_may_join_a_group() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    let pool = first_step(&path).await;
    query("INSERT INTO users (id) VALUES ('ada')").execute(&pool).await.expect("a user");
    pool.close().await;

    let store: SqliteKeyStore = SqliteKeyStore::connect(&path, master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    let nothing = UserRights::Active(Scopes::none());
    assert_eq!(store.rights_of("ada").await.expect("an answer"), Some(nothing));
    let (team, ada) = (GroupId::from("team"), UserId::from("ada"));
    store.add_group(&team).await.expect("added");
    store.add_user_to_group(&ada, &team).await.expect("added");
    assert_eq!(store.list_users_of_group(&team, None, 9).await.expect("a list"), [ada]);
}
