//! How long an answer counts.

use portcullis::store::cached::CacheSettings;
use portcullis::store::{KeyOwner, KeyState};
use portcullis::{KeyAdmin, Timestamp};

use crate::backing::{Known, NOW, cached, find, known, seconds, try_find};

#[tokio::test]
async fn a_key_that_was_found_is_found_again_without_the_store() {
    let (keys, store, _) = cached(CacheSettings::new());
    let Known { digest, key, .. } = known(store.keys(), KeyOwner::default()).await;
    for _ in 0..10 {
        assert_eq!(find(&keys, digest).await.expect("the key").id(), &key.id);
    }
    assert_eq!((store.asked(), keys.counts().found, keys.counts().missing), (1, 1, 0));
}

#[tokio::test]
async fn without_news_an_answer_lives_for_max_stale() {
    let (keys, store, clock) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    for (moment, asked) in [(0, 1), (29, 1), (30, 2), (59, 2), (60, 3)] {
        clock.set(NOW.saturating_add(seconds(moment)));
        assert!(find(&keys, digest).await.is_some());
        assert_eq!(store.asked(), asked, "after {moment} seconds");
    }
}

#[tokio::test]
async fn a_confirmed_answer_lives_for_its_ttl_and_no_longer() {
    let (keys, store, clock) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    keys.poll_once().await.expect("polled");
    let mut asked = Vec::new();
    for _ in 0..=65 {
        assert!(find(&keys, digest).await.is_some());
        asked.push(store.asked());
        clock.advance(seconds(5));
        keys.poll_once().await.expect("polled");
    }
    assert_eq!((asked[0], asked[59], asked[60], asked[65]), (1, 1, 2, 2));
}

#[tokio::test]
async fn a_poll_confirms_as_of_its_beginning() {
    let settings = CacheSettings::new().with_max_stale(seconds(10));
    let (keys, store, clock) = cached(settings);
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    keys.poll_once().await.expect("polled");
    find(&keys, digest).await.expect("the key");
    clock.advance(seconds(9));
    keys.poll_once().await.expect("polled");
    clock.advance(seconds(9));
    find(&keys, digest).await.expect("the key");
    assert_eq!(store.asked(), 1);
    clock.advance(seconds(1));
    find(&keys, digest).await.expect("the key");
    assert_eq!(store.asked(), 2, "18 seconds after the fill, 10 after the poll");
}

#[tokio::test]
async fn an_outage_is_bridged_until_max_stale_and_is_an_error_behind_it() {
    let (keys, store, clock) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    keys.poll_once().await.expect("polled");
    find(&keys, digest).await.expect("the key");
    clock.advance(seconds(100));
    keys.poll_once().await.expect("polled");
    store.set_down(true);
    for moment in 100..130 {
        clock.set(NOW.saturating_add(seconds(moment)));
        keys.poll_once().await.expect_err("down");
        assert_eq!(find(&keys, digest).await.expect("the key").state(), KeyState::Enabled);
    }
    clock.advance(seconds(1));
    try_find(&keys, digest).await.expect_err("neither yes nor no");
    store.set_down(false);
    assert!(find(&keys, digest).await.is_some());
}

#[tokio::test]
async fn a_clock_that_goes_back_ends_every_answer() {
    let (keys, store, clock) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    find(&keys, digest).await.expect("the key");
    clock.advance(seconds(29));
    find(&keys, digest).await.expect("the key");
    assert_eq!(store.asked(), 1);
    // Back, but to a moment at which the answer was there already.
    clock.set(NOW.saturating_add(seconds(5)));
    find(&keys, digest).await.expect("the key");
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn an_answer_from_the_future_is_stale() {
    let (keys, store, clock) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    find(&keys, digest).await.expect("the key");
    clock.set(Timestamp::from_unix_micros(NOW.as_unix_micros() - 1));
    find(&keys, digest).await.expect("the key");
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn what_was_confirmed_before_the_clock_went_back_confirms_nothing_after_it() {
    let (keys, store, clock) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    clock.advance(seconds(100));
    keys.poll_once().await.expect("polled");
    clock.set(NOW);
    find(&keys, digest).await.expect("the key");
    // The same moments again, in which nobody polls.
    clock.advance(seconds(101));
    find(&keys, digest).await.expect("the key");
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn a_cache_of_no_capacity_keeps_nothing_and_answers() {
    let (keys, store, _) = cached(CacheSettings::new().with_capacity(0).with_missing_capacity(0));
    let Known { digest, key, .. } = known(store.keys(), KeyOwner::default()).await;
    assert!(find(&keys, digest).await.is_some());
    store.keys().revoke(&key, "gone", NOW).await.expect("revoked");
    assert_eq!(find(&keys, digest).await.expect("the key").state(), KeyState::Revoked);
    assert_eq!((store.asked(), keys.counts().found), (2, 0));
}

/// What a provider asks for: one look-up per key in five minutes.
#[tokio::test]
async fn six_thousand_questions_in_an_hour_reach_the_store_twelve_times() {
    for count in [1, 100] {
        let (keys, store, clock) = cached(CacheSettings::new());
        let mut digests = Vec::new();
        for _ in 0..count {
            digests.push(known(store.keys(), KeyOwner::default()).await.digest);
        }
        keys.poll_once().await.expect("polled");
        // 6,000 times 0.6 seconds; the follower polls every 5.
        for turn in 0..6_000_u64 {
            let moment = turn * 600_000;
            clock.set(Timestamp::from_unix_micros(NOW.as_unix_micros() + moment as i64));
            if moment % 5_000_000 < 600_000 {
                keys.poll_once().await.expect("polled");
            }
            for digest in &digests {
                assert!(find(&keys, *digest).await.is_some());
            }
        }
        assert_eq!(store.asked(), 12 * count, "{count} keys");
    }
}
