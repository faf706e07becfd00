//! One budget, spent on several nodes at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portcullis::store::{KeyOwner, OwnerRef};
use portcullis::{AccountId, Limits};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Ask, Client, me};
use crate::node::Node;
use crate::places::{Keys, Place, api_key};
use crate::turns::among_others;

const REQUESTS: usize = 1_000;
const CONNECTIONS: usize = 200;

/// 100 in a time that does not end here.
fn hundred() -> Limits {
    Limits::none().with(100, Duration::from_secs(366 * 24 * 3_600)).expect("a limit")
}

/// Sends 1,000 requests over 200 connections to two nodes, and counts the answers.
async fn spend(nodes: &[Node; 2], asks: &[Ask]) -> BTreeMap<u16, usize> {
    let together = Arc::new(Barrier::new(CONNECTIONS));
    let mut asking = JoinSet::new();
    for at in 0..CONNECTIONS {
        let (address, together) = (nodes[at % 2].address(), Arc::clone(&together));
        let ask = asks[at / 2 % asks.len()].clone();
        asking.spawn(async move {
            let mut client = Client::connect(address).await;
            together.wait().await;
            let mut statuses = Vec::new();
            for _ in 0..REQUESTS / CONNECTIONS {
                let answer = client.ask(&ask).await;
                let status = answer.status.as_u16();
                assert_eq!(answer.header("retry-after").is_some(), status == 429, "{answer:?}");
                assert!(answer.header("ratelimit").is_some(), "{answer:?}");
                statuses.push(status);
            }
            statuses
        });
    }
    let mut seen = BTreeMap::new();
    for status in asking.join_all().await.into_iter().flatten() {
        *seen.entry(status).or_insert(0) += 1;
    }
    seen
}

async fn exactly_a_hundred<K: Keys>(place: Place<K>, name: &str) {
    let _turn = among_others().await;
    let key = place.keys.issue_one(api_key().with_limits(hundred())).await;
    let account = AccountId::from("acme");
    place.keys.add_account(&account).await.expect("added");
    place.keys.set_owner_limits(&OwnerRef::Account(account), hundred()).await.expect("limited");
    let of_account = || api_key().with_owner(KeyOwner::account("acme"));
    let shared = place.keys.issue_many(3, of_account).await;
    let nodes: [Node; 2] = Node::start(&place, &[]);

    let expected = BTreeMap::from([(200, 100), (429, 900)]);
    let seen = spend(&nodes, &[me(&key.secret)]).await;
    println!("{name}: 100 for one key, 1,000 requests over 2 nodes: {seen:?}");
    assert_eq!(seen, expected);
    let asks: Vec<_> = shared.iter().map(|key| me(&key.secret)).collect();
    let seen = spend(&nodes, &asks).await;
    println!("{name}: 100 for the three keys of an account: {seen:?}");
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_of_100_lets_100_of_1000_through_with_counters_in_postgres() {
    exactly_a_hundred(Place::in_postgres().await, "postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_of_100_lets_100_of_1000_through_with_counters_in_redis() {
    exactly_a_hundred(Place::in_redis().await, "redis").await;
}
