//! Which account a site belongs to.

use crate::store::{Enabled, KeyAdmin, OwnerRef, SiteDirectory};
use crate::{AccountId, SiteId};

use super::owners::people;

async fn account_of(store: &(impl SiteDirectory + KeyAdmin), site: &str) -> Option<String> {
    let account = store.account_of_site(&SiteId::from(site)).await.expect("an answer");
    account.map(|account| account.to_string())
}

async fn switch(store: &(impl SiteDirectory + KeyAdmin), owner: &OwnerRef, active: Enabled) {
    store.set_owner_active(owner, active).await.expect("switched");
}

/// An active site is found with the account that it was added to.
pub async fn a_site_is_found_with_its_account(store: &(impl SiteDirectory + KeyAdmin)) {
    people(store).await;
    assert_eq!(account_of(store, "red-site").await.as_deref(), Some("red"));
    assert_eq!(account_of(store, "blue-site").await.as_deref(), Some("blue"));
}

/// Sites are compared byte by byte; no pattern, user or account is a site.
pub async fn an_unknown_site_has_no_account(store: &(impl SiteDirectory + KeyAdmin)) {
    people(store).await;
    for unknown in
        ["absent", "RED-SITE", "red-site ", "red-sit_", "red-sit%", "red-user", "red", "", "red-site\0"]
    {
        assert_eq!(account_of(store, unknown).await, None, "{unknown:?}");
    }
}

/// A site that is switched off has no account until it is switched on.
pub async fn a_site_that_is_switched_off_is_unknown(store: &(impl SiteDirectory + KeyAdmin)) {
    people(store).await;
    let site = OwnerRef::Site(SiteId::from("red-site"));
    switch(store, &site, Enabled::No).await;
    assert_eq!(account_of(store, "red-site").await, None);
    assert_eq!(account_of(store, "blue-site").await.as_deref(), Some("blue"));
    switch(store, &site, Enabled::Yes).await;
    assert_eq!(account_of(store, "red-site").await.as_deref(), Some("red"));
}

/// A site of an account that is switched off has none either.
pub async fn a_site_of_an_account_that_is_switched_off_is_unknown(store: &(impl SiteDirectory + KeyAdmin)) {
    people(store).await;
    let account = OwnerRef::Account(AccountId::from("red"));
    switch(store, &account, Enabled::No).await;
    assert_eq!(account_of(store, "red-site").await, None);
    assert_eq!(account_of(store, "blue-site").await.as_deref(), Some("blue"));
    switch(store, &account, Enabled::Yes).await;
    assert_eq!(account_of(store, "red-site").await.as_deref(), Some("red"));
}
