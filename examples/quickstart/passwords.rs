//! The passwords of users: a table of the example's own beside those of the key store,
//! and the crate's contract over it.

use portcullis::password::{PasswordHash, PasswordStore};
use portcullis::store::StoreError;
use sqlx::SqlitePool;
use sqlx::{query, query_scalar};

/// Hashes of passwords in the file of the key store.
#[derive(Clone, Debug)]
pub(crate) struct Passwords(SqlitePool);

impl Passwords {
    pub(crate) const fn new(pool: SqlitePool) -> Self {
        Self(pool)
    }

    /// Makes the table and its first row, both or neither.
    pub(crate) async fn create(&self, user: &str, hash: &PasswordHash) -> Result<(), StoreError> {
        let table = "CREATE TABLE quickstart_passwords (\
             user TEXT NOT NULL PRIMARY KEY REFERENCES users (id), hash TEXT NOT NULL) STRICT";
        let row = query("INSERT INTO quickstart_passwords (user, hash) VALUES (?, ?)");
        let mut change = self.0.begin().await.map_err(StoreError::unavailable)?;
        query(table).execute(&mut *change).await.map_err(StoreError::unavailable)?;
        let row = row.bind(user).bind(hash.expose()).execute(&mut *change);
        row.await.map_err(StoreError::unavailable)?;
        change.commit().await.map_err(StoreError::unavailable)
    }

    /// The hash of a user; none where there is no such table yet.
    pub(crate) async fn find_hash(&self, user: &str) -> Result<Option<PasswordHash>, StoreError> {
        let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'quickstart_passwords'";
        let tables: i64 = query_scalar(table).fetch_one(&self.0).await.map_err(StoreError::unavailable)?;
        if tables == 0 { Ok(None) } else { self.find(user).await }
    }
}

impl PasswordStore for Passwords {
    /// A user who was switched off has no password.
    async fn find(&self, user: &str) -> Result<Option<PasswordHash>, StoreError> {
        let hash = "SELECT p.hash FROM quickstart_passwords p JOIN users u ON u.id = p.user \
             WHERE p.user = ? AND u.active = 1";
        let hash = query_scalar::<_, String>(hash).bind(user).fetch_optional(&self.0).await;
        let hash = hash.map_err(StoreError::unavailable)?.map(|text| PasswordHash::parse(&text));
        hash.transpose().map_err(|_| StoreError::corrupt("the hash of a password"))
    }
}
