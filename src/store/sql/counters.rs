//! Counting in SQL, exactly: each counter is one row.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::query;

use super::change::start;
use super::dialect::{Connection, Pool, Row, among, now};
use super::row::column;
use super::{Counters, store};
use crate::Timestamp;
use crate::crypto::digest;
use crate::store::counter::{LONGEST_BUDGET, MOST_BUDGETS};
use crate::store::{Budget, CounterStore, Spent, StoreError, Taken};

/// Every so many takings, counters of periods that are long past are swept by the way.
const EVERY: u64 = 256;
/// How long a counter outlives its period: for so long the clock may go back, and by so much
/// that of a node may be ahead.
const KEPT: i64 = 24 * 3600 * 1_000_000;

/// Whether the period that is held does not go on: `$6` is how far ahead one may begin.
macro_rules! anew {
    () => {
        concat!(
            "(counters.period < excluded.period OR (counters.period > excluded.period \
             AND counters.ends_at - counters.seconds * 1000000 > (SELECT ",
            now!(),
            " + $6)))"
        )
    };
}

/// Takes one, where there is one left. A period that was counted later goes on.
/// One that begins more than a day from now, as the database has it, is of a clock that was
/// wrong: it does not go on.
const TAKE: &str = concat!(
    "INSERT INTO counters (name, seconds, period, used, ends_at) VALUES ($1, $2, $3, 1, $4) \
     ON CONFLICT (name, seconds) DO UPDATE SET \
     used = CASE WHEN ",
    anew!(),
    " THEN 1 ELSE counters.used + 1 END, ends_at = CASE WHEN ",
    anew!(),
    " THEN excluded.ends_at ELSE counters.ends_at END, period = CASE WHEN ",
    anew!(),
    " THEN excluded.period ELSE counters.period END WHERE ",
    anew!(),
    " OR counters.used < $5 RETURNING used, ends_at"
);
const HELD: &str = "SELECT used, ends_at FROM counters WHERE name = $1 AND seconds = $2";
/// What is past for the node, and for the database too: a clock that is ahead sweeps nothing
/// that the other nodes count on.
const SWEEP: &str = concat!(
    "DELETE FROM counters WHERE ",
    among!(
        "name, seconds",
        "FROM counters WHERE ends_at < $1 AND ends_at < (SELECT ",
        now!(),
        " - $2) ORDER BY ends_at LIMIT 512"
    ),
    " AND ends_at < $1"
);

impl Counters {
    /// Counters in the database of a pool. Their table is among those that the store of
    /// keys makes.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool, takings: Arc::new(AtomicU64::new(0)) }
    }

    /// Makes the schema, as that of the store of keys does.
    ///
    /// # Errors
    /// When the database cannot be written, or holds the schema of another version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        store::migrate(&self.pool).await
    }

    /// Forgets some of the counters whose period ended a day before `now`, and a day ago by
    /// the clock of the database. That is done by the way of counting too.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let sweep = query(SWEEP).bind(now.as_unix_micros().saturating_sub(KEPT)).bind(KEPT);
        sweep.execute(&self.pool).await.map(drop).map_err(StoreError::unavailable)
    }

    async fn take_one(&self, budget: &Budget<'_>, now: Timestamp) -> Result<Taken, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(StoreError::unavailable)?;
        Ok(match take(&mut connection, budget, now).await? {
            Some(spent) => Taken::All(vec![spent]),
            None => Taken::Exhausted { index: 0, spent: held(&mut connection, budget).await? },
        })
    }

    async fn take_all(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        // In one order everywhere, so that no two takings wait for each other.
        let mut order: Vec<_> = budgets.iter().enumerate().collect();
        order.sort_by_key(|(_, budget)| (budget.name, budget.limit.period()));
        let (mut taken, mut exhausted) = (Vec::with_capacity(budgets.len()), None::<(usize, Spent)>);
        let mut transaction = start(&self.pool).await?;
        for (index, budget) in order {
            match take(&mut transaction, budget, now).await? {
                Some(spent) => taken.push((index, spent)),
                None => {
                    let spent = held(&mut transaction, budget).await?;
                    if exhausted.is_none_or(|(_, longest)| longest.resets_at < spent.resets_at) {
                        exhausted = Some((index, spent));
                    }
                }
            }
        }
        if let Some((index, spent)) = exhausted {
            // Nothing was taken: the transaction ends here.
            return Ok(Taken::Exhausted { index, spent });
        }
        transaction.commit().await.map_err(StoreError::unavailable)?;
        taken.sort_by_key(|(index, _)| *index);
        Ok(Taken::All(taken.into_iter().map(|(_, spent)| spent).collect()))
    }
}

impl CounterStore for Counters {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        if budgets.len() > MOST_BUDGETS || budgets.iter().any(|budget| budget.name.len() > LONGEST_BUDGET) {
            return Err(StoreError::unavailable("at most 64 budgets, with names of at most 1024 bytes"));
        }
        let taken = match budgets {
            [] => Taken::All(Vec::new()),
            [budget] => self.take_one(budget, now).await?,
            budgets => self.take_all(budgets, now).await?,
        };
        if self.takings.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1 && self.sweep(now).await.is_err()
        {
            // What was asked is answered; a later taking sweeps again.
            crate::trace::event!(warn, "what is past of the counters was not swept");
        }
        Ok(taken)
    }
}

/// None where nothing is left.
async fn take(
    connection: &mut Connection,
    budget: &Budget<'_>,
    now: Timestamp,
) -> Result<Option<Spent>, StoreError> {
    let (period, ends_at) = budget.period_at(now);
    let take = query(TAKE)
        .bind(name(budget))
        .bind(seconds(budget))
        .bind(period)
        .bind(ends_at.as_unix_micros())
        .bind(i64::try_from(budget.limit.count()).unwrap_or(i64::MAX))
        .bind(KEPT);
    let row = take.fetch_optional(connection).await.map_err(StoreError::unavailable)?;
    row.map(|row| spent(&row, budget)).transpose()
}

/// How a counter stands from which nothing was taken.
async fn held(connection: &mut Connection, budget: &Budget<'_>) -> Result<Spent, StoreError> {
    let select = query(HELD).bind(name(budget)).bind(seconds(budget));
    let row = select.fetch_optional(connection).await.map_err(StoreError::unavailable)?;
    spent(&row.ok_or(StoreError::corrupt("a counter"))?, budget)
}

fn spent(row: &Row, budget: &Budget<'_>) -> Result<Spent, StoreError> {
    let used = u64::try_from(column::<i64>(row, "used")?)
        .map_err(|error| StoreError::corrupt_with("a counter", error))?;
    let resets_at = Timestamp::from_unix_micros(column(row, "ends_at")?);
    Ok(Spent { used: used.min(budget.limit.count()), resets_at })
}

fn name(budget: &Budget<'_>) -> Vec<u8> {
    digest::sha256(budget.name.as_bytes()).to_vec()
}

fn seconds(budget: &Budget<'_>) -> i64 {
    i64::try_from(budget.limit.period().as_secs()).unwrap_or(i64::MAX)
}
