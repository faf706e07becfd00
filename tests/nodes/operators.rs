//! Keys that an operator issues and revokes on the command line, while nodes serve.

use http::StatusCode;
use portcullis::Secret;
use portcullis::x_auth::XAuthSigner;

use crate::client::{me, signed_order};
use crate::harness::Cli;
use crate::node::{LATEST, Node, connect_all};
use crate::places::{Keys, Place};
use crate::settled::{settle, until};
use crate::turns::alone;

/// The command line over the same place.
fn command_line<K>(place: &Place<K>) -> Cli {
    place.settings().into_iter().fold(Cli::bare(), |cli, (name, value)| match name {
        "NAMESPACE" => cli.with("PORTCULLIS_REDIS_NAMESPACE", value),
        name => cli.with(&format!("PORTCULLIS_{name}"), value),
    })
}

async fn on_the_command_line<K: Keys>(place: Place<K>, name: &str) {
    let _turn = alone().await;
    let cli = command_line(&place);
    let (id, secret) = cli.issue(&["--prefix", "node_"]);
    let (signing_id, signing_secret) = cli.issue(&["--scheme", "x-auth"]);
    let signer = XAuthSigner::new(signing_id.as_str(), &Secret::from(signing_secret));
    let rare =
        [("POLL_MILLISECONDS", "3600000"), ("MAX_STALE_MILLISECONDS", "36000000"), ("THROTTLE", "off")];
    let nodes: [Node; 2] = Node::start(&place, &rare);
    let mut clients = connect_all(&nodes).await;
    settle(&place, &mut clients).await;
    let ask = me(&Secret::from(secret));
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.ask(&ask).await.status, StatusCode::OK);
        let order = signed_order(&signer, &format!("order {number}"));
        assert_eq!(client.ask(&order).await.status, StatusCode::OK);
    }
    tokio::task::block_in_place(|| {
        for id in [&id, &signing_id] {
            cli.ok(&["keys", "revoke", id, "--reason", "left the company"]);
        }
    });
    for (number, client) in clients.iter_mut().enumerate() {
        let took = until(client, &ask, StatusCode::UNAUTHORIZED).await;
        println!("{name}: refused {took:.1?} after the command had ended");
        assert!(took < LATEST, "{took:?}");
        let order = signed_order(&signer, &format!("another order {number}"));
        assert_eq!(client.ask(&order).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_issues_and_revokes_counts_on_nodes_over_postgres() {
    on_the_command_line(Place::in_postgres().await, "postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_issues_and_revokes_counts_on_nodes_over_redis() {
    on_the_command_line(Place::in_redis().await, "redis").await;
}
