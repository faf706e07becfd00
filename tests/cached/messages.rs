//! What a message ends, and what it does not.

use portcullis::store::cached::{CacheSettings, CachedKeyStore};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{Change, ChangeMessage, KeyOwner, OwnerRef, RoleStore, SiteDirectory};
use portcullis::{AccountId, KeyAdmin, Realm, SiteId, UserId};

use crate::backing::{Backing, Cached, NOW, cached, find, known};

async fn of_everybody(store: &MemoryKeyStore) {
    for account in ["acme", "other"] {
        store.add_account(&AccountId::from(account)).await.expect("added");
    }
    store.add_user(&UserId::from("ada"), Some(&AccountId::from("acme"))).await.expect("added");
    store.add_user(&UserId::from("bob"), None).await.expect("added");
    store.add_site(&SiteId::from("shop"), &AccountId::from("acme")).await.expect("added");
}

/// Fills the cache, hears of a change, and says how many questions that costs.
async fn cost(change: Change) -> usize {
    let (keys, store, _) = cached(CacheSettings::new());
    of_everybody(store.keys()).await;
    let mut digests = Vec::new();
    for owner in [KeyOwner::user("ada").for_site("shop"), KeyOwner::user("bob"), KeyOwner::account("other")] {
        digests.push(known(store.keys(), owner).await.digest);
    }
    keys.poll_once().await.expect("polled");
    let all = async || {
        for digest in &digests {
            assert!(find(&keys, *digest).await.is_some());
        }
        assert!(keys.rights_of("ada").await.expect("an answer").is_some());
        assert!(keys.rights_of("nobody").await.expect("an answer").is_none());
        assert!(keys.account_of_site(&SiteId::from("shop")).await.expect("an answer").is_some());
        store.asked()
    };
    let before = all().await;
    assert_eq!((before, all().await), (6, 6));
    keys.hear(&ChangeMessage { number: store.count(), change });
    all().await - before
}

/// Each number is a set of answers; that two of them share a slot is possible, and rare.
#[tokio::test]
async fn a_change_ends_what_depends_on_it_and_nothing_else() {
    let owner = |owner| Change::Owner(owner);
    for (change, questions) in [
        (owner(OwnerRef::User(UserId::from("ada"))), 2),
        (owner(OwnerRef::User(UserId::from("bob"))), 1),
        (owner(OwnerRef::Account(AccountId::from("acme"))), 4),
        (owner(OwnerRef::Account(AccountId::from("other"))), 4),
        (owner(OwnerRef::Site(SiteId::from("shop"))), 2),
        (Change::Roles, 3),
        (Change::EntryPoints, 0),
        (Change::Everything, 6),
    ] {
        let mut costs = Vec::new();
        for _ in 0..3 {
            costs.push(cost(change.clone()).await);
        }
        assert!(costs.contains(&questions), "{change:?}: {costs:?}");
        assert!(costs.iter().all(|cost| *cost >= questions), "{change:?}: {costs:?}");
    }
}

async fn polled() -> (Cached, Backing, crate::backing::Known) {
    let (keys, store, _) = cached(CacheSettings::new());
    let known = known(store.keys(), KeyOwner::default()).await;
    keys.poll_once().await.expect("polled");
    find(&keys, known.digest).await.expect("the key");
    (keys, store, known)
}

fn of_another_key() -> Change {
    Change::Key(portcullis::store::KeyRef { realm: Realm::from("another"), id: "key".into() })
}

#[tokio::test]
async fn a_message_of_another_key_costs_nothing_and_a_gap_costs_everything() {
    let (keys, store, known) = polled().await;
    keys.hear(&ChangeMessage { number: store.count(), change: of_another_key() });
    find(&keys, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 1);
    store.count();
    keys.hear(&ChangeMessage { number: store.count(), change: of_another_key() });
    find(&keys, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 2);
    keys.poll_once().await.expect("polled");
    find(&keys, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 2, "the gap was paid for once");
}

#[tokio::test]
async fn a_poll_that_shows_a_change_nobody_spoke_of_ends_every_answer() {
    let (keys, store, known) = polled().await;
    store.keys().revoke(&known.key, "leaked", NOW).await.expect("revoked");
    store.count();
    assert!(find(&keys, known.digest).await.expect("the key").check_usable(NOW).is_ok(), "nobody told");
    keys.poll_once().await.expect("polled");
    assert!(find(&keys, known.digest).await.expect("the key").check_usable(NOW).is_err());
}

#[tokio::test]
async fn a_store_that_was_set_back_ends_every_answer() {
    let (keys, store, known) = polled().await;
    store.set_back(1_000);
    keys.poll_once().await.expect("polled");
    find(&keys, known.digest).await.expect("the key");
    store.set_back(5);
    keys.poll_once().await.expect("polled");
    find(&keys, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 3);
}

#[tokio::test]
async fn the_first_poll_confirms_nothing_that_was_cached_before_it() {
    let (keys, store, _) = cached(CacheSettings::new());
    let known = known(store.keys(), KeyOwner::default()).await;
    find(&keys, known.digest).await.expect("the key");
    keys.poll_once().await.expect("polled");
    find(&keys, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn clones_share_one_cache() {
    let (keys, store, _) = cached(CacheSettings::new());
    let known = known(store.keys(), KeyOwner::default()).await;
    find(&keys.clone(), known.digest).await.expect("the key");
    find(&keys, known.digest).await.expect("the key");
    let other = CachedKeyStore::new(keys.inner().clone());
    find(&other, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 2);
}
