//! What keys are limited to: entry points, and networks.

use crate::store::{
    AdminError, EntryPoint, EntryPointStore, EntryPoints, KeyQuery, Networks, SavedEntryPoint, SyncReport,
};
use crate::{KeyId, Realm, Reason};

use super::fixtures::*;

fn declared(pairs: &[(&str, &str)]) -> Vec<EntryPoint> {
    pairs.iter().map(|(name, pattern)| EntryPoint::new(*name, *pattern).expect("names")).collect()
}

fn only(names: &[&str]) -> EntryPoints {
    EntryPoints::only(names.iter().copied()).expect("names")
}

async fn sync(store: &impl EntryPointStore, pairs: &[(&str, &str)]) -> SyncReport {
    store.sync_entry_points(&declared(pairs)).await.expect("saved")
}

/// The names of the list, with a mark on those that are gone.
async fn listed(store: &impl EntryPointStore) -> Vec<String> {
    let mark = |line: SavedEntryPoint| {
        let (name, pattern) = (line.entry_point.name(), line.entry_point.pattern());
        format!("{name} {pattern}{}", if line.live { "" } else { " gone" })
    };
    store.entry_points().await.expect("a list").into_iter().map(mark).collect()
}

/// Entry points that are assigned hold at the next look-up, in the list, and with another epoch.
pub async fn names_assigned_hold_for_the_next_request(store: &impl EntryPointStore) {
    sync(store, &[("a", "/a"), ("b", "/b")]).await;
    let keys = both_kinds(store, |key| key).await;
    for (names, allowed) in
        [(only(&["a"]), [true, false]), (only(&[]), [false; 2]), (EntryPoints::any(), [true; 2])]
    {
        let before = found(store, &keys).await;
        for (_, key) in &keys {
            store.assign_entry_points(&default_realm(&key.id), names.clone()).await.expect("assigned");
        }
        for (record, before) in found(store, &keys).await.iter().zip(before) {
            let passes = ["a", "b"].map(|name| refused(record, name, "192.0.2.7").is_none());
            assert_eq!((passes, record.entry_points()), (allowed, &names));
            assert!(record.epoch() > before.epoch(), "a cached record is told from the new one");
        }
        let listed =
            store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list");
        assert!(listed.len() == 2 && listed.iter().all(|line| line.entry_points == names));
    }
}

/// Only a saved, live name is assigned; a refusal leaves the key as it was. A key may be issued
/// for names that are not saved.
pub async fn a_name_that_is_not_saved_or_is_gone_is_not_assigned(store: &impl EntryPointStore) {
    sync(store, &[("a", "/a"), ("gone", "/g")]).await;
    sync(store, &[("a", "/a")]).await;
    let issued = issue(store, api_key().with_entry_points(only(&["gone", "not-saved"]))).await;
    let key = default_realm(&issued.id);
    let before = find_key(store, &issued.secret).await.expect("found").epoch();
    for name in ["A", "/a", "*", "gone", "never"] {
        let answer = store.assign_entry_points(&key, only(&["a", name])).await;
        assert!(matches!(answer, Err(AdminError::UnknownEntryPoint)), "{name}: {answer:?}");
    }
    let record = find_key(store, &issued.secret).await.expect("found");
    assert_eq!((record.entry_points(), record.epoch()), (&only(&["gone", "not-saved"]), before));
}

/// An entry point that is no longer declared is kept and marked; what is added, changed and gone
/// is told in the order of the names.
pub async fn what_is_gone_is_kept_and_comes_back(store: &impl EntryPointStore) {
    assert!(listed(store).await.is_empty());
    let first = sync(store, &[("b", "/b"), ("a", "/a"), ("/c/{id}", "/c/{id}")]).await;
    assert_eq!(
        (first.added.join(" "), first.changed.len(), first.gone.len()),
        ("/c/{id} a b".to_owned(), 0, 0)
    );
    assert!(sync(store, &[("a", "/a"), ("b", "/b"), ("/c/{id}", "/c/{id}")]).await.is_empty());

    let second = sync(store, &[("a", "/v2/a"), ("d", "/d")]).await;
    assert_eq!((second.added.join(" "), second.changed.join(" ")), ("d".to_owned(), "a".to_owned()));
    assert_eq!(second.gone, ["/c/{id}", "b"]);
    assert_eq!(listed(store).await, ["/c/{id} /c/{id} gone", "a /v2/a", "b /b gone", "d /d"]);

    let third = sync(store, &[("b", "/v2/b"), ("d", "/d"), ("a", "/v2/a")]).await;
    assert_eq!((third.added.join(" "), third.changed.len(), third.gone.len()), ("b".to_owned(), 0, 0));
    assert_eq!(listed(store).await, ["/c/{id} /c/{id} gone", "a /v2/a", "b /v2/b", "d /d"]);
    assert_eq!(sync(store, &[]).await.gone, ["a", "b", "d"]);
}

