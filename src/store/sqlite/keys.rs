//! Opening a file.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::store::sealing::MasterKey;
use crate::store::{KeyHasher, StoreError, StoredPrincipal};

/// What the schema was made of, step by step. A step that was released is never edited.
pub(super) const SCHEMA: &[(&str, &str)] = &[
    ("owners, keys and their secrets", include_str!("schema/1_keys.sql")),
    ("groups, roles and privileges", include_str!("schema/2_directory.sql")),
    ("networks of keys, and entry points", include_str!("schema/3_limits.sql")),
    ("addresses that keys were used from", include_str!("schema/4_addresses.sql")),
    ("the counter of changes", include_str!("schema/5_changes.sql")),
    ("lives of keys, nonces and counters", include_str!("schema/6_lives.sql")),
    ("hashes of other systems", include_str!("schema/7_legacy.sql")),
    ("refresh tokens, revocations and rings of keys", include_str!("schema/8_tokens.sql")),
    ("schemes and forms of signatures", include_str!("schema/9_signatures.sql")),
    ("hints, orders and searches of keys", include_str!("schema/10_lists.sql")),
];
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
    pub(super) principal: PhantomData<fn() -> P>,
}

impl<P> SqliteKeyStore<P> {
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
}

impl<P> fmt::Debug for SqliteKeyStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteKeyStore").finish_non_exhaustive()
    }
}
