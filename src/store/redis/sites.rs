//! Which account a site belongs to, in Redis.

use super::RedisKeyStore;
use super::documents::StoredOwner;
use super::scripts::OWNER;
use crate::store::{SiteDirectory, StoreError};
use crate::{AccountId, SiteId};

type Document = Option<Vec<u8>>;

impl<P: 'static> SiteDirectory for RedisKeyStore<P> {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        let name = self.server.names().site(site);
        let Some((site, account, _)) = self.owner_and(&name, &name).await? else { return Ok(None) };
        let account = account.ok_or(StoreError::corrupt("a site without an account"))?;
        Ok(if site.active && account.active { site.account } else { None })
    }
}

impl<P> RedisKeyStore<P> {
    /// An owner, the account that it belongs to, and another document, in one round trip.
    pub(super) async fn owner_and(
        &self,
        owner: &str,
        other: &str,
    ) -> Result<Option<(StoredOwner, Option<StoredOwner>, Document)>, StoreError> {
        let mut call = self.server.invoke(&OWNER);
        call.key(owner).key(other);
        let found: Option<(Vec<u8>, Document, Document)> = self.server.run(&call).await?;
        let Some((owner, account, other)) = found else { return Ok(None) };
        let owner = StoredOwner::parse(&owner)?;
        if owner.account.is_some() != account.is_some() {
            return Err(StoreError::corrupt("the account of an owner"));
        }
        let account = account.map(|document| StoredOwner::parse(&document)).transpose()?;
        Ok(Some((owner, account, other)))
    }
}
