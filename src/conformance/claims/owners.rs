//! Whom keys belong to.

use crate::store::{AdminError, Enabled, KeyAdmin, KeyOwner, KeyQuery, NewKey, OwnerRef, StoredPrincipal};
use crate::{AccountId, Realm, Reason, SiteId, UserId};

use super::fixtures::*;

/// Two accounts, each with a user and a site; and a user of none.
pub(super) async fn people(store: &impl KeyAdmin) {
    for name in ["red", "blue"] {
        let account = AccountId::from(name);
        store.add_account(&account).await.expect("added");
        store.add_user(&UserId::from(format!("{name}-user")), Some(&account)).await.expect("added");
        store.add_site(&SiteId::from(format!("{name}-site")), &account).await.expect("added");
    }
    store.add_user(&UserId::from("free"), None).await.expect("added");
}

fn red() -> KeyOwner {
    KeyOwner::user("red-user").of_account("red").for_site("red-site")
}

fn key_of(owner: KeyOwner) -> NewKey {
    let mut key = api_key();
    key.owner = owner;
    key
}

async fn refused(store: &impl KeyAdmin, owner: KeyOwner) -> AdminError {
    store.issue(key_of(owner), at(0)).await.expect_err("refused")
}

/// The principal of a key has the user, the account and the site that the key was issued for.
pub async fn a_key_carries_its_owners(store: &impl KeyAdmin<Principal = StoredPrincipal>) {
    people(store).await;
    let issued = issue(store, key_of(red())).await;
    let found = find_key(store, &issued.secret).await.expect("found");
    let me = found.principal();
    assert_eq!(me.user(), &Some(UserId::from("red-user")));
    assert_eq!(me.account(), &Some(AccountId::from("red")));
    assert_eq!(me.site(), &Some(SiteId::from("red-site")));
}

/// A key works while its user, its account and its site are all active; each switch raises the
/// epoch and leaves the keys of others alone.
pub async fn an_inactive_site_account_or_user_switches_its_keys_off(store: &impl KeyAdmin) {
    people(store).await;
    let issued = issue(store, key_of(red())).await;
    let other = issue(store, key_of(KeyOwner::user("blue-user").for_site("blue-site"))).await;
    let owners = [
        OwnerRef::User(UserId::from("red-user")),
        OwnerRef::Account(AccountId::from("red")),
        OwnerRef::Site(SiteId::from("red-site")),
    ];
    for owner in &owners {
        let before = find_key(store, &issued.secret).await.expect("found").epoch();
        store.set_owner_active(owner, Enabled::No).await.expect("switched");
        let found = find_key(store, &issued.secret).await.expect("found");
        assert_eq!(refusal(&found, at(0)), Some(Reason::OwnerInactive), "{owner:?}");
        assert!(found.epoch() > before);
        let untouched = find_key(store, &other.secret).await.expect("found");
        assert_eq!(refusal(&untouched, at(0)), None, "{owner:?}");
        store.set_owner_active(owner, Enabled::Yes).await.expect("switched");
        let found = find_key(store, &issued.secret).await.expect("found");
        assert_eq!(refusal(&found, at(0)), None, "{owner:?}");
    }
    for owner in &owners {
        store.set_owner_active(owner, Enabled::No).await.expect("switched");
    }
    store.set_owner_active(&owners[0], Enabled::Yes).await.expect("switched");
    let found = find_key(store, &issued.secret).await.expect("found");
    assert_eq!(refusal(&found, at(0)), Some(Reason::OwnerInactive), "one active owner of three");
}

/// A key that is issued while an owner is switched off is off, also when the owner is the account
/// that was filled in.
pub async fn a_key_issued_for_an_inactive_owner_is_off(store: &impl KeyAdmin) {
    people(store).await;
    let owner = OwnerRef::Account(AccountId::from("red"));
    store.set_owner_active(&owner, Enabled::No).await.expect("switched");
    for owner in
        [KeyOwner::account("red"), KeyOwner::default().for_site("red-site"), KeyOwner::user("red-user")]
    {
        let issued = issue(store, key_of(owner.clone())).await;
        let found = find_key(store, &issued.secret).await.expect("found");
        assert_eq!(refusal(&found, at(0)), Some(Reason::OwnerInactive), "{owner:?}");
    }
}

