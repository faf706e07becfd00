//! How PostgreSQL answers the statements that are many, or run by the way of requests.

use portcullis::store::postgres::{
    PostgresCounterStore, PostgresKeyStore, PostgresNonceStore, PostgresTokenStore,
};
use portcullis::store::{KeyAdmin, OwnerKind, StoreError};
use portcullis::{Clock, Scheme, Secret, SystemClock};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, Row, query_as, raw_sql};
use tokio::task::JoinSet;

use crate::backends::master;
use crate::databases::{Database, Postgres};
use crate::fixtures::*;

/// The tables that may have many rows.
const LARGE: [&str; 9] = [
    "refresh_families",
    "revocations",
    "nonces",
    "counters",
    "keys",
    "key_secrets",
    "users",
    "accounts",
    "sites",
];

/// Tables as they are after a while, with some in each that is past.
const FILL: &str = "
    INSERT INTO nonces SELECT sha256(n::text::bytea),
        extract(epoch FROM clock_timestamp())::bigint * 1000000 + (n - 1000) * 10000000::bigint
        FROM generate_series(1, 50000) n;
    INSERT INTO counters SELECT sha256(n::text::bytea), 60, 1, 1,
        extract(epoch FROM clock_timestamp())::bigint * 1000000 + (n - 10000) * 100000000::bigint
        FROM generate_series(1, 50000) n;
    INSERT INTO refresh_families SELECT sha256(n::text::bytea), sha256(''), sha256(''), '', t, t FROM
        (SELECT n, extract(epoch FROM clock_timestamp())::bigint * 1000000 + (n - 10000) * 100000000::bigint AS t
        FROM generate_series(1, 50000) n) ends;
    INSERT INTO revocations SELECT family, 0, 0, until FROM refresh_families;
    INSERT INTO accounts (id) SELECT 'o' || n FROM generate_series(1, 20000) n;
    INSERT INTO users (id) SELECT 'o' || n FROM generate_series(1, 20000) n;
    INSERT INTO sites (id, account) SELECT 'o' || n, 'o1' FROM generate_series(1, 20000) n;
    INSERT INTO keys (realm, id, scheme, \"user\", label, prefix, scopes, created_at, renewed_at)
        SELECT 'default', 'k' || n, 'api-key', 'o' || n, '', '', '', 0, 0 FROM generate_series(1, 20000) n;
    INSERT INTO key_secrets (key, number, realm, digest)
        SELECT number, 1, 'default', sha256(id::bytea) FROM keys;
    ANALYZE";

/// A database with one connection, whose statements can be asked for.
async fn alone(place: &Postgres) -> PgPool {
    PgPoolOptions::new().max_connections(1).connect(&place.url()).await.expect("the database")
}

/// The plans of what was prepared on the connection and speaks of `table`, for whatever is asked.
async fn plans(pool: &PgPool, table: &str) -> Vec<(String, String)> {
    pool.execute("SET plan_cache_mode = force_generic_plan").await.expect("set");
    let prepared =
        "SELECT name, statement, coalesce(cardinality(parameter_types), 0) FROM pg_prepared_statements";
    let prepared: Vec<(String, String, i32)> = query_as(prepared).fetch_all(pool).await.expect("a list");
    let mut plans = Vec::new();
    for (name, statement, parameters) in prepared {
        if !statement.contains(table) || statement.contains("pg_prepared_statements") {
            continue;
        }
        let nulls = vec!["NULL"; usize::try_from(parameters).expect("a count")].join(", ");
        let arguments = if nulls.is_empty() { nulls } else { format!("({nulls})") };
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE \"{name}\"{arguments}"));
        let lines = raw_sql(explain).fetch_all(pool).await.expect("a plan");
        let lines: Vec<String> = lines.iter().map(|line| line.get(0)).collect();
        plans.push((statement, lines.join("\n")));
    }
    plans
}

/// That there are so many statements about a table, and that none reads a large one as a whole.
async fn assert_searched(pool: &PgPool, table: &str, statements: usize) {
    let plans = plans(pool, table).await;
    assert_eq!(plans.len(), statements, "{plans:#?}");
    for (statement, plan) in plans {
        let read = LARGE.iter().find(|large| {
            let scan = format!("Seq Scan on {large}");
            plan.lines().any(|line| line.contains(&format!("{scan} ")) || line.trim_end().ends_with(&scan))
        });
        assert_eq!(read, None, "{statement}\n{plan}");
        // Reading an index from its beginning on is no search either.
        assert!(plan.contains("Index Cond: ") || plan.contains("TID Cond: "), "{statement}\n{plan}");
    }
}

