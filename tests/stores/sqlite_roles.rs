//! What SQLite promises of roles besides the battery.

use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{
    AdminError, KeyAdmin, KeyHasher, Privilege, RoleAdmin, RoleStore, StoreError, UserRights,
};
use portcullis::{AccountId, AuthError, ErrorKind, GroupId, RoleId, Scope, Scopes, Secret, UserId};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{SqlSafeStr, query};

use crate::backends::master;
use crate::fixtures::*;
use crate::sqlite::{open, place, raw, run};

/// ada of acme is in staff, staff are runners, runners run.
async fn staff(store: &SqliteKeyStore) {
    let (acme, ada) = (AccountId::from("acme"), UserId::from("ada"));
    store.add_account(&acme).await.expect("added");
    store.add_user(&ada, Some(&acme)).await.expect("added");
    let (staff, runner, run) = (GroupId::from("staff"), RoleId::from("runner"), word());
    store.add_group(&staff).await.expect("added");
    store.add_role(&runner).await.expect("added");
    store.add_privilege(&Privilege::new(run.clone())).await.expect("added");
    store.add_user_to_group(&ada, &staff).await.expect("added");
    store.give_role_to_group(&runner, &staff).await.expect("given");
    store.give_privilege_to_role(&run, &runner).await.expect("given");
}

fn word() -> Scope {
    Scope::new("run").expect("a word")
}

fn may_run() -> Option<UserRights> {
    Some(UserRights::Active(Scopes::from_iter([word()])))
}

async fn rights(store: &SqliteKeyStore) -> Option<UserRights> {
    store.rights_of("ada").await.expect("an answer")
}

#[tokio::test]
async fn rights_survive_reopening() {
    let (_folder, path) = place();
    let store = open(&path).await;
    staff(&store).await;
    drop(store);
    assert_eq!(rights(&open(&path).await).await, may_run());
}

#[tokio::test]
async fn a_change_by_another_handle_holds_at_once() {
    let (_folder, path) = place();
    let (one, other) = (open(&path).await, open(&path).await);
    staff(&one).await;
    assert_eq!(rights(&other).await, may_run());
    other.remove_role(&RoleId::from("runner")).await.expect("removed");
    assert_eq!(rights(&one).await, Some(UserRights::Active(Scopes::none())));
}

#[tokio::test]
async fn a_file_of_the_first_step_keeps_its_keys_and_gains_roles() {
    let (_folder, path) = place();
    let key = Secret::from("igny8_a_key_from_before_there_were_roles");
    {
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.expect("a file");
        let sql = include_str!("../../src/store/sqlite/schema/1_keys.sql").into_sql_str();
        let what = "owners, keys and their secrets".into();
        let mut first =
            Migrator::with_migrations(vec![Migration::new(1, what, MigrationType::Simple, sql, false)]);
        first.dangerous_set_table_name("portcullis_migrations");
        first.run(&pool).await.expect("the first step");
        run(&pool, "INSERT INTO users (id) VALUES ('ada')").await.expect("a user");
        let insert = "INSERT INTO keys (realm, id, scheme, user, label, prefix, scopes, created_at) \
                      VALUES ('default', 'k', 'api-key', 'ada', '', '', '', 0)";
        run(&pool, insert).await.expect("a key");
        query("INSERT INTO key_secrets (key, number, realm, digest) VALUES (1, 1, 'default', ?)")
            .bind(KeyHasher::sha256().digest(key.expose()).as_bytes().to_vec())
            .execute(&pool)
            .await
            .expect("a digest");
        pool.close().await;
    }
    let store = open(&path).await;
    let found = find_key(&store, &key).await.expect("found");
    assert_eq!(found.principal().user(), &Some(UserId::from("ada")));
    assert_eq!(refusal(&found, at(0)), None);
    assert_eq!(rights(&store).await, Some(UserRights::Active(Scopes::none())), "a user from before");

    let (team, ada) = (GroupId::from("team"), UserId::from("ada"));
    store.add_group(&team).await.expect("added");
    store.add_user_to_group(&ada, &team).await.expect("added");
    assert_eq!(store.list_users_of_group(&team, None, 9).await.expect("a list"), [ada]);
    store.migrate().await.expect("done before");
    assert!(find_key(&store, &key).await.is_some());
}

