//! Changes that are made through the cache: this node knows at once.

use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    Change, Enabled, KeyEdit, KeyOwner, KeyState, NewKey, OwnerRef, RoleAdmin, RoleStore, SiteDirectory,
    StoredPrincipal, UserRights,
};
use portcullis::{AccountId, GroupId, KeyAdmin, RoleId, Scheme, SiteId, UserId};

use crate::backing::{Known, NOW, cached, find, find_id, known, seconds, try_find};
use crate::lossy::{Loss, Lossy};

#[tokio::test]
async fn a_revoked_key_is_refused_as_soon_as_the_call_returns() {
    let keys = CachedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new());
    let Known { key, digest, .. } = known(&keys, KeyOwner::default()).await;
    assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_ok());
    keys.revoke(&key, "leaked", NOW).await.expect("revoked");
    assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_err());
}

#[tokio::test]
async fn a_changed_signing_key_is_found_as_it_is() {
    let keys = CachedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new());
    let new = NewKey::new(Scheme::XAuth, KeyOwner::default()).with_id("robot");
    let id = keys.issue(new, NOW).await.expect("issued").id;
    let key = portcullis::store::KeyRef { realm: portcullis::Realm::default(), id: id.clone() };
    assert_eq!(find_id(&keys, &id).await.expect("the key").expires_at(), None);
    let end = NOW.saturating_add(seconds(1));
    keys.edit(&key, KeyEdit::new().expires_at(Some(end))).await.expect("edited");
    assert_eq!(find_id(&keys, &id).await.expect("the key").expires_at(), Some(end));
    let _ = keys.rotate(&key, seconds(60), NOW).await.expect("rotated");
    assert_eq!(find_id(&keys, &id).await.expect("the key").secrets_at(NOW).count(), 2);
    keys.set_enabled(&key, Enabled::No).await.expect("switched");
    assert_eq!(find_id(&keys, &id).await.expect("the key").state(), KeyState::Disabled);
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_taken_for_made() {
    let store = Lossy::new();
    let keys = CachedKeyStore::new(store.clone());
    let Known { key, digest, .. } = known(store.inner(), KeyOwner::default()).await;
    assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_ok());
    store.lose(Loss::Answer);
    keys.revoke(&key, "leaked", NOW).await.expect_err("the answer was lost");
    assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_err());
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_any_more_is_taken_for_made() {
    let store = Lossy::new();
    let keys = CachedKeyStore::new(store.clone());
    let Known { key, digest, .. } = known(store.inner(), KeyOwner::default()).await;
    assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_ok());
    store.lose(Loss::Time);
    {
        let mut change = std::pin::pin!(keys.revoke(&key, "leaked", NOW));
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(change.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_ok(), "still under way");
    }
    assert!(find(&keys, digest).await.expect("the key").check_usable(NOW).is_err());
}

#[tokio::test]
async fn an_owner_that_is_switched_off_takes_its_keys_rights_and_sites_along() {
    let keys = CachedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new());
    let (acme, ada, shop) = (AccountId::from("acme"), UserId::from("ada"), SiteId::from("shop"));
    assert_eq!(keys.account_of_site(&shop).await.expect("an answer"), None);
    assert_eq!(keys.rights_of("ada").await.expect("an answer"), None);
    keys.add_account(&acme).await.expect("added");
    keys.add_user(&ada, Some(&acme)).await.expect("added");
    keys.add_site(&shop, &acme).await.expect("added");
    let of_user = known(&keys, KeyOwner::user("ada")).await;
    let of_site = known(&keys, KeyOwner::default().for_site("shop")).await;
    for (owner, user_stands, site_stands) in [
        (OwnerRef::User(ada), false, true),
        (OwnerRef::Site(shop.clone()), true, false),
        (OwnerRef::Account(acme.clone()), false, false),
    ] {
        for (active, user, site) in [(Enabled::No, user_stands, site_stands), (Enabled::Yes, true, true)] {
            keys.set_owner_active(&owner, active).await.expect("switched");
            for (key, stands) in [(&of_user, user), (&of_site, site)] {
                let found = find(&keys, key.digest).await.expect("the key");
                assert_eq!(found.is_owner_active(), stands, "{owner:?} {active:?}");
            }
            let rights = keys.rights_of("ada").await.expect("an answer").expect("a user");
            assert_eq!(rights != UserRights::Inactive, user, "{owner:?} {active:?}");
            let account = keys.account_of_site(&shop).await.expect("an answer");
            assert_eq!(account, site.then(|| acme.clone()), "{owner:?} {active:?}");
        }
    }
}

#[tokio::test]
async fn roles_that_change_are_in_force_for_the_next_question() {
    let keys = CachedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new());
    let (ada, staff, runner) = (UserId::from("ada"), GroupId::from("staff"), RoleId::from("runner"));
    let run = portcullis::store::Privilege::labelled("run").expect("a privilege");
    keys.add_user(&ada, None).await.expect("added");
    let may = async || match keys.rights_of("ada").await.expect("an answer").expect("a user") {
        UserRights::Active(scopes) => scopes.contains("run"),
        _ => false,
    };
    assert!(!may().await);
    keys.add_group(&staff).await.expect("added");
    keys.add_role(&runner).await.expect("added");
    keys.add_privilege(&run).await.expect("added");
    keys.add_user_to_group(&ada, &staff).await.expect("added");
    keys.give_role_to_group(&runner, &staff).await.expect("given");
    assert!(!may().await);
    keys.give_privilege_to_role(run.name(), &runner).await.expect("given");
    assert!(may().await);
    keys.remove_user_from_group(&ada, &staff).await.expect("removed");
    assert!(!may().await);
    keys.add_user_to_group(&ada, &staff).await.expect("added");
    assert!(may().await);
    keys.remove_role(&runner).await.expect("removed");
    assert!(!may().await);
}

#[tokio::test]
async fn rights_and_sites_are_cached_and_an_outage_is_an_error_not_a_no() {
    let (keys, store, clock) = cached(portcullis::store::cached::CacheSettings::new());
    let acme = AccountId::from("acme");
    store.keys().add_account(&acme).await.expect("added");
    store.keys().add_user(&UserId::from("ada"), None).await.expect("added");
    store.keys().add_site(&SiteId::from("shop"), &acme).await.expect("added");
    for _ in 0..3 {
        assert!(keys.rights_of("ada").await.expect("an answer").is_some());
        assert!(keys.account_of_site(&SiteId::from("shop")).await.expect("an answer").is_some());
    }
    assert_eq!((store.asked(), keys.counts().rights, keys.counts().sites), (2, 1, 1));
    store.set_down(true);
    clock.advance(seconds(30));
    keys.rights_of("ada").await.expect_err("down");
    keys.account_of_site(&SiteId::from("shop")).await.expect_err("down");
    store.set_down(false);
    keys.forget(&Change::Everything);
    assert!(try_find(&keys, portcullis::store::KeyDigest::from_bytes([1; 32])).await.expect("up").is_none());
}
