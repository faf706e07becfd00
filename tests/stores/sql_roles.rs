//! What stores in SQL promise of roles besides the battery.

use portcullis::store::{AdminError, Privilege, RoleAdmin, RoleStore, StoreError, UserRights};
use portcullis::{AccountId, AuthError, ErrorKind, GroupId, RoleId, Scope, Scopes, UserId};

use crate::backends::master;
use crate::databases::Database;
use crate::fixtures::Store;

/// ada of acme is in staff, staff are runners, runners run.
async fn staff(store: &impl Store) {
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

async fn rights(store: &impl Store) -> Option<UserRights> {
    store.rights_of("ada").await.expect("an answer")
}

pub(crate) async fn rights_survive_reopening<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    staff(&store).await;
    drop(store);
    assert_eq!(rights(&place.open().await).await, may_run());
}

pub(crate) async fn a_change_by_another_handle_holds_at_once<D: Database>() {
    let place = D::fresh().await;
    let (one, other) = (place.open().await, place.open().await);
    staff(&one).await;
    assert_eq!(rights(&other).await, may_run());
    other.remove_role(&RoleId::from("runner")).await.expect("removed");
    assert_eq!(rights(&one).await, Some(UserRights::Active(Scopes::none())));
}

pub(crate) async fn a_change_that_fails_halfway_changes_nothing<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    staff(&store).await;
    for table in ["groups", "roles", "privileges"] {
        place.forbid_deleting(table).await;
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

pub(crate) async fn rights_that_lead_nowhere_are_an_error_never_fewer_rights<D: Database>() {
    for damage in [
        "DELETE FROM accounts",
        "DELETE FROM groups",
        "DELETE FROM roles",
        "DELETE FROM privileges",
        "UPDATE group_users SET group_id = 'other'",
        "UPDATE group_roles SET role = 'other'",
        "UPDATE role_privileges SET privilege = 'other'",
    ] {
        let place = D::fresh().await;
        let store = place.open().await;
        staff(&store).await;
        assert_eq!(place.damage(damage).await, 1);
        let error = store.rights_of("ada").await.expect_err(damage);
        assert!(matches!(error, StoreError::Corrupt(_)), "{damage}: {error:?}");
        assert_eq!(AuthError::from(error).kind(), ErrorKind::Unavailable);
    }
}

pub(crate) async fn a_privilege_that_is_no_word_is_an_error_never_fewer_rights<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    staff(&store).await;
    for table in ["privileges SET name", "role_privileges SET privilege"] {
        assert_eq!(place.damage(&format!("UPDATE {table} = 'run actions'")).await, 1);
    }
    assert!(matches!(store.rights_of("ada").await, Err(StoreError::Corrupt(_))));
    assert!(store.list_roles().await.is_err() && store.list_privileges().await.is_err());
}

pub(crate) async fn a_user_whose_switch_is_damaged_is_not_active<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    staff(&store).await;
    for damage in ["UPDATE users SET active = 2", "UPDATE accounts SET active = -1"] {
        place.damage(damage).await;
        assert_eq!(rights(&store).await, Some(UserRights::Inactive), "{damage}");
        place.damage("UPDATE users SET active = 1").await;
    }
}

pub(crate) async fn an_outage_is_an_error_never_a_user_without_rights<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    staff(&store).await;
    assert_eq!(rights(&store).await, may_run());
    D::close(&store).await;
    for user in ["ada", "absent"] {
        assert!(matches!(store.rights_of(user).await, Err(StoreError::Unavailable(_))));
    }
    let answer = store.add_group(&GroupId::from("new")).await;
    assert!(matches!(answer, Err(AdminError::Store(StoreError::Unavailable(_)))));
    assert!(store.list_groups().await.is_err());

    let place = D::fresh().await;
    let bare = place.connect(master()).await;
    assert!(matches!(bare.rights_of("ada").await, Err(StoreError::Unavailable(_))));
}
