//! What a node writes down when it is asked to stop.

use std::sync::Arc;

use http::StatusCode;
use portcullis::Timestamp;
use portcullis::x_auth::XAuthSigner;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::client::{Client, me, signed_order};
use crate::node::Node;
use crate::places::{Keys, Place, api_key, key_ref, now, signing_key};
use crate::turns::among_others;

/// Stops a node by a signal while clients ask it, and looks what is written.
async fn written_at_the_end<K: Keys>(place: Place<K>) {
    let _turn = among_others().await;
    let keys = place.keys.issue_many(4, api_key).await;
    let unused = place.keys.issue_one(api_key()).await;
    let signing = place.keys.issue_one(signing_key()).await;
    let [node]: [Node; 1] = Node::start(&place, &[]);
    let signer = XAuthSigner::new(signing.id.clone(), &signing.secret);
    let begun = now();
    let order = node.connect().await.ask(&signed_order(&signer, "an order")).await;
    assert_eq!(order.status, StatusCode::OK);

    let served = Arc::new(Notify::new());
    let mut asking = JoinSet::new();
    for key in &keys {
        let (address, ask, served) = (node.address(), me(&key.secret), Arc::clone(&served));
        let id = key.id.clone();
        asking.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut last: Option<Timestamp> = None;
            loop {
                let sent = now();
                // Once it stops, it closes connections between two requests.
                let Ok(answer) = client.try_ask(&ask).await else { return (id, last.expect("served")) };
                assert_eq!(answer.status, StatusCode::OK);
                last = Some(sent);
                served.notify_one();
            }
        });
    }
    for _ in 0..100 {
        served.notified().await;
    }
    node.terminate();
    let asked = asking.join_all().await;
    let end = node.end();
    assert_eq!(end.code, Some(0), "{}", end.log);
    let ended = now();
    for (id, last) in asked {
        let used = last_used(&place, &id).await.expect("a use");
        // Stores keep whole seconds, or less.
        assert!(used.as_unix_seconds() >= last.as_unix_seconds() && used <= ended, "{used:?}, {last:?}");
    }
    let used = last_used(&place, &signing.id).await.expect("a use");
    assert!(used.as_unix_seconds() >= begun.as_unix_seconds() && used <= ended, "{used:?}");
    assert_eq!(last_used(&place, &unused.id).await, None);
}

async fn last_used<K: Keys>(place: &Place<K>, id: &portcullis::KeyId) -> Option<Timestamp> {
    place.keys.find_key(&key_ref(id)).await.expect("an answer").expect("the key").last_used
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_asked_to_stop_writes_the_last_uses_into_postgres() {
    written_at_the_end(Place::in_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_asked_to_stop_writes_the_last_uses_into_redis() {
    written_at_the_end(Place::in_redis().await).await;
}
