//! What every store in SQL is made of, and how its schema comes about.
//!
//! The files of this folder are written once and compiled once for each database: each
//! database's `mod.rs` includes them by path. They speak of `super::Store` and of
//! `super::dialect`, which says in a few names where the databases differ. (Code that is
//! generic over `sqlx::Database` would need a dozen bounds on every function.)
//!
//! What the statements here keep to, so that each database takes them: parameters are
//! `$1`, `$2`, ...; the column `"user"` is in quotation marks unless a table is before it;
//! numbers and times are 64 bits wide; texts compare by their bytes.

use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::change::start;
use super::dialect::{self, Pool};
use super::{SCHEMA, Store};
use crate::store::sealing::MasterKey;
use crate::store::{KeyHasher, StoreError};

const MIGRATIONS: &str = "portcullis_migrations";

impl<P> Store<P> {
    /// A store over a pool of the application's own, with SHA-256 of API keys. The pool
    /// decides how safe a commit is and how long a look-up may take:
    /// [`connect`](Self::connect) shows what is meant.
    #[must_use]
    pub fn new(pool: Pool, master: MasterKey) -> Self {
        Self { pool, master: Arc::new(master), hasher: Arc::default(), principal: PhantomData }
    }

    /// The pool, for tables of the application's own in the same database.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Sets how API keys become digests; for this handle and those cloned from it.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Arc::new(hasher);
        self
    }

    /// Makes the schema, or what is missing of it: all of it, or nothing. Doing it again
    /// changes nothing; of several processes that do it at once, one does and the others
    /// wait.
    ///
    /// # Errors
    /// When the database cannot be written, or holds the schema of another version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migrate(&self.pool).await
    }
}

/// Makes the schema in the database of a pool.
pub(super) async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let steps = SCHEMA.iter().zip(1..).map(|(&(what, sql), number)| {
        Migration::new(number, what.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name(MIGRATIONS);
    // The transaction holds a lock of its own.
    migrator.set_locking(false);
    let mut change = start(pool).await?;
    dialect::before_migration(&mut change).await?;
    migrator.run_direct(None, &mut *change, false).await.map_err(StoreError::unavailable)?;
    change.commit().await.map_err(StoreError::unavailable)
}

impl<P> Clone for Store<P> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            master: Arc::clone(&self.master),
            hasher: Arc::clone(&self.hasher),
            principal: PhantomData,
        }
    }
}
