//! What nodes answer while a store is away, and when it is back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::client::Client;
use crate::load::{Kind, Load, Seen};
use crate::node::{Node, connect_all};
use crate::places::{Keys, Place};
use crate::servers::{self, Own, OwnPostgres, OwnRedis};
use crate::turns::among_others;

const MAX_STALE: Duration = Duration::from_millis(1_000);
/// What was under way when the store went may take a moment more.
const MOMENT: Duration = Duration::from_millis(200);

/// From when to when a store was away: it was gone before `gone`, and was not back before `back`.
struct Outage {
    gone: Duration,
    back: Duration,
    /// When everything was served again.
    well: Duration,
}

/// Stops a server under load, kills it under load, and starts it each time. `hit` is who
/// needs it; the others must not notice.
async fn survive<K: Keys, S: servers::Kind>(place: Place<K>, server: &Own<S>, hit: &[Kind], name: &str) {
    let max_stale = MAX_STALE.as_millis().to_string();
    // Strangers come often here, and all of them from one address.
    let settings =
        [("POLL_MILLISECONDS", "200"), ("MAX_STALE_MILLISECONDS", &max_stale), ("THROTTLE", "off")];
    let nodes: [Node; 2] = Node::start(&place, &settings);
    let load = Load::begin(&place, &nodes).await;
    load.until_well().await;
    let mut outages = Vec::new();
    for kill in [false, true] {
        tokio::task::block_in_place(|| if kill { server.kill_nine() } else { server.stop() });
        let gone = load.now();
        load.until_away(hit).await;
        let back = load.now();
        tokio::task::block_in_place(|| server.start());
        let started = load.now();
        load.until_well().await;
        let well = load.now();
        let how = if kill { "killed" } else { "stopped" };
        let (away, again) = (back - gone, well - started);
        println!("{name}, {how}: away for {away:.1?}; all is served {again:.1?} after it is up");
        outages.push(Outage { gone, back, well });
    }
    // It stays so.
    load.until_well().await;
    let all = load.end().await;
    println!("{name}: {:?}", counts(&all));
    for seen in &all {
        check(seen, hit, &outages);
    }
    let mut clients = connect_all(&nodes).await;
    repeats_are_refused(&all, &mut clients).await;
    unseen_are_served(&all, &mut clients).await;
}

fn counts(all: &[Seen]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for seen in all {
        *counts.entry(format!("{:?} {}", seen.kind, seen.status)).or_insert(0) += 1;
    }
    counts
}

/// What an answer may be, and when.
fn check(seen: &Seen, hit: &[Kind], outages: &[Outage]) {
    let (kind, status) = (seen.kind, seen.status);
    let what = format!("{kind:?} at {}: {status}, {:?} to {:?}", seen.node, seen.sent, seen.answered);
    assert!(status == kind.served() || status == 503, "{what}");
    if !hit.contains(&kind) {
        assert_eq!(status, kind.served(), "{what}");
        return;
    }
    for outage in outages {
        // What a node may still know without asking.
        let known = match kind {
            Kind::Cached => MAX_STALE + MOMENT,
            _ => MOMENT,
        };
        let is_away = seen.sent > outage.gone + known && seen.answered < outage.back;
        assert!(!is_away || status == 503, "nobody could know that: {what}");
    }
    if outages.last().is_some_and(|outage| seen.sent > outage.well) {
        assert_eq!(status, kind.served(), "all was well: {what}");
    }
}

/// What was accepted once is accepted nowhere again, and what was not, at most once.
async fn repeats_are_refused(all: &[Seen], clients: &mut [Client]) {
    let signed = || all.iter().filter(|seen| seen.kind == Kind::Signed);
    for seen in signed().filter(|seen| seen.status == 200) {
        for client in &mut *clients {
            assert_eq!(client.ask(&seen.ask).await.status, 401, "accepted twice");
        }
    }
    for seen in signed().filter(|seen| seen.status == 503) {
        let mut statuses = Vec::new();
        for client in &mut *clients {
            statuses.push(client.ask(&seen.ask).await.status.as_u16());
        }
        assert!([[200, 401], [401, 401]].contains(&[statuses[0], statuses[1]]), "{statuses:?}");
    }
}

/// A good key that could not be looked up is as good as ever.
async fn unseen_are_served(all: &[Seen], clients: &mut [Client]) {
    for seen in all.iter().filter(|seen| seen.kind == Kind::Unseen && seen.status == 503) {
        for client in &mut *clients {
            assert_eq!(client.ask(&seen.ask).await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgres_is_away_nobody_is_mistaken_and_then_all_is_served_again() {
    let _turn = among_others().await;
    let server = OwnPostgres::new();
    survive(Place::at_postgres(server.url()).await, &server, &Kind::ALL, "postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_nobody_is_mistaken_and_then_all_is_served_again() {
    let _turn = among_others().await;
    let server = OwnRedis::new();
    survive(Place::at_redis(server.url()).await, &server, &Kind::ALL, "redis").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_redis_of_claims_and_counts_is_away_only_what_needs_them_is_a_503() {
    let _turn = among_others().await;
    let server = OwnRedis::new();
    let place = Place::in_postgres().await.with_claims_at(server.url());
    survive(place, &server, &[Kind::Signed, Kind::Limited], "redis with claims and counts").await;
}
