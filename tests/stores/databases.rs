//! What the tests of stores in SQL do to a database behind the store's back.

#[path = "schema.rs"]
mod schema;

use std::future::Future;
use std::path::PathBuf;

use portcullis::Timestamp;
use portcullis::store::postgres::{
    PostgresCounterStore, PostgresKeyStore, PostgresNonceStore, PostgresTokenStore,
};
use portcullis::store::sqlite::{SqliteCounterStore, SqliteKeyStore, SqliteNonceStore, SqliteTokenStore};
use portcullis::store::{
    ChangeFeed, CounterStore, KeyRingStore, MasterKey, NonceStore, RefreshStore, TokenRevocations,
};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Connection, PgConnection, query, query_scalar};
use tempfile::TempDir;

use crate::backends::{master, postgres_pool, sqlite_pool};
use crate::fixtures::Store;
pub(crate) use schema::Schema;

/// A kind of database, and a place in it that goes when the test ends.
pub(crate) trait Database: Send + Sync + Sized + 'static {
    /// The store that keeps its keys there.
    type Store: Store + ChangeFeed + KeyRingStore + Clone;

    /// What keeps nonces there.
    type Nonces: NonceStore + Clone;

    /// What counts there.
    type Counters: CounterStore + Clone;

    /// What keeps refresh tokens and revocations there.
    type Tokens: RefreshStore + TokenRevocations + Clone;

    /// How a statement writes a byte that is zero.
    const ZERO: &str;

    /// An empty place.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// A store there, as it is.
    fn connect(&self, master: MasterKey) -> impl Future<Output = Self::Store> + Send;

    /// Makes the schema.
    fn migrate(store: &Self::Store) -> impl Future<Output = ()> + Send;

    /// The store of nonces beside a store of keys.
    fn nonces(store: &Self::Store) -> Self::Nonces;

    /// The counters beside a store of keys.
    fn counters(store: &Self::Store) -> Self::Counters;

    /// The tokens beside a store of keys.
    fn tokens(store: &Self::Store) -> Self::Tokens;

    /// Forgets the tokens of what is past.
    fn sweep_tokens(tokens: &Self::Tokens, now: Timestamp) -> impl Future<Output = ()> + Send;

    /// Forgets what is past.
    fn sweep(nonces: &Self::Nonces) -> impl Future<Output = ()> + Send;

    /// Forgets the counters of what is past.
    fn sweep_counters(counters: &Self::Counters, now: Timestamp) -> impl Future<Output = ()> + Send;

    /// Closes the store's pool.
    fn close(store: &Self::Store) -> impl Future<Output = ()> + Send;

    /// Runs a statement, as another program would; how many rows it changed.
    fn run(&self, statement: &str) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// How many rows there are of what is named.
    fn count(&self, of: &str) -> impl Future<Output = usize> + Send;

    /// Asks the database whether it is whole.
    fn check_integrity(&self) -> impl Future<Output = ()> + Send;

    /// Takes away what guards the tables.
    fn unguard(&self) -> impl Future<Output = ()> + Send;

    /// Lets nothing be deleted from a table.
    fn forbid_deleting(&self, table: &str) -> impl Future<Output = ()> + Send;

    /// Everything that is kept there.
    fn bytes(&self) -> impl Future<Output = Vec<u8>> + Send;

    /// A store there, with its schema.
    fn open(&self) -> impl Future<Output = Self::Store> + Send {
        async {
            let store = self.connect(master()).await;
            Self::migrate(&store).await;
            store
        }
    }

    /// Damages rows.
    fn damage(&self, statement: &str) -> impl Future<Output = u64> + Send {
        async move {
            self.unguard().await;
            self.run(statement).await.expect("damaged")
        }
    }
}

/// A file in a folder of its own.
pub(crate) struct Sqlite(TempDir);

impl Sqlite {
    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("keys.db")
    }

    async fn raw(&self) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(self.path()).foreign_keys(false);
        SqlitePool::connect_with(options.pragma("ignore_check_constraints", "on")).await.expect("a file")
    }
}

impl Database for Sqlite {
    type Store = SqliteKeyStore;
    type Nonces = SqliteNonceStore;
    type Counters = SqliteCounterStore;
    type Tokens = SqliteTokenStore;

    const ZERO: &str = "x'00'";

    async fn fresh() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    async fn connect(&self, master: MasterKey) -> SqliteKeyStore {
        SqliteKeyStore::new(sqlite_pool(self.path()).await, master)
    }

    async fn migrate(store: &SqliteKeyStore) {
        store.migrate().await.expect("the schema");
    }

    fn nonces(store: &SqliteKeyStore) -> SqliteNonceStore {
        SqliteNonceStore::new(store.pool().clone())
    }

    fn counters(store: &SqliteKeyStore) -> SqliteCounterStore {
        SqliteCounterStore::new(store.pool().clone())
    }

    fn tokens(store: &SqliteKeyStore) -> SqliteTokenStore {
        SqliteTokenStore::new(store.pool().clone())
    }

    async fn sweep_tokens(tokens: &SqliteTokenStore, now: Timestamp) {
        tokens.sweep(now).await.expect("swept");
    }

    async fn sweep(nonces: &SqliteNonceStore) {
        nonces.sweep().await.expect("swept");
    }

