//! Where SQLite differs from other databases.

pub(super) use sqlx::Sqlite as Database;
pub(super) use sqlx::SqlitePool as Pool;
pub(super) use sqlx::sqlite::{SqliteConnection as Connection, SqliteRow as Row};

use crate::store::StoreError;

/// A change takes the right to write at once, so that it cannot be refused halfway.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// A text may contain NUL.
pub(super) const HOLDS_NUL: bool = true;

/// Whoever writes is alone in the file.
#[expect(clippy::unused_async, reason = "other databases wait here")]
pub(super) async fn before_migration(_: &mut Connection) -> Result<(), StoreError> {
    Ok(())
}