/// A key keeps the names that it was given when they go.
pub async fn what_is_gone_is_still_what_a_key_may_call(store: &impl EntryPointStore) {
    sync(store, &[("a", "/a")]).await;
    let issued = issue(store, api_key()).await;
    store.assign_entry_points(&default_realm(&issued.id), only(&["a"])).await.expect("assigned");
    sync(store, &[]).await;
    let record = find_key(store, &issued.secret).await.expect("found");
    let reasons = ["a", "b"].map(|name| refused(&record, name, ""));
    assert_eq!(reasons, [None, Some(Reason::EntryPointNotAllowed)]);
}

/// A list with the same name twice is refused as a whole.
pub async fn a_list_with_a_name_twice_saves_nothing(store: &impl EntryPointStore) {
    sync(store, &[("a", "/a")]).await;
    for second in ["/b", "/c"] {
        let answer = store.sync_entry_points(&declared(&[("b", "/b"), ("b", second)])).await;
        assert!(matches!(answer, Err(AdminError::RepeatedEntryPoint)), "{answer:?}");
    }
    assert_eq!(listed(store).await, ["a /a"]);
}

/// Of two nodes that save the same list at the same moment, one adds and the other finds it there.
pub async fn of_two_that_save_the_same_list_at_once_one_adds(store: &impl EntryPointStore) {
    let list = declared(&[("a", "/a"), ("b", "/b")]);
    let answers = at_once([store.sync_entry_points(&list), store.sync_entry_points(&list)]).await;
    let added: Vec<_> = answers.into_iter().map(|answer| answer.expect("saved").added.len()).collect();
    assert_eq!((added.iter().sum::<usize>(), listed(store).await.len()), (2, 2), "{added:?}");
}

/// Entry points and networks hold for both secrets of a rotated key.
pub async fn a_limit_survives_rotation_and_switches(store: &impl EntryPointStore) {
    sync(store, &[("a", "/a")]).await;
    let networks = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    let issued = issue(store, api_key()).await;
    let key = default_realm(&issued.id);
    store.assign_entry_points(&key, only(&["a"])).await.expect("assigned");
    store.assign_networks(&key, networks.clone()).await.expect("assigned");
    let renewed = store.rotate(&key, seconds(60), at(0)).await.expect("rotated");
    for secret in [&issued.secret, &renewed.secret] {
        let record = find_key(store, secret).await.expect("found");
        assert_eq!((record.entry_points(), record.networks()), (&only(&["a"]), &networks));
    }
    store.assign_networks(&key, Networks::any()).await.expect("assigned");
    for secret in [&issued.secret, &renewed.secret] {
        assert!(find_key(store, secret).await.expect("found").networks().is_any());
    }
}

/// A key that is revoked or unknown is not limited, and its epoch stays.
pub async fn a_revoked_or_unknown_key_is_not_limited(store: &impl EntryPointStore) {
    sync(store, &[("a", "/a")]).await;
    let issued = issue(store, api_key()).await;
    let revoked = default_realm(&issued.id);
    store.revoke(&revoked, "lost", at(5)).await.expect("revoked");
    let before = find_key(store, &issued.secret).await.expect("found").epoch();
    for answer in [
        store.assign_entry_points(&revoked, only(&["a"])).await,
        store.assign_networks(&revoked, Networks::any()).await,
    ] {
        assert!(matches!(answer, Err(AdminError::Revoked)), "{answer:?}");
    }
    assert_eq!(find_key(store, &issued.secret).await.expect("found").epoch(), before);
    let unknown = default_realm(&KeyId::from("absent"));
    for answer in [
        store.assign_entry_points(&unknown, only(&["a"])).await,
        store.assign_networks(&unknown, Networks::any()).await,
    ] {
        assert!(matches!(answer, Err(AdminError::UnknownKey)), "{answer:?}");
    }
}
