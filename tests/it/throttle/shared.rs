//! Failures that several nodes count together.

use portcullis::store::memory::MemoryCounterStore;
use portcullis::throttle::Throttle;
use portcullis::{KeyId, Secret};

use super::{WRONG, came, from, keys, layer, per_minute, signed};
use crate::kit::{Down, Kit, get, send};
use crate::leaks::Log;

#[tokio::test]
async fn the_failure_over_a_shared_budget_is_refused_on_the_other_node() {
    let kit = Kit::new().await;
    let (_, key) = keys(&kit).await;
    let counters = MemoryCounterStore::new();
    let nodes = [0, 1].map(|_| layer(&kit, Throttle::shared(counters.clone())));
    let fail = async |node: usize| came(&send(&nodes[node], from(get("/", WRONG), "192.0.2.7")).await);
    for failure in 0..20 {
        assert_eq!(fail(failure % 2).await, (401, None), "{failure}");
    }
    assert_eq!(fail(0).await, (429, Some(1)));
    assert_eq!(fail(1).await, (429, Some(1)));
    // Keys likewise, each time from elsewhere.
    for failure in 0..12 {
        let address = format!("2001:db8:{failure:x}::1");
        let request = from(signed(&kit, &key.id, &Secret::from("guess")), &address);
        let expected = if failure < 10 { 401 } else { 429 };
        assert_eq!(send(&nodes[failure % 2], request).await.status, expected, "{failure}");
    }
    for node in &nodes {
        let good = from(signed(&kit, &key.id, &key.secret), "192.0.2.8");
        assert_eq!(send(node, good).await.status, 200);
    }
}

#[tokio::test]
async fn counters_that_are_down_leave_each_node_to_count_for_itself() {
    let log = Log::capture();
    let kit = Kit::new().await;
    let (_, key) = keys(&kit).await;
    let layer =
        layer(&kit, Throttle::shared(Down).with_address_budget(per_minute(3)).with_key_budget(per_minute(2)));
    let fail = async || {
        let request = from(signed(&kit, &key.id, &Secret::from("guess")), "192.0.2.7");
        came(&send(&layer, request).await)
    };
    assert_eq!([fail().await, fail().await, fail().await], [(401, None), (401, None), (429, Some(40))]);
    assert_eq!(fail().await, (429, Some(40)), "the key has to be waited for longer than the address");
    let good = from(signed(&kit, &key.id, &key.secret), "192.0.2.7");
    assert_eq!(came(&send(&layer, good).await), (429, Some(1)), "now the address waits");
    assert!(log.text().contains("the counters of failures cannot answer"));
}

#[tokio::test]
async fn a_good_request_asks_no_counters() {
    let kit = Kit::new().await;
    let (_, key) = keys(&kit).await;
    let log = Log::capture();
    let layer = layer(&kit, Throttle::shared(Down));
    assert_eq!(send(&layer, from(signed(&kit, &key.id, &key.secret), "192.0.2.7")).await.status, 200);
    assert!(!log.text().contains("the counters of failures"));
}

#[tokio::test]
async fn an_id_that_nobody_has_is_in_no_log() {
    let log = Log::capture();
    let kit = Kit::new().await;
    let layer = layer(&kit, Throttle::shared(Down).with_key_budget(per_minute(1)));
    for _ in 0..3 {
        let request = signed(&kit, &KeyId::from("typed-into-the-wrong-field"), &Secret::from("guess"));
        let _ = send(&layer, from(request, "192.0.2.7")).await;
    }
    assert!(!log.text().contains("typed-into-the-wrong-field"));
}
