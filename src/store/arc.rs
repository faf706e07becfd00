//! A store behind an `Arc` is a store.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::{
    AdminError, Enabled, EntryPoint, EntryPointStore, EntryPoints, IssuedKey, KeyAdmin, KeyRef, KeySummary,
    Networks, NewKey, OwnerRef, SavedEntryPoint, SyncReport,
};
use crate::{AccountId, KeyId, Realm, SiteId, Timestamp, UserId};

impl<S: KeyAdmin> KeyAdmin for Arc<S> {
    fn add_account(&self, account: &AccountId) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::add_account(self, account)
    }

    fn add_user(
        &self,
        user: &UserId,
        account: Option<&AccountId>,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::add_user(self, user, account)
    }

    fn add_site(
        &self,
        site: &SiteId,
        account: &AccountId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::add_site(self, site, account)
    }

    fn set_owner_active(
        &self,
        owner: &OwnerRef,
        active: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::set_owner_active(self, owner, active)
    }

    fn issue(
        &self,
        key: NewKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send {
        S::issue(self, key, now)
    }

    fn rotate(
        &self,
        key: &KeyRef,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send {
        S::rotate(self, key, overlap, now)
    }

    fn revoke(&self, key: &KeyRef) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::revoke(self, key)
    }

    fn set_enabled(
        &self,
        key: &KeyRef,
        enabled: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::set_enabled(self, key, enabled)
    }

    fn assign_networks(
        &self,
        key: &KeyRef,
        networks: Networks,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::assign_networks(self, key, networks)
    }

    fn list(
        &self,
        realm: &Realm,
        after: Option<&KeyId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<KeySummary>, AdminError>> + Send {
        S::list(self, realm, after, limit)
    }
}

impl<S: EntryPointStore> EntryPointStore for Arc<S> {
    fn sync_entry_points(
        &self,
        declared: &[EntryPoint],
    ) -> impl Future<Output = Result<SyncReport, AdminError>> + Send {
        S::sync_entry_points(self, declared)
    }

    fn entry_points(&self) -> impl Future<Output = Result<Vec<SavedEntryPoint>, AdminError>> + Send {
        S::entry_points(self)
    }

    fn assign_entry_points(
        &self,
        key: &KeyRef,
        names: EntryPoints,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        S::assign_entry_points(self, key, names)
    }
}
