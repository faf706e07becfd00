//! What claims in Redis promise besides what every store of claims does.

use portcullis::store::redis::{RedisNonceStore, RedisServer};
use portcullis::store::{Claim, NonceStore, StoreError};
use portcullis::{Clock, KeyId, Realm, Scheme, SystemClock, Timestamp};
use redis::{AsyncCommands, cmd};
use tokio::task::JoinSet;

use crate::fixtures::seconds;
use crate::redis_backends::{namespace, plain, server_in};
use crate::servers::{OwnRedis, redis_url};

async fn claim(
    store: &RedisNonceStore,
    nonce: &[u8],
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (realm, key) = (Realm::default(), KeyId::from("k"));
    store.claim(&Claim::new(&realm, Scheme::XAuth, &key, nonce, until, now)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_thousand_that_claim_the_same_on_two_connections_one_succeeds() {
    let name = namespace();
    let stores = [RedisNonceStore::new(server_in(&name).await), RedisNonceStore::new(server_in(&name).await)];
    let now = SystemClock.now();
    let mut claimants = JoinSet::new();
    for number in 0..500 {
        let store = stores[number % 2].clone();
        claimants.spawn(async move {
            let mut claimed = 0;
            for _ in 0..20 {
                let answer = claim(&store, b"once", now.saturating_add(seconds(300)), now).await;
                claimed += u32::from(answer.expect("an answer"));
            }
            claimed
        });
    }
    assert_eq!(claimants.join_all().await.iter().sum::<u32>(), 1);
}

#[tokio::test]
async fn a_claim_outlives_its_end_by_the_margin_and_is_not_given_behind_it() {
    let store = RedisNonceStore::new(server_in(&namespace()).await).with_margin(seconds(600));
    let (now, behind) = (SystemClock.now(), seconds(500));
    // The clock of this node is behind that of the server.
    let ours = now.saturating_sub(behind);
    assert!(claim(&store, b"late", ours, ours).await.expect("an answer"));
    assert!(!claim(&store, b"late", ours, ours).await.expect("an answer"));
    let ours = now.saturating_sub(seconds(610));
    assert!(!claim(&store, b"too late", ours, ours).await.expect("an answer"));
}

#[tokio::test]
async fn what_is_let_go_raises_the_floor_which_holds_when_the_servers_clock_goes_back() {
    let name = namespace();
    let store = RedisNonceStore::new(server_in(&name).await);
    let mut connection = plain(&redis_url()).await;
    let (claims, floor) = (format!("{{{name}}}:claims"), format!("{{{name}}}:floor"));
    let now = SystemClock.now();
    let millis = now.as_unix_micros() / 1_000;
    for old in 0..100 {
        let () = connection.zadd(&claims, format!("old {old}"), millis - 700_000).await.expect("written");
    }
    assert!(claim(&store, b"one", now.saturating_add(seconds(60)), now).await.expect("an answer"));
    let (left, held): (i64, i64) =
        (connection.zcard(&claims).await.expect("a number"), connection.get(&floor).await.expect("a floor"));
    assert_eq!(left, 100 - 64 + 1, "a batch is let go");
    assert!((held - (millis - 600_000)).abs() < 60_000, "{held}");

    // As though the floor had been raised while the server's clock was an hour ahead.
    let () = connection.set(&floor, millis + 3_600_000).await.expect("written");
    for (until, expected) in [(60, false), (3_599, false), (3_660, true)] {
        let answer = claim(&store, b"two", now.saturating_add(seconds(until)), now).await;
        assert_eq!(answer.expect("an answer"), expected, "{until}");
    }
    let held: i64 = connection.get(&floor).await.expect("a floor");
    assert_eq!(held, millis + 3_600_000, "it never sinks");
    let () = connection.set(&floor, "damaged").await.expect("written");
    assert!(claim(&store, b"three", now.saturating_add(seconds(9_000)), now).await.is_err());
}

#[tokio::test]
async fn a_full_server_claims_nothing_new_but_lets_go_what_is_past() {
    let own = OwnRedis::new();
    let store = RedisNonceStore::new(RedisServer::connect(own.url()).await.expect("Redis"));
    let mut connection = plain(own.url()).await;
    let now = SystemClock.now();
    let until = now.saturating_add(seconds(300));
    assert!(claim(&store, b"held", until, now).await.expect("an answer"));
    let stale = (now.as_unix_micros() / 1_000) - 700_000;
    let () = connection.zadd("{portcullis}:claims", "stale", stale).await.expect("written");
    let set = async |value: &str, connection: &mut redis::aio::MultiplexedConnection| {
        let mut set = cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(value);
        let () = set.query_async(connection).await.expect("set");
    };
    set("1", &mut connection).await;
    assert!(claim(&store, b"in its place", until, now).await.expect("room was made"));
    for nonce in 0..20_u8 {
        assert!(matches!(claim(&store, &[nonce], until, now).await, Err(StoreError::Full)));
    }
    set("0", &mut connection).await;
    for held in [&b"held"[..], b"in its place"] {
        assert!(!claim(&store, held, until, now).await.expect("an answer"));
    }
    assert!(claim(&store, &[0], until, now).await.expect("an answer"), "what was refused was not kept");
}
