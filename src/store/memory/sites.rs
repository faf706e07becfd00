//! Which account a site belongs to, in memory.

use super::MemoryKeyStore;
use crate::store::{SiteDirectory, StoreError};
use crate::{AccountId, SiteId};

impl<P: Send + Sync + 'static> SiteDirectory for MemoryKeyStore<P> {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        Ok(self.directory().account_of_site(site))
    }
}
