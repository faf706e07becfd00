//! Revocations of tokens in SQL: one statement each.

use sqlx::{QueryBuilder, query};

use super::Tokens;
use super::dialect::{Database, Row, among, now};
use super::row::column;
use crate::Timestamp;
use crate::store::tokens::MOST_NAMES;
use crate::store::{MOST_EPOCH, Revocation, RevocationName, StoreError, TokenRevocations};

/// Two revocations of one name revoke what either does, for as long as either is needed.
const REVOKE: &str = "INSERT INTO revocations (name, issued_until, least_epoch, until) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET \
     issued_until = CASE WHEN excluded.issued_until > revocations.issued_until \
         THEN excluded.issued_until ELSE revocations.issued_until END, \
     least_epoch = CASE WHEN excluded.least_epoch > revocations.least_epoch \
         THEN excluded.least_epoch ELSE revocations.least_epoch END, \
     until = CASE WHEN excluded.until > revocations.until \
         THEN excluded.until ELSE revocations.until END";
/// What is past for the node, and for the database too.
pub(super) const SWEEP: &str = concat!(
    "DELETE FROM revocations WHERE ",
    among!(
        "name",
        "FROM revocations WHERE until < $1 AND until < (SELECT ",
        now!(),
        " - $2) ORDER BY until LIMIT 512"
    ),
    " AND until < $1"
);

impl TokenRevocations for Tokens {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let epoch = i64::try_from(what.least_epoch).ok().filter(|_| what.least_epoch <= MOST_EPOCH);
        let revoke = query(REVOKE)
            .bind(name.as_bytes().to_vec())
            .bind(what.issued_until.as_unix_micros())
            .bind(epoch.ok_or_else(|| StoreError::unavailable("an epoch is at most 2^53"))?)
            .bind(until.as_unix_micros());
        revoke.execute(&self.pool).await.map_err(StoreError::unavailable)?;
        self.written(now).await;
        Ok(())
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        _: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        if names.len() > MOST_NAMES {
            return Err(StoreError::unavailable("at most 16 names are asked at once"));
        }
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let select = "SELECT name, issued_until, least_epoch FROM revocations WHERE name IN (";
        let mut query = QueryBuilder::<Database>::new(select);
        let mut list = query.separated(", ");
        for name in names {
            list.push_bind(name.as_bytes().as_slice());
        }
        query.push(")");
        let rows = query.build().fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        let mut answers = vec![None; names.len()];
        for row in &rows {
            let held: &[u8] = column(row, "name")?;
            let revocation = revocation(row)?;
            for (name, answer) in names.iter().zip(&mut answers) {
                if name.as_bytes() == held {
                    *answer = Some(revocation);
                }
            }
        }
        Ok(answers)
    }
}

fn revocation(row: &Row) -> Result<Revocation, StoreError> {
    let least_epoch = u64::try_from(column::<i64>(row, "least_epoch")?)
        .map_err(|error| StoreError::corrupt_with("a revocation", error))?;
    let issued_until = Timestamp::from_unix_micros(column(row, "issued_until")?);
    Ok(Revocation { issued_until, least_epoch })
}
