//! What is recorded of the changes of a store.

use portcullis::audit::{AuditEvent, AuditTrail, Audited, KeyChange, RightsChange};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    Enabled, EntryPointStore, KeyAdmin, KeyOwner, KeyQuery, KeyStore, OwnerRef, Privilege, RoleAdmin,
};
use portcullis::{AccountId, FrozenClock, GroupId, KeyId, Realm, RoleId, Scheme, SiteId, UserId};

use crate::fixtures::*;

/// A store whose clock shows 7, and what is recorded of it.
fn audited() -> (Audited<MemoryKeyStore>, AuditTrail) {
    let trail = AuditTrail::new();
    let store = Audited::new(MemoryKeyStore::new(), trail.clone()).with_clock(FrozenClock::at(at(7)));
    (store, trail)
}

#[tokio::test]
async fn each_change_is_recorded_with_its_moment_and_its_maker() {
    let (store, trail) = audited();
    let store = store.acting_as("grace");
    let by = Some("grace".into());
    store.add_user(&UserId::from("ada"), None).await.expect("added");
    let mut new = api_key().with_id("k").with_realm(Realm::from("r"));
    new.owner = KeyOwner::user("ada");
    let issued = store.issue(new, at(1)).await.expect("issued");
    let key = portcullis::store::KeyRef { realm: Realm::from("r"), id: issued.id.clone() };
    let renewed = store.rotate(&key, seconds(60), at(2)).await.expect("rotated");
    store.set_enabled(&key, Enabled::No).await.expect("switched");
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    let owner = OwnerRef::User(UserId::from("ada"));
    store.set_owner_active(&owner, Enabled::No).await.expect("switched");

    let change = |second| KeyChange::new(at(second), key.clone()).with_by(by.clone());
    let ada = OwnerRef::User(UserId::from("ada"));
    let expected = [
        AuditEvent::OwnerAdded { at: at(7), by: by.clone(), owner: ada, account: None },
        AuditEvent::KeyIssued(change(1).with_issued(Scheme::ApiKey, KeyOwner::user("ada"))),
        AuditEvent::KeyRotated(change(2)),
        AuditEvent::KeySwitched { change: change(7), enabled: Enabled::No },
        AuditEvent::KeyRevoked { change: change(5), reason: "lost".to_owned() },
        AuditEvent::OwnerSwitched { at: at(7), by: by.clone(), owner, active: Enabled::No },
    ];
    assert_eq!(trail.events(), expected);
    let shown = format!("{:?} {store:?}", trail.events());
    for secret in [issued.secret, renewed.secret] {
        assert!(!shown.contains(secret.expose_text().expect("text")), "a secret is in an event");
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_again_leaves_no_second_reason() {
    let (store, trail) = audited();
    let issued = store.issue(api_key(), at(1)).await.expect("issued");
    let key = default_realm(&issued.id);
    for reason in ["lost", "a reason that is written nowhere"] {
        store.revoke(&key, reason, at(5)).await.expect("revoked");
    }
    assert_eq!(trail.names(), ["key-issued", "key-revoked"]);
    let held = store.find_key(&key).await.expect("an answer").expect("the key");
    assert_eq!(held.revoked.map(|revoked| revoked.reason).as_deref(), Some("lost"));
}

#[tokio::test]
async fn owners_and_rights_are_recorded_as_they_are_changed() {
    let (store, trail) = audited();
    let (acme, ada, shop) = (AccountId::from("acme"), UserId::from("ada"), SiteId::from("shop"));
    let (staff, runner) = (GroupId::from("staff"), RoleId::from("runner"));
    let run = Privilege::labelled("Run Actions").expect("a privilege");
    store.add_account(&acme).await.expect("added");
    store.add_user(&ada, Some(&acme)).await.expect("added");
    store.add_site(&shop, &acme).await.expect("added");
    store.set_site_url(&shop, Some("https://shop.example")).await.expect("set");
    store.add_group(&staff).await.expect("added");
    store.add_role(&runner).await.expect("added");
    store.add_privilege(&run).await.expect("added");
    store.add_user_to_group(&ada, &staff).await.expect("added");
    store.give_role_to_group(&runner, &staff).await.expect("given");
    store.give_privilege_to_role(run.name(), &runner).await.expect("given");
    store.take_privilege_from_role(run.name(), &runner).await.expect("taken");
    store.take_role_from_group(&runner, &staff).await.expect("taken");
    store.remove_user_from_group(&ada, &staff).await.expect("removed");
    store.remove_privilege(run.name()).await.expect("removed");
    store.remove_role(&runner).await.expect("removed");
    store.remove_group(&staff).await.expect("removed");

    let mut events = trail.events().into_iter();
    let owner = |owner, account: Option<&AccountId>| AuditEvent::OwnerAdded {
        at: at(7),
        by: None,
        owner,
        account: account.cloned(),
    };
    assert_eq!(events.next(), Some(owner(OwnerRef::Account(acme.clone()), None)));
    assert_eq!(events.next(), Some(owner(OwnerRef::User(ada.clone()), Some(&acme))));
    assert_eq!(events.next(), Some(owner(OwnerRef::Site(shop.clone()), Some(&acme))));
    let url = Some("https://shop.example".to_owned());
    assert_eq!(events.next(), Some(AuditEvent::SiteMoved { at: at(7), by: None, site: shop, url }));
    let changes: Vec<_> = events
        .map(|event| match event {
            AuditEvent::RightsChanged { change, .. } => change,
            other => panic!("{other:?}"),
        })
        .collect();
    let run = run.name().clone();
    let expected = [
        RightsChange::GroupAdded(staff.clone()),
        RightsChange::RoleAdded(runner.clone()),
        RightsChange::PrivilegeAdded(run.clone()),
        RightsChange::UserAdded(ada.clone(), staff.clone()),
        RightsChange::RoleGiven(runner.clone(), staff.clone()),
        RightsChange::PrivilegeGiven(run.clone(), runner.clone()),
        RightsChange::PrivilegeTaken(run.clone(), runner.clone()),
        RightsChange::RoleTaken(runner.clone(), staff.clone()),
        RightsChange::UserRemoved(ada, staff.clone()),
        RightsChange::PrivilegeRemoved(run),
        RightsChange::RoleRemoved(runner),
        RightsChange::GroupRemoved(staff),
    ];
    assert_eq!(changes, expected);
}

#[tokio::test]
async fn what_was_refused_or_changes_nothing_is_not_recorded() {
    let (store, trail) = audited();
    let (key, nobody) = (default_realm(&KeyId::from("none")), UserId::from("nobody"));
    assert!(store.rotate(&key, seconds(1), at(0)).await.is_err());
    assert!(store.revoke(&key, "lost", at(5)).await.is_err());
    assert!(store.set_enabled(&key, Enabled::Yes).await.is_err());
    assert!(store.set_owner_active(&OwnerRef::User(nobody), Enabled::No).await.is_err());
    let mut orphan = api_key();
    orphan.owner = KeyOwner::user("nobody");
    assert!(store.issue(orphan, at(0)).await.is_err());

    assert!(store.add_site(&SiteId::from("shop"), &AccountId::from("acme")).await.is_err());
    assert!(store.remove_role(&RoleId::from("runner")).await.is_err());
    assert!(store.sync_entry_points(&[]).await.expect("nothing to do").is_empty());
    assert!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list").is_empty()
    );
    assert!(find_id(&store, Scheme::XAuth, "none").await.is_none());
    assert_eq!(trail.events(), []);
}

#[tokio::test]
async fn a_clone_that_acts_for_another_changes_the_same_store() {
    let (store, trail) = audited();
    let issued = store.clone().acting_as("grace").issue(signing_key(), at(0)).await.expect("issued");
    store.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    let makers: Vec<Option<String>> = trail
        .events()
        .iter()
        .map(|event| match event {
            AuditEvent::KeyIssued(change) | AuditEvent::KeyRevoked { change, .. } => {
                change.by.as_deref().map(str::to_owned)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(makers, [Some("grace".to_owned()), None]);
    let realm = Realm::default();
    let handle =
        portcullis::store::KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: issued.id.as_str() };
    assert!(store.inner().find(&handle).await.expect("an answer").is_some());
}