#[tokio::test]
async fn no_statement_by_the_way_of_requests_reads_a_whole_table() {
    let place = Postgres::fresh().await;
    let pool = alone(&place).await;
    PostgresKeyStore::<portcullis::store::StoredPrincipal>::new(pool.clone(), master())
        .migrate()
        .await
        .expect("the schema");
    pool.execute(raw_sql(FILL)).await.expect("filled");

    PostgresNonceStore::new(pool.clone()).sweep().await.expect("swept");
    assert_eq!(place.count("nonces").await, 50_000 - 512);
    // What is past, the floor, and the sweep.
    assert_searched(&pool, "nonces WHERE", 2).await;

    PostgresCounterStore::new(pool.clone()).sweep(SystemClock.now()).await.expect("swept");
    assert_eq!(place.count("counters").await, 50_000 - 512);
    assert_searched(&pool, "FROM counters", 1).await;

    PostgresTokenStore::new(pool.clone()).sweep(SystemClock.now()).await.expect("swept");
    for table in ["refresh_families", "revocations"] {
        assert_eq!(place.count(table).await, 50_000 - 512);
        assert_searched(&pool, &format!("FROM {table}"), 1).await;
    }
}

#[tokio::test]
async fn no_look_up_and_no_page_of_owners_reads_a_whole_table() {
    let place = Postgres::fresh().await;
    let pool = alone(&place).await;
    let store: PostgresKeyStore = PostgresKeyStore::new(pool.clone(), master());
    store.migrate().await.expect("the schema");
    pool.execute(raw_sql(FILL)).await.expect("filled");

    assert!(find_key(&store, &Secret::from("k7")).await.is_some());
    assert!(find_id(&store, Scheme::XAuth, "k7").await.is_none());
    assert!(store.find_key(&default_realm(&"k7".into())).await.expect("an answer").is_some());
    assert_searched(&pool, "FROM key", 3).await;

    for kind in [OwnerKind::User, OwnerKind::Account, OwnerKind::Site] {
        for after in [None, Some("o5")] {
            assert_eq!(store.list_owners(kind, after, 10).await.expect("a page").len(), 10);
        }
    }
    assert_searched(&pool, "ORDER BY id LIMIT", 3).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_named_with_the_reason() {
    let place = Postgres::fresh().await;
    let issued = issue(&place.open().await, signing_key()).await;
    let half = "ALTER TABLE keys ALTER COLUMN created_at TYPE TEXT USING 'soon'";
    place.run(half).await.expect("changed");
    let store = place.connect(master()).await;
    let error = store.find_key(&default_realm(&issued.id)).await.expect_err("it cannot be read");
    let portcullis::store::AdminError::Store(error) = error else { panic!("{error:?}") };
    assert!(matches!(&error, StoreError::Corrupt(entry) if entry.what() == "the column created_at"));
    let source = std::error::Error::source(&error).expect("the reason").to_string();
    assert!(source.contains("created_at") && source.contains("TEXT"), "{source}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_of_uses_from_two_nodes_never_wait_for_each_other() {
    let place = Postgres::fresh().await;
    let nodes = [place.open().await, place.open().await];
    // Their rows are in another order than their names.
    let mut keys = vec![];
    for id in
        std::iter::once("z".to_owned()).chain([("a".to_owned())]).chain((0..99).map(|n| format!("0{n:02}")))
    {
        keys.push(default_realm(&issue(&nodes[0], api_key().with_id(id)).await.id));
    }
    let mut recorders = JoinSet::new();
    for (node, batch, rounds) in [(0, keys[..2].to_vec(), 600), (1, keys, 200)] {
        let node = nodes[node].clone();
        recorders.spawn(async move {
            for round in 0..rounds {
                let uses: Vec<_> = batch.iter().map(|key| (key.clone(), at(round))).collect();
                node.record_uses(&uses).await.expect("written down");
            }
        });
    }
    recorders.join_all().await;
}
