//! What is recorded of the changes of a store.

use portcullis::audit::{AuditEvent, AuditTrail, Audited, KeyChange};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{Enabled, KeyAdmin, KeyOwner, KeyQuery, KeyStore, OwnerRef};
use portcullis::{AccountId, FrozenClock, KeyId, Realm, Scheme, SiteId, UserId};

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

    let change = |second| KeyChange { by: by.clone(), ..KeyChange::new(at(second), key.clone()) };
    let (scheme, first) = (Some(Scheme::ApiKey), Some(KeyOwner::user("ada")));
    let expected = [
        AuditEvent::KeyIssued(KeyChange { scheme, owner: first, ..change(1) }),
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
async fn what_was_refused_or_changes_no_key_is_not_recorded() {
    let (store, trail) = audited();
    let (key, nobody) = (default_realm(&KeyId::from("none")), UserId::from("nobody"));
    assert!(store.rotate(&key, seconds(1), at(0)).await.is_err());
    assert!(store.revoke(&key, "lost", at(5)).await.is_err());
    assert!(store.set_enabled(&key, Enabled::Yes).await.is_err());
    assert!(store.set_owner_active(&OwnerRef::User(nobody), Enabled::No).await.is_err());
    let mut orphan = api_key();
    orphan.owner = KeyOwner::user("nobody");
    assert!(store.issue(orphan, at(0)).await.is_err());

    let acme = AccountId::from("acme");
    store.add_account(&acme).await.expect("added");
    store.add_site(&SiteId::from("shop"), &acme).await.expect("added");
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
