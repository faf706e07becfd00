//! What stores in Redis do when the server is away, hangs, forgets, or is full.

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use portcullis::store::redis::{RedisCounterStore, RedisKeyStore, RedisNonceStore, RedisServer};
use portcullis::store::{
    AdminError, Budget, ChangeFeed, ChangeListener, Claim, CounterStore, KeyAdmin, KeyHandle, KeyHasher,
    KeyStore, MasterKey, NonceStore, StoreError,
};
use portcullis::{Clock, KeyId, Limit, Realm, Scheme, Secret, SystemClock};
use redis::{Client, cmd};
use tokio::time::timeout;

use crate::fixtures::*;
use crate::redis_backends::{keys, plain};
use crate::servers::OwnRedis;

/// Longer than any call may take.
const LONG: Duration = Duration::from_secs(4);

async fn configure(url: &str, name: &str, value: &str) {
    let mut set = cmd("CONFIG");
    set.arg("SET").arg(name).arg(value);
    let () = set.query_async(&mut plain(url).await).await.expect("set");
}

async fn find(store: &RedisKeyStore, key: &impl AsRef<Secret>) -> Result<bool, StoreError> {
    let digests = [KeyHasher::sha256().digest(key.as_ref().expose())];
    let handle = KeyHandle::Digests { realm: &Realm::default(), digests: &digests };
    let found = timeout(LONG, store.find(&handle)).await.expect("an answer in time");
    found.map(|found| found.is_some())
}

async fn claim(store: &RedisNonceStore, nonce: &[u8]) -> Result<bool, StoreError> {
    let (realm, key, now) = (Realm::default(), KeyId::from("k"), SystemClock.now());
    let until = now.saturating_add(seconds(300));
    let claim = Claim::new(&realm, Scheme::XAuth, &key, nonce, until, now);
    timeout(LONG, store.claim(&claim)).await.expect("an answer in time")
}

