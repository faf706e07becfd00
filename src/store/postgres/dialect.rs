//! Where PostgreSQL differs from other databases.

pub(super) use sqlx::Postgres as Database;
pub(super) use sqlx::postgres::{PgConnection as Connection, PgPool as Pool, PgRow as Row};
use sqlx::{Executor, query_scalar, raw_sql};

use crate::store::StoreError;

/// Each statement of a change sees what was committed before it; with the lock on the
/// counter's row, which a change takes first, that is all there is. Another process that
/// is cut off in the middle of a change keeps that lock for 10 seconds at most.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
     SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// A text may not contain NUL.
pub(super) const HOLDS_NUL: bool = false;

/// Waits for whoever migrates the same database, and refuses one whose texts could not
/// be any text.
pub(super) async fn before_migration(change: &mut Connection) -> Result<(), StoreError> {
    let alone = "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7382915042616)";
    (&mut *change).execute(raw_sql(alone)).await.map_err(StoreError::unavailable)?;
    let encoding = query_scalar("SELECT current_setting('server_encoding')").fetch_one(change).await;
    let encoding: String = encoding.map_err(StoreError::unavailable)?;
    if encoding != "UTF8" {
        return Err(StoreError::unavailable("the database does not hold UTF-8"));
    }
    Ok(())
}
