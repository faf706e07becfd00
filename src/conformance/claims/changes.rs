//! Numbering what changed.

use crate::store::{Change, ChangeFeed, EntryPoint, EntryPointStore, EntryPoints, Privilege, RoleAdmin};
use crate::{GroupId, KeyId, RoleId, UserId};

use super::fixtures::*;
use super::key_changes::{change, change_keys};

/// Makes one change of each kind. The answer is what has to be told about each, in order.
pub(super) async fn change_everything<S: RoleAdmin + EntryPointStore>(store: &S) -> Vec<Change> {
    let (ada, staff, runner) = (UserId::from("ada"), GroupId::from("staff"), RoleId::from("runner"));
    let run = Privilege::labelled("Run Actions").expect("a privilege");
    let other = default_realm(&KeyId::from("other"));
    let mut told = change_keys(store).await;
    change! { told =>
        store.sync_entry_points(&[EntryPoint::unnamed("/").expect("a name")]) => Change::EntryPoints;
        store.assign_entry_points(&other, EntryPoints::any()) => Change::Key(other.clone());
        store.add_group(&staff) => Change::Roles;
        store.add_role(&runner) => Change::Roles;
        store.add_privilege(&run) => Change::Roles;
        store.add_user_to_group(&ada, &staff) => Change::Roles;
        store.give_role_to_group(&runner, &staff) => Change::Roles;
        store.give_privilege_to_role(run.name(), &runner) => Change::Roles;
        store.take_privilege_from_role(run.name(), &runner) => Change::Roles;
        store.take_role_from_group(&runner, &staff) => Change::Roles;
        store.remove_user_from_group(&ada, &staff) => Change::Roles;
        store.remove_privilege(run.name()) => Change::Roles;
        store.remove_role(&runner) => Change::Roles;
        store.remove_group(&staff) => Change::Roles;
    }
    told
}

/// Each change, of roles and entry points as of keys, raises the number by one; looking, and what
/// is refused, leave it.
pub async fn every_change_raises_the_number_by_one<S: RoleAdmin + EntryPointStore + ChangeFeed>(store: &S) {
    let before = store.change_number().await.expect("a number");
    let told = change_everything(store).await;
    let after = store.change_number().await.expect("a number");
    assert_eq!(after - before, told.len() as u64);

    let unknown = default_realm(&KeyId::from("unknown"));
    assert!(store.assign_entry_points(&unknown, EntryPoints::any()).await.is_err());
    assert!(store.remove_group(&GroupId::from("staff")).await.is_err());
    let listed = [EntryPoint::unnamed("/").expect("a name")];
    assert!(store.sync_entry_points(&listed).await.expect("the same list").is_empty());
    assert_eq!(store.change_number().await.expect("a number"), after);
}
