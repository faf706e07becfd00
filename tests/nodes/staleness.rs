//! What nodes do with the keys that they have cached when the store has gone.

use std::time::{Duration, Instant};

use http::StatusCode;
use portcullis::store::IssuedKey;

use crate::client::{Client, me};
use crate::node::{LATEST, Node, connect_all};
use crate::places::{Keys, Place, api_key, key_ref, now};
use crate::servers::{Kind, Own, OwnPostgres, OwnRedis};
use crate::settled::settle;
use crate::turns::among_others;

const MAX_STALE: Duration = Duration::from_millis(1_500);
/// Longer than anything takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until the answer is this one, and says how long that took and when the last request
/// was sent that had another: which must have been that other one.
async fn until(client: &mut Client, key: &IssuedKey, from: StatusCode, to: StatusCode) -> [Duration; 2] {
    let begun = Instant::now();
    let mut last = Duration::ZERO;
    loop {
        let sent = begun.elapsed();
        assert!(sent < PATIENCE, "it is {from} for ever");
        let status = client.ask(&me(&key.secret)).await.status;
        if status == to {
            return [begun.elapsed(), last];
        }
        assert_eq!(status, from);
        last = sent;
    }
}

async fn cached_keys_end_in_503<K: Keys, S: Kind>(place: Place<K>, server: &Own<S>, name: &str) {
    let keys = place.keys.issue_many(2, api_key).await;
    let max_stale = MAX_STALE.as_millis().to_string();
    let settings =
        [("POLL_MILLISECONDS", "200"), ("MAX_STALE_MILLISECONDS", &max_stale), ("THROTTLE", "off")];
    let nodes: [Node; 2] = Node::start(&place, &settings);
    let mut clients = connect_all(&nodes).await;
    settle(&place, &mut clients).await;
    let (ok, away, refused) = (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE, StatusCode::UNAUTHORIZED);
    for client in &mut clients {
        for key in &keys {
            assert_eq!(client.ask(&me(&key.secret)).await.status, ok);
        }
    }

    server.stop();
    let [one, other] = &mut clients[..] else { panic!("two nodes") };
    let both = tokio::join!(until(one, &keys[0], ok, away), until(other, &keys[0], ok, away));
    let lasts = [both.0[1], both.1[1]];
    println!("{name}: accepted for {lasts:.1?} after the store had gone; then 503");
    assert!(lasts.iter().all(|last| *last >= MAX_STALE / 3), "the cache is of no use: {lasts:?}");
    // What was under way when it went may take a moment more than what was asked before.
    assert!(lasts.iter().all(|last| *last <= MAX_STALE + Duration::from_millis(100)), "{lasts:?}");
    let ask = me(&keys[1].secret);
    let both = tokio::join!(one.ask(&ask), other.ask(&ask));
    assert_eq!([both.0.status, both.1.status], [away; 2]);

    server.start();
    let both = tokio::join!(until(one, &keys[0], away, ok), until(other, &keys[0], away, ok));
    println!("{name}: accepted again {:.1?} after the store was back", [both.0[0], both.1[0]]);
    // And they hear again.
    place.keys.revoke(&key_ref(&keys[0].id), "at last", now()).await.expect("revoked");
    let both = tokio::join!(until(one, &keys[0], ok, refused), until(other, &keys[0], ok, refused));
    println!("{name}: revoked then, and refused after {:.1?}", [both.0[0], both.1[0]]);
    assert!([both.0[0], both.1[0]].iter().all(|took| *took < LATEST));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_key_is_a_503_once_postgres_was_away_for_longer_than_max_stale() {
    let _turn = among_others().await;
    let server = OwnPostgres::new();
    cached_keys_end_in_503(Place::at_postgres(server.url()).await, &server, "postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_key_is_a_503_once_redis_was_away_for_longer_than_max_stale() {
    let _turn = among_others().await;
    let server = OwnRedis::new();
    cached_keys_end_in_503(Place::at_redis(server.url()).await, &server, "redis").await;
}
