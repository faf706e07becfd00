//! Where PostgreSQL differs from other databases.

pub(super) use sqlx::Postgres as Database;
pub(super) use sqlx::postgres::{PgConnection as Connection, PgPool as Pool, PgRow as Row};
use sqlx::{Executor, query, query_scalar, raw_sql};

pub(super) use super::listener::{PostgresListener as Listener, listen};
use crate::store::{ChangeMessage, StoreError};

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

/// What listens in one schema hears nothing of another: the channel is named for where the
/// counter is.
macro_rules! channel {
    () => {
        "'portcullis_changes_' || (SELECT relnamespace FROM pg_class WHERE oid = 'change_counter'::regclass)"
    };
}

pub(super) use channel;

/// Sends the message when the change is in force, and not at all if it never is.
pub(super) async fn announce(change: &mut Connection, message: &ChangeMessage) -> Result<(), sqlx::Error> {
    let notify = query(concat!("SELECT pg_notify(", channel!(), ", $1)"));
    notify.bind(message.to_string()).execute(change).await.map(drop)
}

/// The function that says where a text has a part; nowhere is 0.
pub(super) const FIND: &str = "strpos";

/// Before a column that no index is to be used for: nothing, the planner knows when one helps.
pub(super) const NO_INDEX: &str = "";

/// Joins another table.
pub(super) const NEXT: &str = "JOIN";

/// Joins the uses of keys.
pub(super) const USES: &str = "JOIN key_uses w ON w.key = k.number";

/// The time now, in microseconds since the Unix epoch; not the time when the transaction
/// began.
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
    };
}

pub(super) use now;

/// The rows whose keys a query gives, one look-up each. Where it stands behind `IN` it is
/// joined, and the planner may read the whole table for that.
macro_rules! among {
    ($key:literal, $($query:expr),+) => {
        concat!("ctid = ANY(ARRAY(SELECT ctid ", $($query),+, "))")
    };
}

pub(super) use among;
