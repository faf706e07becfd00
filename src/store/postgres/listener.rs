//! Hearing of changes from PostgreSQL.

use std::fmt;

use sqlx::postgres::{PgListener, PgPool};
use sqlx::query_scalar;

use super::dialect::channel;
use crate::store::{ChangeListener, ChangeMessage, StoreError};

/// Waits for changes, on a connection of its own.
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

impl ChangeListener for PostgresListener {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        // Reconnecting in silence would hide what was missed.
        if self.lost {
            return Err(StoreError::unavailable("the connection was lost"));
        }
        match self.connection.try_recv().await {
            Ok(Some(heard)) => {
                heard.payload().parse().map_err(|_| StoreError::corrupt("the message of a change"))
            }
            Ok(None) => {
                self.lost = true;
                Err(StoreError::unavailable("the connection was lost"))
            }
            Err(error) => {
                self.lost = true;
                Err(StoreError::unavailable(error))
            }
        }
    }
}

impl fmt::Debug for PostgresListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresListener").finish_non_exhaustive()
    }
}
