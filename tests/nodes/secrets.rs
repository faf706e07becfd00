//! Secrets that come and go, heard by nodes that know better.

use std::time::Duration;

use http::StatusCode;

use crate::client::me;
use crate::load::nobodys;
use crate::node::{LATEST, Node, connect_all};
use crate::places::{Keys, Place, api_key, key_ref, now};
use crate::settled::{settle, until};
use crate::turns::alone;

const ROUNDS: usize = 10;

/// A key that both nodes know not to be there is issued, and rotated once they know that it is.
async fn come_and_go<K: Keys>(place: Place<K>, name: &str) {
    let _turn = alone().await;
    let rare =
        [("POLL_MILLISECONDS", "3600000"), ("MAX_STALE_MILLISECONDS", "36000000"), ("THROTTLE", "off")];
    let nodes: [Node; 2] = Node::start(&place, &rare);
    let mut clients = connect_all(&nodes).await;
    settle(&place, &mut clients).await;
    let [one, other] = &mut clients[..] else { panic!("two nodes") };
    let (ok, refused) = (StatusCode::OK, StatusCode::UNAUTHORIZED);
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let imported = nobodys();
        let ask = me(&imported);
        assert_eq!([one.ask(&ask).await.status, other.ask(&ask).await.status], [refused; 2]);
        let issued = place.keys.issue_one(api_key().with_secret(imported)).await;
        let issuing = tokio::join!(until(one, &ask, ok), until(other, &ask, ok));
        let renewed = place.keys.rotate(&key_ref(&issued.id), Duration::ZERO, now()).await.expect("rotated");
        let rotating = tokio::join!(until(one, &ask, refused), until(other, &ask, refused));
        let ask = me(&renewed.secret);
        assert_eq!([one.ask(&ask).await.status, other.ask(&ask).await.status], [ok; 2]);
        all.extend([issuing.0, issuing.1, rotating.0, rotating.1]);
    }
    all.sort();
    let (median, longest) = (all[all.len() / 2], all[all.len() - 1]);
    println!("{name}: keys issued and rotated, heard after: median {median:.1?}, longest {longest:.1?}");
    assert!(median <= Duration::from_millis(100), "{all:?}");
    // Other programs may keep a node from its turn.
    assert!(longest <= LATEST, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_unknown_is_accepted_once_issued_and_refused_once_rotated_in_postgres() {
    come_and_go(Place::in_postgres().await, "postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_unknown_is_accepted_once_issued_and_refused_once_rotated_in_redis() {
    come_and_go(Place::in_redis().await, "redis").await;
}
