//! Stores in a file and behind a socket, with 1,000 keys each, beside the least that the same
//! connection can be asked: `scripts/with-servers cargo bench --features "sqlite postgres
//! redis cached" --bench stores`. One request at a time: what is measured is the time of one
//! answer, not how many a server can give in a second.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a bench may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::postgres::{PostgresCounterStore, PostgresKeyStore, PostgresNonceStore};
use portcullis::store::redis::{RedisCounterStore, RedisKeyStore, RedisNonceStore, RedisServer};
use portcullis::store::sqlite::{SqliteCounterStore, SqliteKeyStore, SqliteNonceStore};
use portcullis::store::{
    Budget, Change, Claim, CounterStore, KeyDigest, KeyHandle, KeyHasher, KeyOwner, KeyRef, KeyStore,
    MasterKey, NewKey, Taken,
};
use portcullis::{Clock, KeyAdmin, KeyId, Limit, NonceStore, Realm, Scheme, SystemClock, UserId};
use redis::aio::ConnectionManager;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, query, query_scalar};
use tokio::runtime::Runtime;

/// What is measured in one place.
struct Stores<K, N, C> {
    keys: K,
    nonces: N,
    counters: C,
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn sqlite(c: &mut Criterion) {
    let runtime = runtime();
    let folder = tempfile::tempdir().expect("a folder");
    let keys: SqliteKeyStore = runtime.block_on(async {
        let store = SqliteKeyStore::connect(folder.path().join("keys.db"), master()).await.expect("a file");
        store.migrate().await.expect("the schema");
        store.pool().execute("CREATE TABLE bare (number BIGINT)").await.expect("a table");
        store
    });
    let pool = keys.pool().clone();
    let mut group = group(c, "sqlite");
    measure(&mut group, &runtime, "SELECT 1", async || {
        let one: i64 = query_scalar("SELECT 1").fetch_one(&pool).await.expect("one");
        assert_eq!(one, 1);
    });
    measure(&mut group, &runtime, "a bare INSERT", async || {
        query("INSERT INTO bare VALUES (1)").execute(&pool).await.expect("a row");
    });
    let (nonces, counters) = (SqliteNonceStore::new(pool.clone()), SqliteCounterStore::new(pool.clone()));
    rows(&mut group, &runtime, &Stores { keys, nonces, counters });
}

fn postgres(c: &mut Criterion) {
    let runtime = runtime();
    let url = named("DATABASE_URL");
    let schema = format!("portcullis_bench_{}", random());
    let alone = async |statement: String| {
        let mut connection = PgConnection::connect(&url).await.expect("the database of DATABASE_URL");
        connection.execute(AssertSqlSafe(statement)).await.expect("done");
    };
    let keys: PostgresKeyStore = runtime.block_on(async {
        alone(format!("CREATE SCHEMA {schema}")).await;
        let next = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{next}options[search_path]={schema}");
        let store = PostgresKeyStore::connect(&url, master()).await.expect("the schema");
        store.migrate().await.expect("the tables");
        store.pool().execute("CREATE TABLE bare (number BIGINT)").await.expect("a table");
        store
    });
    let pool = keys.pool().clone();
    let mut group = group(c, "postgres");
    measure(&mut group, &runtime, "SELECT 1", async || {
        let one: i32 = query_scalar("SELECT 1").fetch_one(&pool).await.expect("one");
        assert_eq!(one, 1);
    });
    measure(&mut group, &runtime, "a bare INSERT", async || {
        query("INSERT INTO bare VALUES (1)").execute(&pool).await.expect("a row");
    });
    let nonces = PostgresNonceStore::new(pool.clone());
    let counters = PostgresCounterStore::new(pool.clone());
    rows(&mut group, &runtime, &Stores { keys, nonces, counters });
    runtime.block_on(async {
        pool.close().await;
        alone(format!("DROP SCHEMA {schema} CASCADE")).await;
    });
}

fn redis(c: &mut Criterion) {
    let runtime = runtime();
    let namespace = format!("portcullis-bench-{}", random());
    let (connection, server) = runtime.block_on(async {
        let client = redis::Client::open(named("REDIS_URL")).expect("a URL");
        let connection = ConnectionManager::new(client.clone()).await.expect("the server of REDIS_URL");
        let server = RedisServer::attach(client, connection.clone()).await.expect("a server that keeps all");
        (connection, server.with_namespace(&namespace).expect("a namespace"))
    });
    let bare = format!("{{{namespace}}}:bare");
    let mut group = group(c, "redis");
    measure(&mut group, &runtime, "PING", async || {
        let pong: String = redis::cmd("PING").query_async(&mut connection.clone()).await.expect("an answer");
        assert_eq!(pong, "PONG");
    });
    measure(&mut group, &runtime, "a bare SET", async || {
        let set = redis::cmd("SET").arg(&bare).arg(1).exec_async(&mut connection.clone()).await;
        set.expect("set");
    });
    let keys: RedisKeyStore = RedisKeyStore::new(server.clone(), master());
    let nonces = RedisNonceStore::new(server.clone());
    rows(&mut group, &runtime, &Stores { keys, nonces, counters: RedisCounterStore::new(server) });
    runtime.block_on(remove(&namespace, connection));
}

/// Removes what a run has left in Redis.
async fn remove(namespace: &str, mut connection: ConnectionManager) {
    let mut cursor = 0_u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("{{{namespace}}}:*")).arg("COUNT").arg(1_000);
        let (next, names): (u64, Vec<String>) = scan.query_async(&mut connection).await.expect("names");
        if !names.is_empty() {
            redis::cmd("UNLINK").arg(names).exec_async(&mut connection).await.expect("removed");
        }
        if next == 0 {
            return;
        }
        cursor = next;
    }
}