/// Owners that are unknown, to the letter, get no key and no switch; an unknown account gets no
/// site and no user.
pub async fn an_unknown_owner_is_refused(store: &impl KeyAdmin) {
    people(store).await;
    for owner in [
        KeyOwner::user("absent"),
        KeyOwner::account("absent"),
        KeyOwner::account("red").for_site("absent"),
        KeyOwner::user("RED-USER"),
    ] {
        assert!(matches!(refused(store, owner).await, AdminError::UnknownOwner));
    }
    let absent = OwnerRef::Site(SiteId::from("absent"));
    let answer = store.set_owner_active(&absent, Enabled::No).await;
    assert!(matches!(answer, Err(AdminError::UnknownOwner)));
    let account = AccountId::from("absent");
    for answer in [
        store.add_site(&SiteId::from("new"), &account).await,
        store.add_user(&UserId::from("new"), Some(&account)).await,
    ] {
        assert!(matches!(answer, Err(AdminError::UnknownOwner)));
    }
}

/// A site and an account or user that do not belong together get no key.
pub async fn a_site_of_another_account_is_refused(store: &impl KeyAdmin) {
    people(store).await;
    for owner in
        [KeyOwner::account("red").for_site("blue-site"), KeyOwner::user("red-user").for_site("blue-site")]
    {
        assert!(matches!(refused(store, owner).await, AdminError::ForeignOwner));
    }
}

/// A user of one account gets no key of another.
pub async fn a_user_of_another_account_is_refused(store: &impl KeyAdmin) {
    people(store).await;
    let owner = KeyOwner::user("blue-user").of_account("red");
    assert!(matches!(refused(store, owner).await, AdminError::ForeignOwner));
}

/// A user without an account may hold a key of any account or site.
pub async fn a_user_of_no_account_may_hold_a_key_of_any(store: &impl KeyAdmin) {
    people(store).await;
    for owner in [KeyOwner::user("free").of_account("red"), KeyOwner::user("free").for_site("blue-site")] {
        keep(store, key_of(owner)).await;
    }
}

/// A key for a site or a user has their account, if they have one.
pub async fn the_account_of_a_site_or_user_is_filled_in(store: &impl KeyAdmin<Principal = StoredPrincipal>) {
    people(store).await;
    for (owner, account) in [
        (KeyOwner::default().for_site("red-site"), Some("red")),
        (KeyOwner::user("blue-user"), Some("blue")),
        (KeyOwner::user("free"), None),
        (KeyOwner::default(), None),
    ] {
        let issued = issue(store, key_of(owner)).await;
        let found = find_key(store, &issued.secret).await.expect("found");
        assert_eq!(found.principal().account(), &account.map(AccountId::from));
    }
}

/// An account, user or site that is known is a duplicate, in whichever account it is added.
pub async fn owners_are_added_once(store: &impl KeyAdmin) {
    people(store).await;
    let red = AccountId::from("red");
    for answer in [
        store.add_account(&red).await,
        store.add_user(&UserId::from("red-user"), Some(&red)).await,
        store.add_user(&UserId::from("free"), Some(&red)).await,
        store.add_site(&SiteId::from("red-site"), &AccountId::from("blue")).await,
    ] {
        assert!(matches!(answer, Err(AdminError::Duplicate)), "{answer:?}");
    }
}

/// A key that was refused uses up neither its id nor its secret, and is in no list.
pub async fn a_refused_key_leaves_nothing_behind(store: &impl KeyAdmin) {
    people(store).await;
    let key = |owner| key_of(owner).with_id("k").with_secret(IMPORTED.into());
    let answer = store.issue(key(KeyOwner::account("red").for_site("blue-site")), at(0)).await;
    assert!(matches!(answer, Err(AdminError::ForeignOwner)));
    assert!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list").is_empty()
    );
    keep(store, key(red())).await;
    let other_id = key(red()).with_id("other");
    assert!(matches!(store.issue(other_id, at(0)).await, Err(AdminError::Duplicate)));
    let listed = store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list");
    assert_eq!(listed.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["k"]);
}
