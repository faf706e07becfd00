//! What claims and counters in SQL promise besides the battery.

use std::sync::Arc;

use portcullis::store::{Budget, Claim, CounterStore, NonceStore, StoreError, Taken};
use portcullis::{Clock, KeyId, Limit, Realm, Scheme, SystemClock, Timestamp};

use crate::databases::Database;
use crate::fixtures::{at, seconds};

async fn claim(
    nonces: &impl NonceStore,
    nonce: &[u8],
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (realm, key) = (Realm::default(), KeyId::from("k"));
    nonces.claim(&Claim::new(&realm, Scheme::XAuth, &key, nonce, until, now)).await
}

fn minutes(count: u64) -> std::time::Duration {
    seconds(60 * count)
}

pub(crate) async fn a_node_whose_clock_went_back_claims_nothing_that_may_be_forgotten<D: Database>() {
    let place = D::fresh().await;
    let nonces = D::nonces(&place.open().await);
    let now = SystemClock.now();
    for (ago, expected) in [(9, true), (11, false), (100_000, false)] {
        let until = now.saturating_sub(minutes(ago));
        let answer = claim(&nonces, b"n", until, until.saturating_sub(minutes(1))).await;
        assert_eq!(answer.expect("an answer"), expected, "{ago} minutes");
    }
}

pub(crate) async fn what_is_past_is_swept_and_never_given_again<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let nonces = D::nonces(&store);
    let now = SystemClock.now();
    let ahead = now.saturating_add(minutes(5));
    for nonce in 0..5_u8 {
        assert!(claim(&nonces, &[nonce], ahead, now).await.expect("an answer"));
    }
    D::sweep(&nonces).await;
    assert_eq!(place.count("nonces").await, 5, "what is live stays");

    // As though 30 minutes had gone by.
    assert_eq!(place.run("UPDATE nonces SET until = until - 1800000000").await.expect("changed"), 5);
    D::sweep(&nonces).await;
    assert_eq!(place.count("nonces").await, 0);
    let past = ahead.saturating_sub(minutes(30));
    assert!(!claim(&nonces, &[0], past, past.saturating_sub(minutes(1))).await.expect("an answer"));
}

pub(crate) async fn the_floor_holds_though_the_databases_clock_went_back<D: Database>() {
    let place = D::fresh().await;
    let nonces = D::nonces(&place.open().await);
    let now = SystemClock.now();
    // As though what ends in the next ten minutes had been swept by a clock that was ahead.
    let floor = now.saturating_add(minutes(10)).as_unix_micros();
    let raise = format!("UPDATE nonce_floor SET floor = {floor}");
    assert_eq!(place.run(&raise).await.expect("raised"), 1);
    assert!(!claim(&nonces, b"n", now.saturating_add(minutes(9)), now).await.expect("an answer"));
    assert!(claim(&nonces, b"n", now.saturating_add(minutes(11)), now).await.expect("an answer"));
    D::sweep(&nonces).await;
    assert_eq!(place.count(&format!("nonce_floor WHERE floor = {floor}")).await, 1, "it never sinks");
}

pub(crate) async fn of_two_nodes_with_the_same_request_one_is_served_once<D: Database>() {
    let place = D::fresh().await;
    let nodes = Arc::new([D::nonces(&place.open().await), D::nonces(&place.open().await)]);
    let now = SystemClock.now();
    let mut claims = tokio::task::JoinSet::new();
    for task in 0..16 {
        let nodes = Arc::clone(&nodes);
        claims.spawn(async move {
            let mut served = 0;
            for request in 0..50 {
                let answer = claim(&nodes[(task + request) % 2], b"n", now.saturating_add(minutes(5)), now);
                served += usize::from(answer.await.expect("an answer"));
            }
            served
        });
    }
    assert_eq!(claims.join_all().await.into_iter().sum::<usize>(), 1);
}

pub(crate) async fn of_a_thousand_on_two_nodes_a_quota_of_a_hundred_serves_a_hundred<D: Database>() {
    let place = D::fresh().await;
    let nodes = Arc::new([D::counters(&place.open().await), D::counters(&place.open().await)]);
    let mut requests = tokio::task::JoinSet::new();
    for task in 0..20 {
        let nodes = Arc::clone(&nodes);
        requests.spawn(async move {
            let limit = |count| Limit::new(count, minutes(1)).expect("a limit");
            let budgets = [
                Budget { name: "key", limit: limit(100) },
                Budget { name: "account", limit: limit(1_000_000) },
            ];
            let mut served = 0;
            for request in 0..50 {
                // In either order, so that two may not wait for each other.
                let ordered = if request % 2 == 0 { budgets } else { [budgets[1], budgets[0]] };
                let taken = nodes[(task + request) % 2].take(&ordered, at(0)).await.expect("an answer");
                served += usize::from(matches!(taken, Taken::All(_)));
            }
            served
        });
    }
    assert_eq!(requests.join_all().await.into_iter().sum::<usize>(), 100);
    assert_eq!(place.count("counters WHERE used = 100").await, 2, "of the account too");
}

pub(crate) async fn counters_of_days_that_are_past_are_swept<D: Database>() {
    let place = D::fresh().await;
    let counters = D::counters(&place.open().await);
    let limit = Limit::new(1, minutes(1)).expect("a limit");
    for name in ["a", "b"] {
        counters.take(&[Budget { name, limit }], at(0)).await.expect("an answer");
    }
    D::sweep_counters(&counters, at(86_400)).await;
    assert_eq!(place.count("counters").await, 2, "the clock may go back by a day");
    D::sweep_counters(&counters, at(86_400 + 61)).await;
    assert_eq!(place.count("counters").await, 0);
}

pub(crate) async fn neither_claims_nor_counts_are_answered_without_the_database<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (nonces, counters) = (D::nonces(&store), D::counters(&store));
    let now = SystemClock.now();
    assert_eq!(place.run("DELETE FROM nonce_floor").await.expect("damaged"), 1);
    let answer = claim(&nonces, b"n", now.saturating_add(minutes(5)), now).await;
    assert!(matches!(answer, Err(StoreError::Corrupt(_))), "{answer:?}");
    D::close(&store).await;
    let answer = claim(&nonces, b"n", now.saturating_add(minutes(5)), now).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    let limit = Limit::new(1, minutes(1)).expect("a limit");
    let answer = counters.take(&[Budget { name: "a", limit }], now).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}
