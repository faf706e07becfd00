//! What counters in Redis promise besides what every store of counters does.

use portcullis::store::redis::{RedisCounterStore, RedisServer};
use portcullis::store::{Budget, CounterStore, StoreError, Taken};
use portcullis::{Clock, Limit, SystemClock};
use redis::{AsyncCommands, cmd};
use tokio::task::JoinSet;

use crate::fixtures::{at, seconds};
use crate::redis_backends::{namespace, plain, server_in};
use crate::servers::{OwnRedis, redis_url};

fn budget(name: &str, count: u64, period: u64) -> Budget<'_> {
    Budget { name, limit: Limit::new(count, seconds(period)).expect("a limit") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_requests_on_two_connections_as_many_are_served_as_there_are() {
    let name = namespace();
    let stores =
        [RedisCounterStore::new(server_in(&name).await), RedisCounterStore::new(server_in(&name).await)];
    let now = SystemClock.now();
    let mut takers = JoinSet::new();
    for number in 0..1_000 {
        let store = stores[number % 2].clone();
        takers.spawn(async move {
            store.take(&[budget("account acme", 100, 86_400), budget("key k", 500, 86_400)], now).await
        });
    }
    let answers = takers.join_all().await;
    let mut served: Vec<_> = answers
        .iter()
        .filter_map(|answer| match answer.as_ref().expect("an answer") {
            Taken::All(spent) => Some(spent[0].used),
            Taken::Exhausted { .. } => None,
        })
        .collect();
    served.sort_unstable();
    assert_eq!(served, (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_counter_goes_some_time_after_its_period() {
    let name = namespace();
    let store = RedisCounterStore::new(server_in(&name).await);
    store.take(&[budget("a", 1, 60)], at(0)).await.expect("taken");
    let mut connection = plain(&redis_url()).await;
    let left: i64 = connection.ttl(format!("{{{name}}}:budget:2:60:1:a")).await.expect("a time");
    assert!((600..=720).contains(&left), "{left}");
}

#[tokio::test]
async fn a_budget_that_is_named_twice_gives_two_and_one_that_was_lessened_gives_nothing() {
    let store = RedisCounterStore::new(server_in(&namespace()).await);
    let twice = [budget("a", 3, 60), budget("a", 3, 60)];
    let Ok(Taken::All(spent)) = store.take(&twice, at(0)).await else { panic!("taken") };
    assert_eq!([spent[0].used, spent[1].used], [1, 2]);
    assert!(matches!(store.take(&twice, at(0)).await, Ok(Taken::Exhausted { index: 1, .. })));
    let Ok(Taken::Exhausted { spent, .. }) = store.take(&[budget("a", 1, 60)], at(0)).await else {
        panic!("nothing is left")
    };
    assert_eq!((spent.used, spent.resets_at), (1, at(60)));
    let Ok(Taken::All(spent)) = store.take(&[budget("a", 3, 60)], at(0)).await else { panic!("taken") };
    assert_eq!(spent[0].used, 3, "the refused ones took nothing");
}

#[tokio::test]
async fn the_largest_numbers_are_exact() {
    const MOST: u64 = 1_000_000_000_000_000;
    let name = namespace();
    let store = RedisCounterStore::new(server_in(&name).await);
    let budget = [budget("a", MOST, 60)];
    store.take(&budget, at(0)).await.expect("taken");
    let mut connection = plain(&redis_url()).await;
    let () = connection
        .set(format!("{{{name}}}:budget:2:60:1:a"), format!("0 {}", MOST - 1))
        .await
        .expect("written");
    let Ok(Taken::All(spent)) = store.take(&budget, at(0)).await else { panic!("taken") };
    assert_eq!(spent[0].used, MOST);
    assert!(matches!(store.take(&budget, at(0)).await, Ok(Taken::Exhausted { .. })));
}

#[tokio::test]
async fn a_full_server_counts_nothing() {
    let own = OwnRedis::new();
    let store = RedisCounterStore::new(RedisServer::connect(own.url()).await.expect("Redis"));
    let mut connection = plain(own.url()).await;
    let both = [budget("a", 10, 60), budget("b", 10, 60)];
    store.take(&both, at(0)).await.expect("taken");
    for (most, full) in [("1", true), ("0", false)] {
        let mut set = cmd("CONFIG");
        let () = set.arg("SET").arg("maxmemory").arg(most).query_async(&mut connection).await.expect("set");
        let answer = store.take(&both, at(0)).await;
        assert_eq!(matches!(answer, Err(StoreError::Full)), full, "{answer:?}");
        if let Ok(Taken::All(spent)) = answer {
            assert_eq!([spent[0].used, spent[1].used], [2, 2]);
        }
    }
}
