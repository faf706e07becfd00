//! Failures that are counted for all nodes together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use portcullis::Secret;
use portcullis::x_auth::XAuthSigner;
use tokio::task::JoinSet;

use crate::client::{Answer, Ask, Client, from_address, me, signed_order};
use crate::load::nobodys;
use crate::node::{Node, connect_all};
use crate::places::{Keys, Place, api_key, now, signing_key};
use crate::servers::OwnRedis;
use crate::turns::among_others;

/// What an address may fail in a minute.
const BUDGET: usize = 20;
/// One trusted proxy stands before each node, so that a test can come from anywhere.
const BEHIND_PROXY: [(&str, &str); 1] = [("PROXIES", "1")];

/// With a key of the right form that nobody has issued.
fn wrong(address: &str) -> Ask {
    from_address(me(&nobodys()), address)
}

/// Which minute it is: budgets begin anew with the next.
fn minute() -> i64 {
    now().as_unix_seconds().div_euclid(60)
}

/// Uses an address's budget up at one node, then fails once more at another, and again at the
/// first: the address, and what each said then. From elsewhere, and once more, where a minute
/// has ended meanwhile.
async fn over_budget(first: &mut Client, second: &mut Client) -> (String, [Answer; 2]) {
    for last in 1..=255 {
        let (address, begun) = (format!("203.0.113.{last}"), minute());
        for _ in 0..BUDGET {
            let status = first.ask(&wrong(&address)).await.status;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
        let other = second.ask(&wrong(&address)).await;
        let answers = [first.ask(&wrong(&address)).await, other];
        if minute() == begun {
            return (address, answers);
        }
    }
    panic!("no minute is long enough");
}

async fn the_other_node_refuses<K: Keys>(place: Place<K>) {
    let _turn = among_others().await;
    let owner = place.keys.issue_one(api_key()).await;
    let nodes: [Node; 2] = Node::start(&place, &BEHIND_PROXY);
    let mut clients = connect_all(&nodes).await;
    let [one, other] = &mut clients[..] else { panic!("two nodes") };
    let (address, [again, answer]) = over_budget(one, other).await;
    assert_eq!([again.status, answer.status], [StatusCode::TOO_MANY_REQUESTS; 2]);
    assert_eq!(answer.header("retry-after"), Some("1"));
    let fields = [answer.header("ratelimit-policy"), answer.header("ratelimit")];
    println!("the failure over the budget, on the other node: 429, {fields:?}");
    assert_eq!(fields, [Some("\"failures-address\";q=20;w=60"), Some("\"failures-address\";r=0;t=1")]);

    for client in [one, other] {
        for elsewhere in ["198.51.100.1", "2001:db8::1"] {
            assert_eq!(client.ask(&wrong(elsewhere)).await.status, StatusCode::UNAUTHORIZED);
            let good = from_address(me(&owner.secret), elsewhere);
            assert_eq!(client.ask(&good).await.status, StatusCode::OK);
        }
        // Both have seen it fail too often: until it was quiet, each failure is one too many.
        assert_eq!(client.ask(&wrong(&address)).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

/// Strangers try secrets for the id of the owner's key, from many addresses and from one.
async fn the_owner_is_served<K: Keys>(place: Place<K>) {
    let _turn = among_others().await;
    let owner = place.keys.issue_one(signing_key()).await;
    let signer = XAuthSigner::new(owner.id.clone(), &owner.secret);
    let nodes: [Node; 2] = Node::start(&place, &BEHIND_PROXY);
    let trying = Arc::new(AtomicBool::new(true));
    let mut strangers = JoinSet::new();
    for at in 0_u8..4 {
        let (address, trying) = (nodes[usize::from(at) % 2].address(), Arc::clone(&trying));
        let guess = XAuthSigner::new(owner.id.clone(), &Secret::from("a guess of somebody's"));
        strangers.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut seen = Vec::new();
            for number in 0_u8..=255 {
                let from = if at < 2 { format!("198.51.{at}.{number}") } else { "203.0.113.7".to_owned() };
                let ask = from_address(signed_order(&guess, &format!("{at} {number}")), &from);
                seen.push(client.ask(&ask).await.status.as_u16());
                if !trying.load(Ordering::Relaxed) && seen.len() > 50 {
                    break;
                }
            }
            seen
        });
    }
    let mut clients = connect_all(&nodes).await;
    for number in 0..100 {
        let ask = from_address(signed_order(&signer, &format!("order {number}")), "192.0.2.1");
        assert_eq!(clients[number % 2].ask(&ask).await.status, StatusCode::OK, "{number}");
    }
    trying.store(false, Ordering::Relaxed);
    let seen: Vec<u16> = strangers.join_all().await.into_iter().flatten().collect();
    let [refused, slowed] = [401, 429].map(|status| seen.iter().filter(|seen| **seen == status).count());
    println!(
        "100 orders of the owner, while strangers were refused {refused} times and slowed {slowed} times"
    );
    assert_eq!(refused + slowed, seen.len(), "{seen:?}");
    assert!(slowed > refused, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_failure_over_the_budget_is_refused_on_the_other_node_with_counters_in_redis() {
    the_other_node_refuses(Place::in_postgres().await.with_claims_in_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_failure_over_the_budget_is_refused_on_the_other_node_with_counters_in_postgres() {
    the_other_node_refuses(Place::in_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_try_secrets_on_two_nodes_do_not_lock_the_owner_out_with_redis() {
    the_owner_is_served(Place::in_redis().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_try_secrets_on_two_nodes_do_not_lock_the_owner_out_with_postgres() {
    the_owner_is_served(Place::in_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_counters_each_node_counts_failures_for_itself() {
    let _turn = among_others().await;
    let redis = OwnRedis::new();
    let place = Place::in_postgres().await.with_claims_at(redis.url());
    let owner = place.keys.issue_one(api_key()).await;
    let nodes: [Node; 2] = Node::start(&place, &BEHIND_PROXY);
    redis.stop();
    let mut clients = connect_all(&nodes).await;
    let [one, other] = &mut clients[..] else { panic!("two nodes") };
    let (_, [again, first]) = over_budget(one, other).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(first.status, StatusCode::UNAUTHORIZED, "the first there");
    for client in [one, other] {
        let good = from_address(me(&owner.secret), "192.0.2.1");
        assert_eq!(client.ask(&good).await.status, StatusCode::OK);
    }
}
