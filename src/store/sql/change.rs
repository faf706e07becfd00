//! Making changes in SQL, one behind the other, and telling of them.

use std::ops::{Deref, DerefMut};

use sqlx::{Transaction, query};

use super::Store;
use super::admin::refused;
use super::dialect::{self, Connection, Database, Pool};
use super::row::column;
use crate::store::{AdminError, Change, ChangeFeed, ChangeMessage, StoreError};

/// A change that is being made, with its number. It is undone, its number with it, unless
/// it is committed.
pub(super) struct Pending {
    transaction: Transaction<'static, Database>,
    number: u64,
}

impl Pending {
    /// Puts the change in force, and sends the message of it at the same moment.
    pub(super) async fn commit(mut self, change: Change) -> Result<(), AdminError> {
        let message = ChangeMessage { number: self.number, change };
        dialect::announce(&mut self.transaction, &message).await.map_err(refused)?;
        self.transaction.commit().await.map_err(refused)
    }
}

impl Deref for Pending {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Pending {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}

impl<P> Store<P> {
    /// Starts a change, and counts it. Until it ends, no other can be made: so what it
    /// reads stays true, and changes come into force in the order of their numbers.
    pub(super) async fn begin(&self) -> Result<Pending, StoreError> {
        let mut transaction = start(&self.pool).await?;
        let count = query("UPDATE change_counter SET number = number + 1 RETURNING number");
        let row = count.fetch_optional(&mut *transaction).await.map_err(StoreError::unavailable)?;
        Ok(Pending { number: number(row.as_ref())?, transaction })
    }
}

impl<P: 'static> ChangeFeed for Store<P> {
    type Listener = dialect::Listener;

    async fn change_number(&self) -> Result<u64, StoreError> {
        let row = query("SELECT number FROM change_counter").fetch_optional(&self.pool).await;
        number(row.map_err(StoreError::unavailable)?.as_ref())
    }

    async fn listen(&self) -> Result<dialect::Listener, StoreError> {
        dialect::listen(&self.pool).await
    }
}

fn number(row: Option<&dialect::Row>) -> Result<u64, StoreError> {
    const COUNTER: StoreError = StoreError::corrupt("the counter of changes");
    u64::try_from(column::<i64>(row.ok_or(COUNTER)?, "number")?).map_err(|_| COUNTER)
}

/// Starts a transaction in which something is written.
pub(super) async fn start(pool: &Pool) -> Result<Transaction<'static, Database>, StoreError> {
    pool.begin_with(dialect::BEGIN).await.map_err(StoreError::unavailable)
}
