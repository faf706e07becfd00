//! Pages of keys in SQL.

use sqlx::QueryBuilder;

use super::Store;
use super::admin::refused;
use super::dialect::Database;
use super::row::{self, list_keys, select_keys};
use super::texts;
use crate::store::{AdminError, KeyQuery, KeySummary};
use crate::{AccountId, KeyId, SiteId, Timestamp, UserId};

/// How many rows are read at once where not every one of them may fit.
const ROWS: usize = 500;

impl<P> Store<P> {
    /// What an index can tell is asked of the database; what is left is read from behind
    /// the last row on, until the page is full or the keys end.
    pub(super) async fn page(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        let mut page = Vec::new();
        let mut after = query.after.clone();
        while page.len() < query.limit {
            let rows = self.rows(query, after.as_ref(), ROWS).await?;
            let ended = rows.len() < ROWS;
            after = rows.last().map(|key| key.id.clone());
            let fitting = rows.into_iter().filter(|key| query.selects(key, now));
            page.extend(fitting.take(query.limit - page.len()));
            if ended {
                break;
            }
        }
        Ok(page)
    }

    async fn rows(
        &self,
        query: &KeyQuery,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<KeySummary>, AdminError> {
        let mut select = QueryBuilder::<Database>::new(list_keys!("WHERE k.realm = "));
        texts::check_id(query.realm.as_str())?;
        select.push_bind(query.realm.as_str());
        let conditions = [
            (" AND k.id > ", after.map(KeyId::as_str)),
            (" AND k.user = ", query.user.as_ref().map(UserId::as_str)),
            (" AND k.account = ", query.account.as_ref().map(AccountId::as_str)),
            (" AND k.site = ", query.site.as_ref().map(SiteId::as_str)),
        ];
        for (condition, text) in conditions {
            if let Some(text) = text {
                texts::check_id(text)?;
                select.push(condition).push_bind(text);
            }
        }
        select.push(" ORDER BY k.id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = select.build().fetch_all(&self.pool).await.map_err(refused)?;
        Ok(rows.iter().map(row::listed).collect::<Result<_, _>>()?)
    }
}
