//! Which account a site belongs to, cached; where keys were used from and what changed, which
//! is not.

use super::CachedKeyStore;
use super::question::Question;
use crate::audit::{KeyUse, KnownAddresses};
use crate::store::{ChangeFeed, KeyStore, SiteDirectory, StoreError};
use crate::{AccountId, SiteId};

impl<S: KeyStore + SiteDirectory> SiteDirectory for CachedKeyStore<S> {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        let shared = &*self.shared;
        let question = Question::site(site);
        if let Some(answer) = shared.sites.known(&question, &shared.validity) {
            return Ok(answer);
        }
        let subjects = |_: Option<&AccountId>| shared.validity.places().of_site(site);
        let fetch = || shared.store.account_of_site(site);
        Box::pin(shared.sites.ask(&question, &shared.validity, fetch, subjects)).await
    }
}

impl<S: KeyStore + KnownAddresses> KnownAddresses for CachedKeyStore<S> {
    fn first_use(&self, used: &KeyUse<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send {
        self.shared.store.first_use(used)
    }
}

impl<S: KeyStore + ChangeFeed> ChangeFeed for CachedKeyStore<S> {
    type Listener = S::Listener;

    fn change_number(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        self.shared.store.change_number()
    }

    fn listen(&self) -> impl Future<Output = Result<Self::Listener, StoreError>> + Send {
        self.shared.store.listen()
    }
}
