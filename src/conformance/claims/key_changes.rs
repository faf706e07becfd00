//! Numbering what changed about keys and owners.

use crate::store::{Change, ChangeFeed, Enabled, KeyAdmin, KeyEdit, KeyOwner, Networks, NewKey, OwnerRef};
use crate::{AccountId, KeyId, Limits, SiteId, UserId};

use super::fixtures::*;

/// Makes changes, and writes down what has to be told about each.
macro_rules! change {
    ($told:ident => $($made:expr => $what:expr;)+) => {$(
        let _ = $made.await.expect("changed");
        $told.push($what);
    )+};
}
pub(super) use change;

/// Makes one change of each kind of a key or an owner. The answer is what has to be told about
/// each, in order.
pub(super) async fn change_keys(store: &impl KeyAdmin) -> Vec<Change> {
    let (ada, acme, shop) = (UserId::from("ada"), AccountId::from("acme"), SiteId::from("shop"));
    let [k, other] = ["k", "other"].map(|id| default_realm(&KeyId::from(id)));
    let key = |id: &str| NewKey { owner: KeyOwner::user("ada"), ..api_key().with_id(id) };
    let owner = |owner: &OwnerRef| Change::Owner(owner.clone());
    let (user, account, site) =
        (OwnerRef::User(ada.clone()), OwnerRef::Account(acme.clone()), OwnerRef::Site(shop.clone()));
    let mut told = Vec::new();
    change! { told =>
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
        store.assign_networks(&k, Networks::any()) => Change::Key(k.clone());
        store.revoke(&k, "lost", at(2)) => Change::Key(k.clone());
    }
    told
}

/// Each change of a key or an owner raises the number by one; looking, a use that is written down,
/// and what is refused, leave it.
pub async fn every_change_of_a_key_or_an_owner_raises_the_number_by_one<S: KeyAdmin + ChangeFeed>(store: &S) {
    let before = store.change_number().await.expect("a number");
    let told = change_keys(store).await;
    let after = store.change_number().await.expect("a number");
    assert_eq!(after - before, told.len() as u64);

    let unknown = default_realm(&KeyId::from("unknown"));
    assert!(store.set_enabled(&unknown, Enabled::No).await.is_err());
    assert!(store.issue(api_key().with_id("k"), at(0)).await.is_err());
    assert!(store.issue_all(vec![api_key(), api_key().with_id("k")], at(0)).await.is_err());
    assert!(store.add_account(&AccountId::from("acme")).await.is_err());
    store.record_uses(&[(default_realm(&KeyId::from("other")), at(9))]).await.expect("written");
    assert!(store.find_key(&unknown).await.expect("an answer").is_none());
    assert_eq!(store.change_number().await.expect("a number"), after);
}
