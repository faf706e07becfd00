//! Keys in SQLite: opening a file, and finding keys in it.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{QueryBuilder, SqlSafeStr, Sqlite, SqlitePool, Transaction};

use super::MasterKey;
use super::row::{self, select_keys};
use crate::store::{
    FromKey, KeyDigest, KeyHandle, KeyHasher, KeyRecord, KeyRecordBuilder, KeyStore, KeySummary, StoreError,
    StoredPrincipal, issuing,
};
use crate::{Realm, Scheme};

/// What the schema was made of, step by step. A step that was released is never edited.
const SCHEMA: [(&str, &str); 4] = [
    ("owners, keys and their secrets", include_str!("schema/1_keys.sql")),
    ("groups, roles and privileges", include_str!("schema/2_directory.sql")),
    ("networks of keys, and entry points", include_str!("schema/3_limits.sql")),
    ("addresses that keys were used from", include_str!("schema/4_addresses.sql")),
];
const MIGRATIONS: &str = "portcullis_migrations";
const PATIENCE: Duration = Duration::from_secs(5);

/// Keys in SQLite. Its clones are the same store.
///
/// ```
/// use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
/// use portcullis::store::{KeyAdmin, KeyHandle, KeyOwner, KeyStore, NewKey, StoredPrincipal};
/// use portcullis::{Realm, Scheme, Timestamp, UserId};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("keys.db");
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let store = SqliteKeyStore::<StoredPrincipal>::connect(path, MasterKey::generate()?).await?;
/// store.migrate().await?;
/// store.add_user(&UserId::from("ada"), None).await?;
/// let key = NewKey::new(Scheme::XAuth, KeyOwner::user("ada"));
/// let issued = store.issue(key, Timestamp::from_unix_seconds(0)).await?;
///
/// let (realm, id) = (Realm::default(), issued.id.as_str());
/// let found = store.find(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id }).await?;
/// assert_eq!(found.expect("the key").principal().user(), &Some(UserId::from("ada")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteKeyStore<P = StoredPrincipal> {
    pub(super) pool: SqlitePool,
    pub(super) master: Arc<MasterKey>,
    pub(super) hasher: Arc<KeyHasher>,
    principal: PhantomData<fn() -> P>,
}

impl<P> SqliteKeyStore<P> {
    /// A store over a pool of the application's own, with SHA-256 of API keys. The pool
    /// decides how safe a commit is: [`connect`](Self::connect) shows what is meant.
    #[must_use]
    pub fn new(pool: SqlitePool, master: MasterKey) -> Self {
        Self { pool, master: Arc::new(master), hasher: Arc::default(), principal: PhantomData }
    }

    /// Opens a file, or makes it: with a write-ahead log, so that look-ups do not wait
    /// for changes; with every commit on the disk before it is reported; and with 5
    /// seconds of patience for other processes.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn connect(path: impl AsRef<Path>, master: MasterKey) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE).connect_with(options).await;
        Ok(Self::new(pool.map_err(StoreError::unavailable)?, master))
    }

    /// The pool, for tables of the application's own in the same file.
    #[must_use]
    pub const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Sets how API keys become digests; for this handle and those cloned from it.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Arc::new(hasher);
        self
    }

    /// Makes the schema, or what is missing of it. Doing it again changes nothing; of
    /// several processes that do it at once, one does and the others wait.
    ///
    /// # Errors
    /// When the file cannot be written, or holds the schema of another version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let steps = SCHEMA.into_iter().zip(1..).map(|((what, sql), number)| {
            Migration::new(number, what.into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        let mut migrator = Migrator::with_migrations(steps.collect());
        migrator.dangerous_set_table_name(MIGRATIONS);
        let mut change = self.begin().await?;
        migrator.run_direct(None, &mut *change, false).await.map_err(StoreError::unavailable)?;
        change.commit().await.map_err(StoreError::unavailable)
    }

    /// Starts a change. It takes the right to write at once, so that it cannot be
    /// refused halfway; it is undone unless it is committed.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::unavailable)
    }
}

impl<P: FromKey> SqliteKeyStore<P> {
    async fn by_digests(
        &self,
        realm: &Realm,
        digests: &[KeyDigest],
    ) -> Result<Option<KeyRecord<P>>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(select_keys!(
            ", x.digest, x.expires_at AS secret_end",
            "key_secrets x LEFT JOIN keys k ON k.number = x.key",
            "WHERE x.realm = "
        ));
        query.push_bind(realm.as_str()).push(" AND x.digest IN (");
        let mut list = query.separated(", ");
        for digest in digests {
            list.push_bind(digest.as_bytes().as_slice());
        }
        query.push(")");
        let rows = query.build().fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        for digest in digests {
            for row in &rows {
                if row::column::<&[u8]>(row, "digest")? == digest.as_bytes() {
                    return self.api_key(row, realm).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn api_key(&self, row: &SqliteRow, realm: &Realm) -> Result<KeyRecord<P>, StoreError> {
        let key = row::summary(row)?;
        if key.scheme != Scheme::ApiKey || key.realm != *realm {
            return Err(StoreError::Corrupt("the digest of an API key"));
        }
        let end = row::moment(row, "secret_end")?;
        Ok(issuing::record(&key, principal(&key)?, row::epoch(row)?, end).build())
    }

    async fn by_id(
        &self,
        realm: &Realm,
        scheme: Scheme,
        id: &str,
    ) -> Result<Option<KeyRecord<P>>, StoreError> {
        let rows = sqlx::query(select_keys!(
            ", x.number, x.sealed, x.expires_at AS secret_end",
            "keys k LEFT JOIN key_secrets x ON x.key = k.number",
            "WHERE k.realm = ? AND k.id = ? AND k.scheme = ? ORDER BY x.number DESC"
        ))
        .bind(realm.as_str())
        .bind(id)
        .bind(scheme.name())
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::unavailable)?;
        let Some(first) = rows.first() else { return Ok(None) };
        let key = row::summary(first)?;
        let secrets = rows.iter().map(|row| row::live_secret(row, &key, &self.master));
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        let record = issuing::record(&key, principal(&key)?, row::epoch(first)?, None);
        Ok(Some(secrets.into_iter().fold(record, KeyRecordBuilder::secret).build()))
    }
}

fn principal<P: FromKey>(key: &KeySummary) -> Result<P, StoreError> {
    issuing::principal(key).ok_or(StoreError::Corrupt("a key without an owner that its principal needs"))
}

impl<P: FromKey> KeyStore for SqliteKeyStore<P> {
    type Principal = P;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError> {
        let found = match *handle {
            KeyHandle::Digests { realm, digests } => self.by_digests(realm, digests).await?,
            KeyHandle::Id { realm, scheme: scheme @ (Scheme::QuerySignature | Scheme::XAuth), id } => {
                self.by_id(realm, scheme, id).await?
            }
            // Keys of other schemes have no secret that could be checked.
            KeyHandle::Id { .. } => None,
        };
        Ok(found.map(Arc::new))
    }
}

impl<P> Clone for SqliteKeyStore<P> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            master: Arc::clone(&self.master),
            hasher: Arc::clone(&self.hasher),
            principal: PhantomData,
        }
    }
}

impl<P> fmt::Debug for SqliteKeyStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteKeyStore").finish_non_exhaustive()
    }
}
