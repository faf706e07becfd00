//! Issuing and changing keys in memory.

use std::time::Duration;

use super::MemoryKeyStore;
use super::directory::{Directory, Entry, Held, HeldSecret};
use crate::store::{
    AdminError, Enabled, FromKey, IssuedKey, KeyAdmin, KeyEdit, KeyQuery, KeyRef, KeySummary, Networks,
    NewKey, OwnerKind, OwnerRef, OwnerSummary, issuing,
};
use crate::{AccountId, KeyId, Limits, SiteId, Timestamp, UserId};

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

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        issuing::check_site_url(url)?;
        let site = OwnerRef::Site(site.clone());
        self.directory().edit_owner(
            &site,
            |held, _| *held = url.map(str::to_owned),
            |entry| self.publish(entry),
        )
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.directory().edit_owner(owner, |_, held| *held = limits, |entry| self.publish(entry))
    }

    async fn list_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        Ok(self.known().owners(kind, after, limit))
    }

    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let forged = issuing::forge(&key)?;
        let mut directory = self.directory();
        let entry = self.prepare(&directory, key, &forged, now)?;
        self.publish(directory.add(entry)?);
        Ok(forged)
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        let mut directory = self.directory();
        let (mut all, mut entries) = (Vec::with_capacity(keys.len()), Vec::with_capacity(keys.len()));
        for key in keys {
            let forged = issuing::forge(&key)?;
            entries.push(self.prepare(&directory, key, &forged, now)?);
            all.push(forged);
        }
        directory.check_all(&entries)?;
        for entry in entries {
            self.publish(directory.add(entry)?);
        }
        Ok(all)
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let mut directory = self.directory();
        let entry = directory.changeable(key)?;
        let issued = issuing::fresh(entry.summary.scheme, &entry.format, Some(&key.id))?;
        let held = self.hold(&entry.summary, issued.secret.as_ref())?;
        entry.summary.hint = issuing::hint(entry.summary.scheme, &entry.format, issued.secret.as_ref());
        let dropped = entry.rotate(held, overlap, now);
        self.withdraw(entry, dropped);
        self.publish(entry);
        Ok(issued)
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        issuing::check_reason(reason)?;
        let mut directory = self.directory();
        self.publish(directory.revoke(key, reason, now)?);
        Ok(())
    }

    async fn edit(&self, key: &KeyRef, edit: KeyEdit) -> Result<(), AdminError> {
        let mut directory = self.directory();
        let entry = directory.known(key)?;
        let summary = issuing::edited(entry.summary.clone(), edit)?;
        let principal = issuing::principal(&summary).ok_or(AdminError::MissingOwner)?;
        entry.principal = principal;
        entry.limit(|held| *held = summary);
        self.publish(entry);
        Ok(())
    }

    async fn record_uses(&self, uses: &[(KeyRef, Timestamp)]) -> Result<(), AdminError> {
        let mut directory = self.directory();
        for (key, at) in uses {
            if let Ok(entry) = directory.known(key) {
                entry.summary.last_used = entry.summary.last_used.max(Some(*at));
            }
        }
        Ok(())
    }

    async fn find_key(&self, key: &KeyRef) -> Result<Option<KeySummary>, AdminError> {
        Ok(self.known().summary(key).cloned())
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

    async fn list(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        issuing::check_search(query)?;
        self.known().page(query, now)
    }
}

impl<P: FromKey> MemoryKeyStore<P> {
    /// A new key as it will be kept.
    fn prepare(
        &self,
        directory: &Directory<P>,
        key: NewKey,
        forged: &IssuedKey,
        now: Timestamp,
    ) -> Result<Entry<P>, AdminError> {
        let hold = |summary: &KeySummary| self.hold(summary, forged.secret.as_ref());
        let mut entry = self.prepare_holding(directory, key, forged.id.clone(), hold, now)?;
        entry.summary.hint = issuing::hint(entry.summary.scheme, &entry.format, forged.secret.as_ref());
        Ok(entry)
    }

    /// A new key as it will be kept, with what `hold` keeps of its secret.
    pub(super) fn prepare_holding(
        &self,
        directory: &Directory<P>,
        mut key: NewKey,
        id: KeyId,
        hold: impl FnOnce(&KeySummary) -> Result<HeldSecret, AdminError>,
        now: Timestamp,
    ) -> Result<Entry<P>, AdminError> {
        let format = issuing::format(&key)?;
        let owner = std::mem::take(&mut key.owner);
        let (owner, active) = directory.settle(owner)?;
        let summary = issuing::summary(key, id, owner, active, now);
        let principal = issuing::principal(&summary).ok_or(AdminError::MissingOwner)?;
        let secrets = vec![Held { secret: hold(&summary)?, expires_at: None }];
        Ok(Entry { summary, principal, format, secrets, epoch: 0 })
    }
}
