//! Refresh tokens in SQL: one row a family, with the digest of the one token that is good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::query;

use super::dialect::{Pool, Row, among, now};
use super::row::column;
use super::{Tokens, store};
use crate::Timestamp;
use crate::store::tokens::KEPT;
use crate::store::{FamilyId, RefreshFamily, RefreshStore, RefreshTurn, StoreError, TokenDigest, Turned};

/// Every so many writes, what is long past is swept by the way.
const EVERY: u64 = 256;

const BEGIN: &str = "INSERT INTO refresh_families (family, owner, token, facts, ends_at, until) \
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 < $5 THEN $6 ELSE $5 END)";
/// One statement: of those that present the same token at once, one finds it.
const TURN: &str = "UPDATE refresh_families SET token = $3, \
     until = CASE WHEN $4 < ends_at THEN $4 ELSE ends_at END \
     WHERE family = $1 AND token = $2 AND until > $5 RETURNING facts";
const REUSED: &str =
    "DELETE FROM refresh_families WHERE family = $1 AND token <> $2 AND until > $3 RETURNING facts";
const HELD: &str = "SELECT 1 FROM refresh_families WHERE family = $1";
/// What is past for the node, and for the database too.
const SWEEP: &str = concat!(
    "DELETE FROM refresh_families WHERE ",
    among!(
        "family",
        "FROM refresh_families WHERE until < $1 AND until < (SELECT ",
        now!(),
        " - $2) ORDER BY until LIMIT 512"
    ),
    " AND until < $1"
);

impl Tokens {
    /// Refresh tokens and revocations in the database of a pool. Their tables are among those
    /// that the store of keys makes.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool, writes: Arc::new(AtomicU64::new(0)) }
    }

    /// Makes the schema, as that of the store of keys does.
    ///
    /// # Errors
    /// When the database cannot be written, or holds the schema of another version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        store::migrate(&self.pool).await
    }

    /// Forgets some of the families and revocations that ended a day before `now`, and a day
    /// ago by the clock of the database. That is done by the way of writing too.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let past = now.as_unix_micros().saturating_sub(KEPT);
        for sweep in [SWEEP, super::revocations::SWEEP] {
            let sweep = query(sweep).bind(past).bind(KEPT);
            sweep.execute(&self.pool).await.map_err(StoreError::unavailable)?;
        }
        Ok(())
    }

    /// Sweeps now and then.
    pub(super) async fn written(&self, now: Timestamp) {
        if self.writes.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1 && self.sweep(now).await.is_err()
        {
            // What was asked is done; a later write sweeps again.
            crate::trace::event!(warn, "what is past of the tokens was not swept");
        }
    }
}

impl RefreshStore for Tokens {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let begin = query(BEGIN)
            .bind(id.as_bytes().to_vec())
            .bind(RefreshFamily::owner(&family.issuer, &family.subject).to_vec())
            .bind(token.as_bytes().to_vec())
            .bind(family.to_bytes()?)
            .bind(family.ends_at.as_unix_micros())
            .bind(until.as_unix_micros());
        begin.execute(&self.pool).await.map_err(StoreError::unavailable)?;
        self.written(family.began_at).await;
        Ok(())
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        let (family, presented) = (turn.family.as_bytes().to_vec(), turn.presented.as_bytes().to_vec());
        let now = turn.now.as_unix_micros();
        let next = query(TURN)
            .bind(family.clone())
            .bind(presented.clone())
            .bind(turn.next.as_bytes().to_vec())
            .bind(turn.until.as_unix_micros())
            .bind(now);
        // To the last row: what a commit fails with comes behind the first.
        let rows = next.fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        if let Some(row) = rows.first() {
            self.written(turn.now).await;
            return facts(row).map(Turned::Next);
        }
        let reused = query(REUSED).bind(family.clone()).bind(presented).bind(now);
        let rows = reused.fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        if let Some(row) = rows.first() {
            return facts(row).map(Turned::Reused);
        }
        let held = query(HELD).bind(family).fetch_optional(&self.pool).await;
        Ok(held.map_err(StoreError::unavailable)?.map_or(Turned::Unknown, |_| Turned::Expired))
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        let select = query("SELECT facts FROM refresh_families WHERE family = $1");
        let row = select.bind(id.as_bytes().to_vec()).fetch_optional(&self.pool).await;
        row.map_err(StoreError::unavailable)?.as_ref().map(facts).transpose()
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        let end = query("DELETE FROM refresh_families WHERE family = $1").bind(id.as_bytes().to_vec());
        let ended = end.execute(&self.pool).await.map_err(StoreError::unavailable)?;
        Ok(ended.rows_affected() > 0)
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        let owner = RefreshFamily::owner(issuer, subject).to_vec();
        let end = query("DELETE FROM refresh_families WHERE owner = $1").bind(owner);
        Ok(end.execute(&self.pool).await.map_err(StoreError::unavailable)?.rows_affected())
    }
}

fn facts(row: &Row) -> Result<RefreshFamily, StoreError> {
    RefreshFamily::from_bytes(column(row, "facts")?)
}
