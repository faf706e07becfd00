//! Where SQLite differs from other databases.

pub(super) use sqlx::Sqlite as Database;
pub(super) use sqlx::SqlitePool as Pool;
pub(super) use sqlx::sqlite::{SqliteConnection as Connection, SqliteRow as Row};

pub(super) use crate::store::Silence as Listener;
use crate::store::{ChangeMessage, StoreError};

/// A change takes the right to write at once, so that it cannot be refused halfway.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// A text may contain NUL.
pub(super) const HOLDS_NUL: bool = true;

/// Whoever writes is alone in the file.
#[expect(clippy::unused_async, reason = "other databases wait here")]
pub(super) async fn before_migration(_: &mut Connection) -> Result<(), StoreError> {
    Ok(())
}

/// Nobody hears of changes: other processes compare the counter.
#[expect(clippy::unused_async, reason = "other databases send a message here")]
pub(super) async fn announce(_: &mut Connection, _: &ChangeMessage) -> Result<(), sqlx::Error> {
    Ok(())
}

#[expect(clippy::unused_async, reason = "other databases wait here")]
pub(super) async fn listen(_: &Pool) -> Result<Listener, StoreError> {
    Ok(Listener)
}

/// The function that says where a text has a part; nowhere is 0.
pub(super) const FIND: &str = "instr";

/// Before a column that no index is to be used for.
pub(super) const NO_INDEX: &str = "+";

/// Joins another table behind the one before it, in this order.
pub(super) const NEXT: &str = "CROSS JOIN";

/// Joins the uses of keys behind them.
pub(super) const USES: &str = "CROSS JOIN key_uses w ON w.key = k.number";

/// The time now, in microseconds since the Unix epoch.
macro_rules! now {
    () => {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    };
}

pub(super) use now;

/// The rows whose keys a query gives, one look-up each.
macro_rules! among {
    ($key:literal, $($query:expr),+) => {
        concat!("(", $key, ") IN (SELECT ", $key, " ", $($query),+, ")")
    };
}

pub(super) use among;
