//! What becomes of counters when the clock of a node is wrong.

use portcullis::store::redis::RedisCounterStore;
use portcullis::store::{Budget, CounterStore, Taken};
use portcullis::{Clock, Limit, SystemClock, Timestamp};

use crate::databases::{Database, Postgres, Sqlite};
use crate::fixtures::seconds;
use crate::redis_backends::server;

const DAY: u64 = 86_400;

/// Takes one of two in a minute; how many were taken, and the end of the period.
async fn take(counters: &impl CounterStore, name: &str, now: Timestamp) -> (u64, Timestamp) {
    let budget = Budget { name, limit: Limit::new(2, seconds(60)).expect("a limit") };
    match counters.take(&[budget], now).await.expect("an answer") {
        Taken::All(spent) => (spent[0].used, spent[0].resets_at),
        Taken::Exhausted { spent, .. } => (3, spent.resets_at),
    }
}

async fn a_clock_that_was_days_ahead_holds_no_budget_until_then(counters: &impl CounterStore) {
    let now = SystemClock.now();
    for days in [2, 400] {
        let name = format!("{days} days");
        let ahead = now.saturating_add(seconds(days * DAY));
        for used in 1..=3 {
            assert_eq!(take(counters, &name, ahead).await.0, used, "{name}");
        }
        for used in 1..=3 {
            let (came, resets_at) = take(counters, &name, now).await;
            assert_eq!(came, used, "{name}");
            assert!(resets_at <= now.saturating_add(seconds(60)), "{name}");
        }
    }
    // A clock that is ahead by less than a day is one that may go back.
    let ahead = now.saturating_add(seconds(3_600));
    for used in 1..=3 {
        assert_eq!(take(counters, "an hour", ahead).await.0, used);
    }
    assert_eq!(take(counters, "an hour", now).await.0, 3);
}

async fn a_clock_that_is_ahead_sweeps_no_counter_of_others<D: Database>() {
    let place = D::fresh().await;
    let counters = D::counters(&place.open().await);
    let now = SystemClock.now();
    take(&counters, "live", now).await;
    take(&counters, "past", now.saturating_sub(seconds(2 * DAY))).await;
    D::sweep_counters(&counters, now.saturating_add(seconds(30 * DAY))).await;
    assert_eq!(place.count("counters").await, 1, "what is past is swept, and what is live is not");
    assert_eq!(take(&counters, "live", now).await.0, 2);
}

#[tokio::test]
async fn in_sqlite_a_clock_that_was_days_ahead_holds_nothing() {
    let place = Sqlite::fresh().await;
    let counters = Sqlite::counters(&place.open().await);
    a_clock_that_was_days_ahead_holds_no_budget_until_then(&counters).await;
}

#[tokio::test]
async fn in_postgres_a_clock_that_was_days_ahead_holds_nothing() {
    let place = Postgres::fresh().await;
    let counters = Postgres::counters(&place.open().await);
    a_clock_that_was_days_ahead_holds_no_budget_until_then(&counters).await;
}

#[tokio::test]
async fn in_redis_a_clock_that_was_days_ahead_holds_nothing() {
    let counters = RedisCounterStore::new(server().await);
    a_clock_that_was_days_ahead_holds_no_budget_until_then(&counters).await;
}

#[tokio::test]
async fn in_sqlite_a_clock_that_is_ahead_sweeps_nothing_of_others() {
    a_clock_that_is_ahead_sweeps_no_counter_of_others::<Sqlite>().await;
}

#[tokio::test]
async fn in_postgres_a_clock_that_is_ahead_sweeps_nothing_of_others() {
    a_clock_that_is_ahead_sweeps_no_counter_of_others::<Postgres>().await;
}
