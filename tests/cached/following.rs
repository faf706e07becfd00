//! Following another node's changes, with the real follower.

use std::time::Duration;

use portcullis::KeyAdmin;
use portcullis::store::cached::{CacheSettings, CachedKeyStore};
use portcullis::store::{Change, KeyOwner, KeyState};

use crate::backing::{Backing, Cached, Known, NOW, find, known, until};

/// A node that follows, and the store that all nodes share; polls come only when `often`.
async fn node(often: bool) -> (Cached, Backing, tokio::task::JoinHandle<()>) {
    let interval = if often { Duration::from_millis(10) } else { Duration::from_secs(3_600) };
    let store = Backing::new();
    let settings = CacheSettings::new().with_poll_interval(interval);
    let keys = CachedKeyStore::with_settings(store.clone(), settings);
    let following = tokio::spawn(keys.follow());
    until("it listens, and has polled", || store.listeners() == 1 && store.polled() >= 2).await;
    (keys, store, following)
}

async fn revoke(store: &Backing, known: &Known) {
    store.keys().revoke(&known.key, "leaked", NOW).await.expect("revoked");
}

/// Waits until the node refuses the key.
async fn refused(keys: &Cached, known: &Known) {
    let patience = async {
        while find(keys, known.digest).await.expect("the key").state() != KeyState::Revoked {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), patience).await.expect("the key is refused");
}

#[tokio::test]
async fn another_node_refuses_a_revoked_key_on_the_message() {
    let (keys, store, _following) = node(false).await;
    let known = known(store.keys(), KeyOwner::default()).await;
    store.tell(Change::Secret(known.key.clone()));
    assert_eq!(find(&keys, known.digest).await.expect("the key").state(), KeyState::Enabled);
    revoke(&store, &known).await;
    let polled = store.polled();
    store.tell(Change::Key(known.key.clone()));
    refused(&keys, &known).await;
    assert_eq!(store.polled(), polled, "no poll was needed");
}

#[tokio::test]
async fn another_node_refuses_a_revoked_key_on_its_next_poll_without_a_message() {
    let (keys, store, _following) = node(true).await;
    let known = known(store.keys(), KeyOwner::default()).await;
    assert_eq!(find(&keys, known.digest).await.expect("the key").state(), KeyState::Enabled);
    revoke(&store, &known).await;
    store.count();
    refused(&keys, &known).await;
}

#[tokio::test]
async fn a_broken_connection_is_made_anew_and_what_was_missed_is_polled_for() {
    let (keys, store, _following) = node(false).await;
    let known = known(store.keys(), KeyOwner::default()).await;
    assert_eq!(find(&keys, known.digest).await.expect("the key").state(), KeyState::Enabled);
    revoke(&store, &known).await;
    store.count();
    store.break_connections();
    refused(&keys, &known).await;
    until("it listens again", || store.listeners() == 1).await;
    let polled = store.polled();
    until("it has polled behind it", || store.polled() >= polled).await;
    let other = crate::backing::known(store.keys(), KeyOwner::default()).await;
    assert_eq!(find(&keys, other.digest).await.expect("the key").state(), KeyState::Enabled);
    revoke(&store, &other).await;
    store.tell(Change::Key(other.key.clone()));
    refused(&keys, &other).await;
}

#[tokio::test]
async fn a_broken_connection_over_which_nothing_was_missed_ends_no_answer() {
    let (keys, store, _following) = node(false).await;
    let known = known(store.keys(), KeyOwner::default()).await;
    find(&keys, known.digest).await.expect("the key");
    let polled = store.polled();
    store.break_connections();
    until("it has polled, listens again, and has polled", || store.polled() >= polled + 2).await;
    find(&keys, known.digest).await.expect("the key");
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn a_node_whose_store_is_down_at_the_start_follows_once_it_is_up() {
    let store = Backing::new();
    store.set_down(true);
    let settings = CacheSettings::new().with_poll_interval(Duration::from_millis(10));
    let keys = CachedKeyStore::with_settings(store.clone(), settings);
    let _following = tokio::spawn(keys.follow());
    until("it has tried", || store.polled() >= 2).await;
    store.set_down(false);
    until("it listens", || store.listeners() == 1).await;
    let known = known(store.keys(), KeyOwner::default()).await;
    find(&keys, known.digest).await.expect("the key");
    revoke(&store, &known).await;
    store.tell(Change::Key(known.key.clone()));
    refused(&keys, &known).await;
}

#[tokio::test]
async fn the_follower_ends_when_the_last_handle_is_gone() {
    let (keys, store, following) = node(true).await;
    let clone = keys.clone();
    drop(keys);
    assert!(!following.is_finished());
    drop(clone);
    until("it has ended", || following.is_finished()).await;
    assert_eq!(store.listeners(), 0);
}
