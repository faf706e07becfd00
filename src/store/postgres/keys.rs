//! Reaching a database.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, raw_sql};

use crate::store::sealing::MasterKey;
use crate::store::{KeyHasher, StoreError, StoredPrincipal};

/// What the schema was made of, step by step. A step that was released is never edited.
pub(super) const SCHEMA: &[(&str, &str)] = &[
    ("keys, roles, nonces and counters", include_str!("schema/1_keys.sql")),
    ("refresh tokens, revocations and rings of keys", include_str!("schema/2_tokens.sql")),
    ("schemes and forms of signatures", include_str!("schema/3_signatures.sql")),
    ("hints and orders of keys", include_str!("schema/4_lists.sql")),
];
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is tried before it is used.
const FRESH: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 10;

/// Keys in PostgreSQL. Its clones are the same store.
///
/// ```no_run
/// use portcullis::store::postgres::PostgresKeyStore;
/// use portcullis::store::{KeyAdmin, KeyOwner, MasterKey, NewKey, StoredPrincipal};
/// use portcullis::{Scheme, Timestamp, UserId};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "postgres://app@db.internal/app";
/// let store = PostgresKeyStore::<StoredPrincipal>::connect(url, MasterKey::generate()?).await?;
/// store.migrate().await?;
/// store.add_user(&UserId::from("ada"), None).await?;
/// let key = NewKey::new(Scheme::XAuth, KeyOwner::user("ada"));
/// let issued = store.issue(key, Timestamp::from_unix_seconds(0)).await?;
/// # drop(issued);
/// # Ok(())
/// # }
/// ```
pub struct PostgresKeyStore<P = StoredPrincipal> {
    pub(super) pool: PgPool,
    pub(super) master: Arc<MasterKey>,
    pub(super) hasher: Arc<KeyHasher>,
    pub(super) principal: PhantomData<fn() -> P>,
}

impl<P> PostgresKeyStore<P> {
    /// Opens a pool of at most 10 connections. Whoever asks waits at most 5 seconds for
    /// one of them, and a statement runs for at most 5 seconds; then the answer is an
    /// error. Its tables are in the schema that the URL's user finds first.
    ///
    /// A connection that was in use within the last 10 seconds is not tried first, so
    /// that a look-up is one round trip. When the server was started anew, each of those
    /// gives one error.
    ///
    /// # Errors
    /// When the URL cannot be read, or the server cannot be reached.
    pub async fn connect(url: &str, master: MasterKey) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(StoreError::unavailable)?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, pooled| {
                Box::pin(async move {
                    if pooled.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                let limit = raw_sql("SET statement_timeout = '5s'");
                Box::pin(async move { connection.execute(limit).await.map(drop) })
            })
            .connect_with(options)
            .await;
        Ok(Self::new(pool.map_err(StoreError::unavailable)?, master))
    }
}

impl<P> fmt::Debug for PostgresKeyStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresKeyStore").finish_non_exhaustive()
    }
}