    async fn sweep_counters(counters: &SqliteCounterStore, now: Timestamp) {
        counters.sweep(now).await.expect("swept");
    }

    async fn close(store: &SqliteKeyStore) {
        store.pool().close().await;
    }

    async fn run(&self, statement: &str) -> Result<u64, sqlx::Error> {
        Ok(query(AssertSqlSafe(statement)).execute(&self.raw().await).await?.rows_affected())
    }

    async fn count(&self, of: &str) -> usize {
        let select = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
        let count: i64 = query_scalar(select).fetch_one(&self.raw().await).await.expect("a count");
        usize::try_from(count).expect("a count")
    }

    async fn check_integrity(&self) {
        let pool = self.raw().await;
        let whole: String = query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.expect("an answer");
        assert_eq!(whole, "ok");
        let foreign = query("PRAGMA foreign_key_check").fetch_all(&pool).await.expect("an answer");
        assert!(foreign.is_empty(), "a row without what it refers to");
    }

    async fn unguard(&self) {
        for trigger in ["keys_stay", "identity_is_for_ever", "revoked_is_for_ever"] {
            self.run(&format!("DROP TRIGGER IF EXISTS {trigger}")).await.expect("dropped");
        }
    }

    async fn forbid_deleting(&self, table: &str) {
        let trigger = "BEGIN SELECT RAISE(ABORT, 'no'); END";
        let trigger = format!("CREATE TRIGGER no_{table} BEFORE DELETE ON {table} {trigger}");
        self.run(&trigger).await.expect("a trigger");
    }

    async fn bytes(&self) -> Vec<u8> {
        let files = self.0.path().read_dir().expect("the folder");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("its bytes")).collect()
    }
}

/// A schema of its own.
pub(crate) struct Postgres(Schema);

impl Postgres {
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    pub(crate) async fn raw(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.expect("the database")
    }
}

impl Database for Postgres {
    type Store = PostgresKeyStore;
    type Nonces = PostgresNonceStore;
    type Counters = PostgresCounterStore;
    type Tokens = PostgresTokenStore;

    const ZERO: &str = r"'\x00'";

    async fn fresh() -> Self {
        Self(Schema::create().await)
    }

    async fn connect(&self, master: MasterKey) -> PostgresKeyStore {
        PostgresKeyStore::new(postgres_pool(&self.url()).await, master)
    }

    async fn migrate(store: &PostgresKeyStore) {
        store.migrate().await.expect("the schema");
    }

    fn nonces(store: &PostgresKeyStore) -> PostgresNonceStore {
        PostgresNonceStore::new(store.pool().clone())
    }

    fn counters(store: &PostgresKeyStore) -> PostgresCounterStore {
        PostgresCounterStore::new(store.pool().clone())
    }

    fn tokens(store: &PostgresKeyStore) -> PostgresTokenStore {
        PostgresTokenStore::new(store.pool().clone())
    }

    async fn sweep_tokens(tokens: &PostgresTokenStore, now: Timestamp) {
        tokens.sweep(now).await.expect("swept");
    }

    async fn sweep(nonces: &PostgresNonceStore) {
        nonces.sweep().await.expect("swept");
    }

    async fn sweep_counters(counters: &PostgresCounterStore, now: Timestamp) {
        counters.sweep(now).await.expect("swept");
    }

    async fn close(store: &PostgresKeyStore) {
        store.pool().close().await;
    }

    async fn run(&self, statement: &str) -> Result<u64, sqlx::Error> {
        Ok(query(AssertSqlSafe(statement)).execute(&mut self.raw().await).await?.rows_affected())
    }

    async fn count(&self, of: &str) -> usize {
        let select = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
        let count: i64 = query_scalar(select).fetch_one(&mut self.raw().await).await.expect("a count");
        usize::try_from(count).expect("a count")
    }

    /// Constraints are never unmet here; and the server was not killed.
    async fn check_integrity(&self) {}

    async fn unguard(&self) {
        let unguard = "DO $$ DECLARE guard record; BEGIN \
            FOR guard IN SELECT conrelid::regclass AS place, conname FROM pg_constraint \
                WHERE contype IN ('c', 'f') AND connamespace = current_schema()::regnamespace ORDER BY contype DESC \
            LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', guard.place, guard.conname); END LOOP; \
            ALTER TABLE keys DISABLE TRIGGER USER; END $$";
        self.run(unguard).await.expect("unguarded");
    }

    async fn forbid_deleting(&self, table: &str) {
        let trigger = format!(
            "CREATE TRIGGER no_{table} BEFORE DELETE ON {table} EXECUTE FUNCTION refuse_change_of_key('no')"
        );
        self.run(&trigger).await.expect("a trigger");
    }

    async fn bytes(&self) -> Vec<u8> {
        let mut connection = self.raw().await;
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
        let tables: Vec<String> = query_scalar(tables).fetch_all(&mut connection).await.expect("a list");
        let mut bytes = Vec::new();
        for table in tables {
            // Texts as they are, bytes as hex digits.
            let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
            let rows: Vec<String> = query_scalar(rows).fetch_all(&mut connection).await.expect("rows");
            for row in rows {
                bytes.extend_from_slice(row.as_bytes());
                bytes.push(b'\n');
            }
        }
        bytes
    }
}
