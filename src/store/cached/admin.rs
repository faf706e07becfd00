//! Changing keys and owners: this node forgets at once.

use std::time::Duration;

use super::CachedKeyStore;
use crate::store::{
    AdminError, Change, Enabled, IssuedKey, KeyAdmin, KeyEdit, KeyRef, Networks, NewKey, OwnerRef, forward,
};
use crate::{AccountId, KeyId, Limits, Realm, SiteId, Timestamp, UserId};

impl<S: KeyAdmin> KeyAdmin for CachedKeyStore<S> {
    forward! { self => self.shared.store; list_owners record_uses find_key list }

    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        let change = Change::Owner(OwnerRef::Account(account.clone()));
        self.changing(change).add_account(account).await
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.changing(Change::Owner(OwnerRef::User(user.clone()))).add_user(user, account).await
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.changing(Change::Owner(OwnerRef::Site(site.clone()))).add_site(site, account).await
    }

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        self.changing(Change::Owner(OwnerRef::Site(site.clone()))).set_site_url(site, url).await
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.changing(Change::Owner(owner.clone())).set_owner_limits(owner, limits).await
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        self.changing(Change::Owner(owner.clone())).set_owner_active(owner, active).await
    }

    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        self.changing(new_secrets()).issue(key, now).await
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        self.changing(new_secrets()).issue_all(keys, now).await
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        self.changing(Change::Secret(key.clone())).rotate(key, overlap, now).await
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        self.changing(Change::Key(key.clone())).revoke(key, reason, now).await
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        self.changing(Change::Key(key.clone())).set_enabled(key, enabled).await
    }

    async fn edit(&self, key: &KeyRef, edit: KeyEdit) -> Result<(), AdminError> {
        self.changing(Change::Key(key.clone())).edit(key, edit).await
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        self.changing(Change::Key(key.clone())).assign_networks(key, networks).await
    }
}

/// What was not found before may be there now; no record that is cached is touched.
pub(super) fn new_secrets() -> Change {
    Change::Secret(KeyRef { realm: Realm::default(), id: KeyId::from("") })
}