async fn take(store: &RedisCounterStore) -> Result<(), StoreError> {
    let budget = Budget { name: "a", limit: Limit::new(1_000, seconds(60)).expect("a limit") };
    let taken = timeout(LONG, store.take(&[budget], SystemClock.now())).await;
    taken.expect("an answer in time").map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_an_error_and_the_same_stores_work_when_it_is_back() {
    let own = OwnRedis::new();
    let server = RedisServer::connect(own.url()).await.expect("Redis");
    let (store, nonces) = (keys(&server), RedisNonceStore::new(server.clone()));
    let counters = RedisCounterStore::new(server);
    let issued = issue(&store, api_key()).await;
    for kill in [false, true] {
        if kill {
            own.kill_nine()
        } else {
            own.stop()
        }
        for _ in 0..3 {
            let away = [
                find(&store, &issued.secret).await.map(drop),
                find(&store, &Secret::from("nobody's")).await.map(drop),
                claim(&nonces, b"away").await.map(drop),
                take(&counters).await,
            ];
            assert!(away.iter().all(|answer| matches!(answer, Err(StoreError::Unavailable(_)))), "{away:?}");
        }
        let changed = store.revoke(&default_realm(&issued.id), "lost", at(0)).await;
        assert!(matches!(changed, Err(AdminError::Store(StoreError::Unavailable(_)))));
        own.start();
        assert!(find(&store, &issued.secret).await.expect("the first call after it is back"));
        assert!(claim(&nonces, &[u8::from(kill)]).await.expect("an answer"));
        take(&counters).await.expect("an answer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_that_did_not_ask_while_the_server_was_away_do_not_notice() {
    let own = OwnRedis::new();
    let server = RedisServer::connect(own.url()).await.expect("Redis");
    let (store, nonces) = (keys(&server), RedisNonceStore::new(server));
    let issued = issue(&store, api_key()).await;
    for round in 0..3_u8 {
        own.stop();
        own.start();
        assert!(claim(&nonces, &[round]).await.expect("an answer"));
        assert!(find(&store, &issued.secret).await.expect("an answer"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_ends_with_the_server_and_a_new_one_hears_again() {
    let own = OwnRedis::new();
    let store = keys(&RedisServer::connect(own.url()).await.expect("Redis"));
    let mut heard = store.listen().await.expect("a listener");
    own.stop();
    let ended = timeout(LONG, heard.next()).await.expect("it ends");
    assert!(matches!(ended, Err(StoreError::Unavailable(_))));
    assert!(store.listen().await.is_err());
    own.start();
    let mut heard = store.listen().await.expect("a listener");
    keep(&store, api_key()).await;
    assert_eq!(heard.next().await.expect("a message").number, 1);
}

#[tokio::test]
async fn a_server_that_hangs_is_an_error_in_time() {
    // It takes connections, and says nothing.
    let mute = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("redis://{}", mute.local_addr().expect("an address"));
    let connected = timeout(LONG, RedisServer::connect(&url)).await.expect("an answer in time");
    assert!(matches!(connected, Err(StoreError::Unavailable(_))));

    let own = OwnRedis::new();
    let store = keys(&RedisServer::connect(own.url()).await.expect("Redis"));
    let issued = issue(&store, api_key()).await;
    let mut pause = cmd("CLIENT");
    let () = pause.arg("PAUSE").arg(60_000).query_async(&mut plain(own.url()).await).await.expect("paused");
    assert!(matches!(find(&store, &issued.secret).await, Err(StoreError::Unavailable(_))));
    assert!(timeout(LONG, store.listen()).await.expect("an answer in time").is_err());
}

#[tokio::test]
async fn a_server_that_may_forget_is_refused_unless_that_is_allowed_by_name() {
    let own = OwnRedis::new();
    for policy in ["allkeys-lru", "volatile-ttl", "allkeys-random"] {
        configure(own.url(), "maxmemory-policy", policy).await;
        let refused = RedisNonceStore::connect(own.url()).await.expect_err(policy);
        let why = refused.source().expect("a reason").to_string();
        assert!(why.contains("maxmemory-policy") && why.contains("noeviction"), "{why}");
        assert!(RedisCounterStore::connect(own.url()).await.is_err());
        assert!(RedisKeyStore::<()>::connect(own.url(), MasterKey::new([7; 32])).await.is_err());
    }
    let client = Client::open(own.url()).expect("a URL");
    let connection = client.get_connection_manager().await.expect("Redis");
    assert!(RedisServer::attach(client.clone(), connection.clone()).await.is_err());
    let nonces =
        RedisNonceStore::new(RedisServer::dangerous_allow_eviction(client.clone(), connection.clone()));
    assert!(claim(&nonces, b"once").await.expect("an answer"));

    configure(own.url(), "maxmemory-policy", "noeviction").await;
    let server = RedisServer::attach(client, connection).await.expect("it keeps what it is told");
    assert!(!claim(&RedisNonceStore::new(server), b"once").await.expect("an answer"));
}

#[tokio::test]
async fn a_full_server_takes_no_key_and_goes_on_finding_keys() {
    let own = OwnRedis::new();
    let store = keys(&RedisServer::connect(own.url()).await.expect("Redis"));
    let issued = issue(&store, api_key()).await;
    let number = store.change_number().await.expect("a number");
    configure(own.url(), "maxmemory", "1").await;
    let refused = store.issue(api_key().with_id("full"), at(0)).await;
    assert!(matches!(refused, Err(AdminError::Store(StoreError::Full))));
    assert!(matches!(
        store.rotate(&default_realm(&issued.id), seconds(1), at(0)).await,
        Err(AdminError::Store(StoreError::Full))
    ));
    assert!(find(&store, &issued.secret).await.expect("an answer"));
    configure(own.url(), "maxmemory", "0").await;
    assert_eq!(store.change_number().await.expect("a number"), number);
    assert!(store.find_key(&default_realm(&KeyId::from("full"))).await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_tell_it() {
    let own = OwnRedis::new();
    let secret = "correct-horse-battery";
    configure(own.url(), "requirepass", secret).await;
    let address = own.url().trim_start_matches("redis://");
    let right = format!("redis://:{secret}@{address}");
    let server = RedisServer::connect(&right).await.expect("the right one");
    assert!(!format!("{server:?}").contains(secret));
    let error = RedisServer::connect(&format!("redis://:wrong-{secret}@{address}")).await.expect_err("wrong");
    assert!(!format!("{error:?}").contains(secret), "{error:?}");
}
