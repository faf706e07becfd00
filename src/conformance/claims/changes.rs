//! Numbering what changed.

use crate::store::{
    Change, ChangeFeed, Enabled, EntryPoint, EntryPointStore, KeyEdit, KeyOwner, NewKey, OwnerRef, Privilege,
    RoleAdmin,
};
use crate::{AccountId, GroupId, KeyId, Limits, RoleId, SiteId, UserId};

use super::fixtures::*;

/// Makes one change of each kind. The answer is what has to be told about each, in order.
pub(super) async fn change_everything<S: RoleAdmin + EntryPointStore>(store: &S) -> Vec<Change> {
    let (ada, acme, shop) = (UserId::from("ada"), AccountId::from("acme"), SiteId::from("shop"));
    let (staff, runner) = (GroupId::from("staff"), RoleId::from("runner"));
    let run = Privilege::labelled("Run Actions").expect("a privilege");
    let [k, other] = ["k", "other"].map(|id| default_realm(&KeyId::from(id)));
    let key = |id: &str| NewKey { owner: KeyOwner::user("ada"), ..api_key().with_id(id) };
    let owner = |owner: &OwnerRef| Change::Owner(owner.clone());
    let (user, account, site) =
        (OwnerRef::User(ada.clone()), OwnerRef::Account(acme.clone()), OwnerRef::Site(shop.clone()));
    let mut told = Vec::new();
    macro_rules! change {
        ($($made:expr => $what:expr;)+) => {$(
            let _ = $made.await.expect("changed");
            told.push($what);
        )+};
    }
    change! {
        store.add_account(&acme) => owner(&account);
        store.add_user(&ada, Some(&acme)) => owner(&user);
        store.add_site(&shop, &acme) => owner(&site);
        store.set_site_url(&shop, Some("https://shop.example")) => owner(&site);
        store.set_owner_limits(&account, Limits::none()) => owner(&account);
        store.set_owner_active(&user, Enabled::Yes) => owner(&user);
        store.issue(key("k"), at(0)) => Change::Secret(k.clone());
        store.issue_all(vec![key("other")], at(0)) => Change::Secret(other.clone());
        store.issue_all(vec![key("x"), key("y")], at(0)) => Change::Everything;
        store.rotate(&k, seconds(1), at(1)) => Change::Secret(k.clone());
        store.set_enabled(&k, Enabled::No) => Change::Key(k.clone());
        store.edit(&k, KeyEdit::new().label("new")) => Change::Key(k.clone());
        store.assign_networks(&k, crate::store::Networks::any()) => Change::Key(k.clone());
        store.sync_entry_points(&[EntryPoint::unnamed("/").expect("a name")]) => Change::EntryPoints;
        store.assign_entry_points(&k, crate::store::EntryPoints::any()) => Change::Key(k.clone());
        store.revoke(&k, "lost", at(2)) => Change::Key(k.clone());
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

/// Each change raises the number by one; looking, and what is refused, leave it.
pub async fn every_change_raises_the_number_by_one<S: RoleAdmin + EntryPointStore + ChangeFeed>(store: &S) {
    let before = store.change_number().await.expect("a number");
    let told = change_everything(store).await;
    let after = store.change_number().await.expect("a number");
    assert_eq!(after - before, told.len() as u64);

    let unknown = default_realm(&KeyId::from("unknown"));
    assert!(store.set_enabled(&unknown, Enabled::No).await.is_err());
    assert!(store.issue(api_key().with_id("k"), at(0)).await.is_err());
    assert!(store.issue_all(vec![api_key(), api_key().with_id("k")], at(0)).await.is_err());
    assert!(store.add_account(&AccountId::from("acme")).await.is_err());
    let listed = [EntryPoint::unnamed("/").expect("a name")];
    assert!(store.sync_entry_points(&listed).await.expect("the same list").is_empty());
    store.record_uses(&[(default_realm(&KeyId::from("other")), at(9))]).await.expect("written");
    assert!(store.find_key(&unknown).await.expect("an answer").is_none());
    assert_eq!(store.change_number().await.expect("a number"), after);
}
