//! One signed request, sent to several nodes many times.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use portcullis::x_auth::XAuthSigner;
use tokio::task::JoinSet;

use crate::client::{Client, order, signed_order};
use crate::node::Node;
use crate::places::{Keys, Place, now, signing_key};
use crate::turns::among_others;

const TIMES: usize = 10_000;
const CONNECTIONS: usize = 16;
/// Longer than it takes to send it so often: a request that has expired proves nothing.
const LIFE: Duration = Duration::from_secs(500);

async fn one_of_ten_thousand<K: Keys>(place: Place<K>, name: &str) {
    let _turn = among_others().await;
    let issued = place.keys.issue_one(signing_key()).await;
    // Failures are counted too, and a replay is one: after a few there would only be 429.
    let nodes: [Node; 2] = Node::start(&place, &[("THROTTLE", "off")]);
    let signer = XAuthSigner::new(issued.id, &issued.secret).with_life(LIFE);
    let ask = Arc::new(order(&signer.sign(b"one order", now()).expect("signed"), "one order"));

    let begun = Instant::now();
    let left = Arc::new(AtomicUsize::new(TIMES));
    let mut asking = JoinSet::new();
    for (node, _) in nodes.iter().cycle().zip(0..2 * CONNECTIONS) {
        let (address, ask, left) = (node.address(), Arc::clone(&ask), Arc::clone(&left));
        asking.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut seen = BTreeMap::new();
            let one_less = |left: usize| left.checked_sub(1);
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
                *seen.entry(client.ask(&ask).await.status.as_u16()).or_insert(0) += 1;
            }
            seen
        });
    }
    let mut seen = BTreeMap::new();
    for counts in asking.join_all().await {
        for (status, count) in counts {
            *seen.entry(status).or_insert(0) += count;
        }
    }
    let took = begun.elapsed();
    println!("{name}: one request {TIMES} times over 2 nodes in {took:.1?}: {seen:?}");
    assert_eq!(seen, BTreeMap::from([(200, 1), (401, TIMES - 1)]));
    assert!(took < LIFE, "the last ones had expired: {took:?}");

    for (node, body) in nodes.iter().zip(["a second order", "a third one"]) {
        let mut client = node.connect().await;
        assert_eq!(client.ask(&signed_order(&signer, body)).await.status, StatusCode::OK);
        assert_eq!(client.ask(&ask).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_ten_thousand_repeats_is_accepted_with_claims_in_postgres() {
    one_of_ten_thousand(Place::in_postgres().await, "claims in postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_ten_thousand_repeats_is_accepted_with_claims_in_redis() {
    let place = Place::in_postgres().await.with_claims_in_redis();
    one_of_ten_thousand(place, "claims in redis, keys in postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_ten_thousand_repeats_is_accepted_with_all_in_redis() {
    one_of_ten_thousand(Place::in_redis().await, "all in redis").await;
}
