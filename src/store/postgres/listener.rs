//! Hearing of changes from PostgreSQL.

use std::fmt;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification, PgPool};
use sqlx::{Acquire, Connection, query_scalar};
use tokio::time::timeout;

use super::dialect::channel;
use crate::store::{ChangeListener, ChangeMessage, StoreError};

/// How long a connection may be silent before it is asked whether it is still there, and how
/// long the answer may take.
const SILENCE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits for changes, on a connection of its own.
///
/// A connection that was cut without a word is noticed within about 12 seconds, and until
/// then nothing is heard on it: who must know sooner compares
/// [`change_number`](crate::store::ChangeFeed::change_number) now and then.
pub struct PostgresListener {
    connection: PgListener,
    lost: bool,
}

pub(super) async fn listen(pool: &PgPool) -> Result<PostgresListener, StoreError> {
    // Beside the pool: waiting there would take a connection away from look-ups.
    let own = pool.options().clone().min_connections(0).max_connections(1);
    let own = own.max_lifetime(None).idle_timeout(None);
    let own = own.connect_lazy_with((*pool.connect_options()).clone());
    let mut connection = PgListener::connect_with(&own).await.map_err(StoreError::unavailable)?;
    connection.eager_reconnect(false);
    let channel = query_scalar(concat!("SELECT ", channel!())).fetch_one(&mut connection).await;
    let channel: String = channel.map_err(StoreError::unavailable)?;
    connection.listen(&channel).await.map_err(StoreError::unavailable)?;
    Ok(PostgresListener { connection, lost: false })
}

impl PostgresListener {
    /// Waits for a message; asks after a silence whether the server still hears, for a load
    /// balancer or a NAT that has forgotten the connection tells neither end.
    async fn hear(&mut self) -> Result<PgNotification, StoreError> {
        loop {
            // Giving up the wait loses nothing: a message that has come in part is kept.
            match timeout(SILENCE, self.connection.try_recv()).await {
                Ok(heard) => {
                    let heard = heard.map_err(StoreError::unavailable)?;
                    return heard.ok_or_else(|| StoreError::unavailable("the connection was lost"));
                }
                Err(_) => self.ping().await?,
            }
        }
    }

    /// What is heard meanwhile is kept for the next wait.
    async fn ping(&mut self) -> Result<(), StoreError> {
        let answer = async { self.connection.acquire().await?.ping().await };
        match timeout(PATIENCE, answer).await {
            Ok(answer) => answer.map_err(StoreError::unavailable),
            Err(late) => Err(StoreError::unavailable(late)),
        }
    }
}

impl ChangeListener for PostgresListener {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        // Reconnecting in silence would hide what was missed.
        if self.lost {
            return Err(StoreError::unavailable("the connection was lost"));
        }
        let heard = self.hear().await.inspect_err(|_| self.lost = true)?;
        heard.payload().parse().map_err(|_| StoreError::corrupt("the message of a change"))
    }
}

impl fmt::Debug for PostgresListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresListener").finish_non_exhaustive()
    }
}
