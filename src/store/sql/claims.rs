//! Claims of nonces in SQL: one statement each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::query;

use super::change::start;
use super::dialect::{Pool, among, now};
use super::{Nonces, store};
use crate::store::{Claim, NonceStore, StoreError};

/// Every so many claims, what is past is swept by the way.
const EVERY: u64 = 64;
const MARGIN: Duration = Duration::from_secs(600);

/// The row is new, and its end lies behind what may have been forgotten already.
const CLAIM: &str = concat!(
    "INSERT INTO nonces (claim, until) SELECT $1, $2 WHERE $2 > (SELECT floor FROM nonce_floor) AND $2 > ",
    now!(),
    " - $3 ON CONFLICT DO NOTHING"
);
/// The time is asked in a query of its own: an index can be searched for what is the same for
/// every row, which the clock is not.
const PAST: &str =
    concat!("SELECT 1 FROM nonces WHERE until <= (SELECT ", now!(), " - 2 * $1) ORDER BY until LIMIT 1");
/// Twice the margin back: a claim that is being made meanwhile has seen a time less than
/// one margin ago, and what it may still make is not swept.
const RAISE: &str =
    concat!("UPDATE nonce_floor SET floor = ", now!(), " - 2 * $1 WHERE floor < ", now!(), " - 2 * $1");
const SWEEP: &str = concat!(
    "DELETE FROM nonces WHERE ",
    among!("claim", "FROM nonces WHERE until <= (SELECT floor FROM nonce_floor) ORDER BY until LIMIT 512")
);

/// What the clones of a store of nonces share.
#[derive(Debug)]
pub(super) struct Sweeping {
    claims: AtomicU64,
    margin: AtomicI64,
}

impl Nonces {
    /// Claims in the database of a pool. Its tables are among those that the store of keys
    /// makes.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        let sweeping = Sweeping { claims: AtomicU64::new(0), margin: AtomicI64::new(0) };
        Self { pool, sweeping: Arc::new(sweeping) }.with_margin(MARGIN)
    }

    /// Sets for how long a claim is kept when it is past, and how late one may be made: 10
    /// minutes where nothing else is said. The clock of a node may differ by so much from
    /// that of the database. All nodes must have the same.
    #[must_use]
    pub fn with_margin(self, margin: Duration) -> Self {
        let margin = i64::try_from(margin.as_micros()).unwrap_or(i64::MAX).min(LONGEST);
        self.sweeping.margin.store(margin, Ordering::Relaxed);
        self
    }

    /// Makes the schema, as that of the store of keys does.
    ///
    /// # Errors
    /// When the database cannot be written, or holds the schema of another version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        store::migrate(&self.pool).await
    }

    /// Forgets some of what is past by twice the margin. That is done by the way of making
    /// claims too.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let margin = self.sweeping.margin.load(Ordering::Relaxed);
        let past = query(PAST).bind(margin).fetch_optional(&self.pool).await;
        if past.map_err(StoreError::unavailable)?.is_none() {
            return Ok(());
        }
        let mut sweep = start(&self.pool).await?;
        // The floor rises first: whoever finds a claim gone finds it raised.
        let raise = query(RAISE).bind(margin).execute(&mut *sweep).await;
        raise.map_err(StoreError::unavailable)?;
        query(SWEEP).execute(&mut *sweep).await.map_err(StoreError::unavailable)?;
        sweep.commit().await.map_err(StoreError::unavailable)
    }
}

/// A century, so that no sum of it overflows.
const LONGEST: i64 = 100 * 366 * 24 * 3600 * 1_000_000;

impl NonceStore for Nonces {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        if claim.until < claim.now {
            return Ok(false);
        }
        let insert = query(CLAIM)
            .bind(claim.digest().to_vec())
            .bind(claim.until.as_unix_micros())
            .bind(self.sweeping.margin.load(Ordering::Relaxed));
        let inserted = insert.execute(&self.pool).await.map_err(StoreError::unavailable)?.rows_affected();
        if inserted == 0 {
            let floor = query("SELECT 1 FROM nonce_floor").fetch_optional(&self.pool).await;
            let floor = floor.map_err(StoreError::unavailable)?;
            return floor.map(|_| false).ok_or(StoreError::corrupt("the floor of the nonces"));
        }
        if self.sweeping.claims.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1
            && self.sweep().await.is_err()
        {
            // The claim is made; the next one sweeps again.
            crate::trace::event!(warn, "what is past of the nonces was not swept");
        }
        Ok(true)
    }
}
