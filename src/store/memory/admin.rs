//! Issuing and changing keys in memory.

use std::time::Duration;

use super::MemoryKeyStore;
use super::directory::{Entry, Held};
use crate::store::{
    AdminError, Enabled, FromKey, IssuedKey, KeyAdmin, KeyRef, KeySummary, Networks, NewKey, OwnerRef,
    issuing,
};
use crate::{AccountId, KeyId, Realm, SiteId, Timestamp, UserId};

impl<P: FromKey> KeyAdmin for MemoryKeyStore<P> {
    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        self.directory().add_owner(OwnerRef::Account(account.clone()), None)
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.directory().add_owner(OwnerRef::User(user.clone()), account)
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.directory().add_owner(OwnerRef::Site(site.clone()), Some(account))
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        self.directory().switch_owner(owner, active == Enabled::Yes, |entry| self.publish(entry))
    }

    async fn issue(&self, mut key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let issued = issuing::forge(&key)?;
        let prefix = std::mem::take(&mut key.prefix);
        let owner = std::mem::take(&mut key.owner);
        let mut directory = self.directory();
        let (owner, active) = directory.settle(owner)?;
        let summary = issuing::summary(key, issued.id.clone(), owner, active, now);
        let principal = issuing::principal(&summary).ok_or(AdminError::MissingOwner)?;
        let secrets = vec![Held { secret: self.hold(&summary, &issued.secret)?, expires_at: None }];
        self.publish(directory.add(Entry { summary, principal, prefix, secrets, epoch: 0 })?);
        Ok(issued)
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let mut directory = self.directory();
        let entry = directory.changeable(key)?;
        let secret = issuing::fresh_secret(entry.summary.scheme, &entry.prefix)?;
        let held = self.hold(&entry.summary, &secret)?;
        let dropped = entry.rotate(held, overlap, now);
        self.withdraw(entry, dropped);
        self.publish(entry);
        Ok(IssuedKey { id: key.id.clone(), secret })
    }

    async fn revoke(&self, key: &KeyRef) -> Result<(), AdminError> {
        let mut directory = self.directory();
        self.publish(directory.revoke(key)?);
        Ok(())
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        let mut directory = self.directory();
        let entry = directory.changeable(key)?;
        entry.switch(enabled.into());
        self.publish(entry);
        Ok(())
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        let mut directory = self.directory();
        let entry = directory.changeable(key)?;
        entry.limit(|summary| summary.networks = networks);
        self.publish(entry);
        Ok(())
    }

    async fn list(
        &self,
        realm: &Realm,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<KeySummary>, AdminError> {
        Ok(self.directory().page(realm, after, limit))
    }
}