#[tokio::test]
async fn a_change_that_fails_halfway_changes_nothing() {
    let (_folder, path) = place();
    let store = open(&path).await;
    staff(&store).await;
    for table in ["groups", "roles", "privileges"] {
        let trigger = format!(
            "CREATE TRIGGER no_{table} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
        );
        run(&raw(&path).await, &trigger).await.expect("a trigger");
    }
    for answer in [
        store.remove_group(&GroupId::from("staff")).await,
        store.remove_role(&RoleId::from("runner")).await,
        store.remove_privilege(&word()).await,
    ] {
        assert!(matches!(answer, Err(AdminError::Store(_))), "{answer:?}");
    }
    assert_eq!(rights(&store).await, may_run());
}

#[tokio::test]
async fn rights_that_lead_nowhere_are_an_error_never_fewer_rights() {
    for damage in [
        "DELETE FROM accounts",
        "DELETE FROM groups",
        "DELETE FROM roles",
        "DELETE FROM privileges",
        "UPDATE group_users SET group_id = 'other'",
        "UPDATE group_roles SET role = 'other'",
        "UPDATE role_privileges SET privilege = 'other'",
    ] {
        let (_folder, path) = place();
        let store = open(&path).await;
        staff(&store).await;
        assert_eq!(run(&raw(&path).await, damage).await.expect(damage), 1);
        let error = store.rights_of("ada").await.expect_err(damage);
        assert!(matches!(error, StoreError::Corrupt(_)), "{damage}: {error:?}");
        assert_eq!(AuthError::from(error).kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_privilege_that_is_no_word_is_an_error_never_fewer_rights() {
    let (_folder, path) = place();
    let store = open(&path).await;
    staff(&store).await;
    let pool = raw(&path).await;
    for table in ["privileges SET name", "role_privileges SET privilege"] {
        assert_eq!(run(&pool, &format!("UPDATE {table} = 'run actions'")).await.expect("damaged"), 1);
    }
    assert!(matches!(store.rights_of("ada").await, Err(StoreError::Corrupt(_))));
    assert!(store.list_roles().await.is_err() && store.list_privileges().await.is_err());
}

#[tokio::test]
async fn a_user_whose_switch_is_damaged_is_not_active() {
    let (_folder, path) = place();
    let store = open(&path).await;
    staff(&store).await;
    for damage in ["UPDATE users SET active = 2", "UPDATE accounts SET active = -1"] {
        let pool = raw(&path).await;
        run(&pool, damage).await.expect(damage);
        assert_eq!(rights(&store).await, Some(UserRights::Inactive), "{damage}");
        run(&pool, "UPDATE users SET active = 1").await.expect("mended");
    }
}

#[tokio::test]
async fn an_outage_is_an_error_never_a_user_without_rights() {
    let (_folder, path) = place();
    staff(&open(&path).await).await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.expect("a pool");
    let store: SqliteKeyStore = SqliteKeyStore::new(pool.clone(), master());
    assert_eq!(rights(&store).await, may_run());
    pool.close().await;
    for user in ["ada", "absent"] {
        assert!(matches!(store.rights_of(user).await, Err(StoreError::Unavailable(_))));
    }
    let answer = store.add_group(&GroupId::from("new")).await;
    assert!(matches!(answer, Err(AdminError::Store(StoreError::Unavailable(_)))));
    assert!(store.list_groups().await.is_err());

    let (_folder, path) = place();
    let bare: SqliteKeyStore = SqliteKeyStore::connect(&path, master()).await.expect("a file");
    assert!(matches!(bare.rights_of("ada").await, Err(StoreError::Unavailable(_))));
}
