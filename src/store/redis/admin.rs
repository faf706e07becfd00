//! Changing keys in Redis: each change is one script, made of what was read before, which
//! does nothing where that has changed.

use std::time::Duration;

use super::RedisKeyStore;
use super::documents::StoredKey;
use super::draft::Attempts;
use super::scripts::USE;
use crate::store::{
    AdminError, Change, Enabled, FromKey, IssuedKey, KeyAdmin, KeyEdit, KeyQuery, KeyRef, KeyState,
    KeySummary, Networks, NewKey, OwnerKind, OwnerRef, OwnerSummary, Revoked, StoreError, issuing,
};
use crate::{AccountId, Limits, SiteId, Timestamp, UserId};

/// How many uses one script writes: while it runs, the server answers nobody else.
const USES: usize = 500;

impl<P: FromKey> KeyAdmin for RedisKeyStore<P> {
    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        self.add_owner(OwnerRef::Account(account.clone()), None).await
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.add_owner(OwnerRef::User(user.clone()), account).await
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.add_owner(OwnerRef::Site(site.clone()), Some(account)).await
    }

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        issuing::check_site_url(url)?;
        let site = OwnerRef::Site(site.clone());
        self.change_owner(&site, |known| known.url = url.map(str::to_owned)).await
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.change_owner(owner, |known| known.limits = limits.clone()).await
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        self.change_owner(owner, |known| known.active = active == Enabled::Yes).await
    }

    async fn list_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        self.page_of_owners(kind, after, limit).await
    }

    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let issued = self.issue_keys(vec![key], now).await?;
        issued.into_iter().next().ok_or(AdminError::Store(StoreError::corrupt("a change without a key")))
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        self.issue_keys(keys, now).await
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        self.rotate_key(key, overlap, now).await
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        issuing::check_reason(reason)?;
        let revoke = |held: &mut StoredKey| {
            if held.summary.state == KeyState::Revoked {
                return Ok(Edited::No);
            }
            held.summary.state = KeyState::Revoked;
            held.summary.revoked = Some(Revoked { at: now, reason: reason.to_owned() });
            Ok(Edited::Yes)
        };
        self.change_key(key, revoke).await
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        self.change_live_key(key, |held| held.state = enabled.into()).await
    }

    async fn edit(&self, key: &KeyRef, edit: KeyEdit) -> Result<(), AdminError> {
        let edit = |held: &mut StoredKey| {
            held.summary = issuing::edited(held.summary.clone(), edit.clone())?;
            issuing::principal::<P>(&held.summary).ok_or(AdminError::MissingOwner)?;
            Ok(Edited::Yes)
        };
        self.change_key(key, edit).await
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        self.change_live_key(key, |held| held.networks = networks.clone()).await
    }

    async fn record_uses(&self, uses: &[(KeyRef, Timestamp)]) -> Result<(), AdminError> {
        for uses in uses.chunks(USES) {
            let mut call = self.server.invoke(&USE);
            for (key, at) in uses {
                call.arg(key.realm.as_str()).arg(key.id.as_str()).arg(at.as_unix_micros());
            }
            let _: i64 = self.server.run(&call).await?;
        }
        Ok(())
    }

    async fn find_key(&self, key: &KeyRef) -> Result<Option<KeySummary>, AdminError> {
        Ok(self.known(key).await?.map(|found| found.summary))
    }

    async fn list(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        self.page(query, now).await
    }
}

/// Whether an edit left something to be written.
pub(super) enum Edited {
    Yes,
    No,
}

impl<P> RedisKeyStore<P> {
    /// Changes a key, whatever its state.
    async fn change_key(
        &self,
        key: &KeyRef,
        edit: impl Fn(&mut StoredKey) -> Result<Edited, AdminError> + Send + Sync,
    ) -> Result<(), AdminError> {
        let name = self.server.names().key(key);
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([name.clone()]).await?;
            let mut held = StoredKey::parse(draft.document(&name)?.ok_or(AdminError::UnknownKey)?)?;
            if let Edited::No = edit(&mut held)? {
                return Ok(());
            }
            held.epoch = held.epoch.saturating_add(1);
            draft.write(name.clone(), held.print()?);
            if draft.commit(Change::Key(key.clone())).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// Changes a key that was not revoked.
    async fn change_live_key(
        &self,
        key: &KeyRef,
        edit: impl Fn(&mut KeySummary) + Send + Sync,
    ) -> Result<(), AdminError> {
        let edit = |held: &mut StoredKey| {
            if held.summary.state == KeyState::Revoked {
                return Err(AdminError::Revoked);
            }
            edit(&mut held.summary);
            Ok(Edited::Yes)
        };
        self.change_key(key, edit).await
    }
}
