//! Which account a site belongs to, in SQL.

use sqlx::query;

use super::Store;
use super::row::column;
use super::texts::can_hold;
use crate::store::{SiteDirectory, StoreError};
use crate::{AccountId, SiteId};

impl<P: 'static> SiteDirectory for Store<P> {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        if !can_hold(site.as_str()) {
            return Ok(None);
        }
        let row = query(
            "SELECT s.account, s.active, a.active AS account_active \
             FROM sites s LEFT JOIN accounts a ON a.id = s.account WHERE s.id = $1",
        )
        .bind(site.as_str())
        .fetch_optional(&self.pool)
        .await
        .map_err(StoreError::unavailable)?;
        let Some(row) = row else { return Ok(None) };
        let account_active = column::<Option<i64>>(&row, "account_active")?;
        let account_active = account_active.ok_or(StoreError::corrupt("the account of a site"))?;
        let active = column::<i64>(&row, "active")? == 1 && account_active == 1;
        let account = column::<&str>(&row, "account")?;
        Ok(active.then(|| AccountId::from(account)))
    }
}