/// What every place is asked for.
fn rows<K, N, C>(group: &mut Group<'_>, runtime: &Runtime, stores: &Stores<K, N, C>)
where
    K: KeyAdmin + Clone,
    N: NonceStore,
    C: CounterStore,
{
    runtime.block_on(fill(&stores.keys));
    finds(group, runtime, &stores.keys);
    claims(group, runtime, &stores.nonces);
    counts(group, runtime, &stores.counters);
    lives(group, runtime, &stores.keys);
}

async fn fill<K: KeyAdmin>(keys: &K) {
    keys.add_user(&UserId::from("ada"), None).await.expect("a user");
    for scheme in [Scheme::ApiKey, Scheme::XAuth] {
        for _ in 0..500 {
            let _ = keys.issue(new_key(scheme), SystemClock.now()).await.expect("issued");
        }
    }
}

fn finds<K: KeyAdmin + Clone>(group: &mut Group<'_>, runtime: &Runtime, keys: &K) {
    let realm = Realm::default();
    let issue = |scheme| runtime.block_on(keys.issue(new_key(scheme), SystemClock.now())).expect("issued");
    let digests = [KeyHasher::sha256().digest(issue(Scheme::ApiKey).secret.expose())];
    let id = issue(Scheme::XAuth).id;
    let by_digest = KeyHandle::Digests { realm: &realm, digests: &digests };
    let by_id = KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: id.as_str() };
    let strange = [KeyDigest::from_bytes([7; 32])];
    let not_there = KeyHandle::Digests { realm: &realm, digests: &strange };
    let cached = CachedKeyStore::new(keys.clone());
    for (handle, is_there, names) in [
        (by_digest, true, ["find, by digest", "cache missed, by digest", "cache hit, by digest"]),
        (by_id, true, ["find, by id", "cache missed, by id", "cache hit, by id"]),
        (not_there, false, ["find, not there", "cache missed, not there", "cache hit, not there"]),
    ] {
        let [bare, missed, hit] = names;
        measure(group, runtime, bare, async || {
            let found = keys.find(black_box(&handle)).await.expect("an answer");
            assert_eq!(found.is_some(), is_there);
        });
        for (name, forget) in [(missed, true), (hit, false)] {
            measure(group, runtime, name, async || {
                if forget {
                    cached.forget(&Change::Everything);
                }
                let found = cached.find(black_box(&handle)).await.expect("an answer");
                assert_eq!(found.is_some(), is_there);
            });
        }
    }
}

fn claims<N: NonceStore>(group: &mut Group<'_>, runtime: &Runtime, nonces: &N) {
    let (realm, key, mut count) = (Realm::default(), KeyId::from("k"), 0_u64);
    group.bench_function("claim a nonce", |b| {
        b.iter(|| {
            count += 1;
            let (nonce, now) = (count.to_le_bytes(), SystemClock.now());
            let until = now.saturating_add(Duration::from_secs(60));
            let claim = Claim::new(&realm, Scheme::XAuth, &key, &nonce, until, now);
            assert!(runtime.block_on(nonces.claim(&claim)).expect("room"));
        });
    });
}

fn counts<C: CounterStore>(group: &mut Group<'_>, runtime: &Runtime, counters: &C) {
    let limit = Limit::new(1 << 40, Duration::from_secs(60)).expect("a limit");
    let budgets = ["key k", "account acme"].map(|name| Budget { name, limit });
    for (name, budgets) in [("take one count", &budgets[..1]), ("take two counts", &budgets[..])] {
        measure(group, runtime, name, async || {
            let taken = counters.take(black_box(budgets), SystemClock.now()).await.expect("a count");
            assert!(matches!(taken, Taken::All(_)));
        });
    }
}

fn lives<K: KeyAdmin>(group: &mut Group<'_>, runtime: &Runtime, keys: &K) {
    let issue = async || keys.issue(new_key(Scheme::ApiKey), SystemClock.now()).await.expect("issued");
    measure(group, runtime, "issue a key", async || drop(issue().await));
    group.bench_function("revoke a key", |b| {
        b.iter_custom(|times| {
            runtime.block_on(async {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    let key = KeyRef { realm: Realm::default(), id: issue().await.id };
                    let start = Instant::now();
                    keys.revoke(&key, "a bench", SystemClock.now()).await.expect("revoked");
                    total += start.elapsed();
                }
                total
            })
        });
    });
}

fn measure(group: &mut Group<'_>, runtime: &Runtime, name: &str, ask: impl AsyncFn()) {
    group.bench_function(name, |b| b.iter(|| runtime.block_on(ask())));
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> Group<'a> {
    let mut group = c.benchmark_group(name);
    group.sample_size(30).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group
}

fn new_key(scheme: Scheme) -> NewKey {
    NewKey::new(scheme, KeyOwner::user("ada"))
}

fn master() -> MasterKey {
    MasterKey::new([7; 32])
}

/// A word that no other run has.
fn random() -> String {
    let random = MasterKey::generate().expect("random");
    random.expose().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn named(name: &str) -> String {
    match std::env::var(name) {
        Ok(url) if !url.is_empty() => url,
        _ => panic!("{name} is not set: run this bench through scripts/with-servers"),
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

criterion_group!(benches, sqlite, postgres, redis);
criterion_main!(benches);
