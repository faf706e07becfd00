//! Which account a site belongs to.

use std::future::Future;

use super::StoreError;
use crate::{AccountId, SiteId};

/// Where it is known which account a site belongs to.
///
/// A site has one account, and its id is the id of no other site, whatever the account.
/// Ids are compared to the letter.
///
/// A directory answers `Ok(None)` only when it *knows* that there is no such site, or that
/// the site or its account is switched off. Whatever keeps it from knowing is an error,
/// which becomes a 503.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a directory of sites")]
pub trait SiteDirectory: Send + Sync + 'static {
    /// The account that an active site of an active account belongs to.
    ///
    /// # Errors
    /// When the directory cannot answer.
    fn account_of_site(
        &self,
        site: &SiteId,
    ) -> impl Future<Output = Result<Option<AccountId>, StoreError>> + Send;
}
