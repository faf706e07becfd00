//! A store whose changes are recorded.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{AuditEvent, AuditSink, KeyChange, KeyLimit};
use crate::store::{
    AdminError, Enabled, EntryPoint, EntryPointStore, EntryPoints, IssuedKey, KeyAdmin, KeyEdit, KeyRef,
    KeyState, LegacyHash, LegacyKeyStore, Networks, NewKey, OwnerRef, SyncReport, forward, forward_keys,
    forward_legacy_hash, forward_sites,
};
use crate::{AccountId, Clock, KeyId, Limits, SiteId, SystemClock, Timestamp, UserId};

/// A store that records how its keys, their owners and their rights are changed, and is in all
/// else the store inside.
///
/// An event is recorded after the change was made, and only then: what was refused, or
/// could not be done, leaves none. A process that dies between the two leaves a change
/// without its event. Finding and listing keys records nothing: the use of a key is what
/// becomes of a request.
///
/// ```
/// use portcullis::audit::{AuditTrail, Audited};
/// use portcullis::store::{KeyAdmin, KeyOwner, KeyRef, NewKey, memory::MemoryKeyStore};
/// use portcullis::{Realm, Scheme, Timestamp};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let trail = AuditTrail::new();
/// let store: MemoryKeyStore = MemoryKeyStore::new();
/// let keys = Audited::new(store, trail.clone()).acting_as("grace, on the admin page");
/// let new = NewKey::new(Scheme::ApiKey, KeyOwner::default());
/// let issued = keys.issue(new, Timestamp::from_unix_seconds(0)).await?;
/// let key = KeyRef { realm: Realm::default(), id: issued.id.clone() };
/// keys.revoke(&key, "left the company", Timestamp::from_unix_seconds(1)).await?;
/// assert_eq!(trail.names(), ["key-issued", "key-revoked"]);
/// # Ok::<(), portcullis::store::AdminError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Audited<S> {
    store: S,
    sink: Arc<dyn AuditSink>,
    clock: Arc<dyn Clock>,
    by: Option<Arc<str>>,
}

impl<S> Audited<S> {
    /// Records the changes of `store` in `sink`.
    #[must_use]
    pub fn new(store: S, sink: impl AuditSink) -> Self {
        Self { store, sink: Arc::new(sink), clock: Arc::new(SystemClock), by: None }
    }

    /// Takes the time of the changes that are not told it from another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Says who makes the changes. For several, clone the store first.
    #[must_use]
    pub fn acting_as(mut self, name: impl Into<Arc<str>>) -> Self {
        self.by = Some(name.into());
        self
    }

    /// The store inside, whose changes are not recorded.
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.store
    }

    pub(super) fn record(&self, event: &AuditEvent<'_>) {
        self.sink.record(event);
    }

    /// When it is, and who makes the changes.
    pub(super) fn now(&self) -> (Timestamp, Option<Arc<str>>) {
        (self.clock.now(), self.by.clone())
    }

    fn owner_added(&self, owner: OwnerRef, account: Option<&AccountId>) {
        let ((at, by), account) = (self.now(), account.cloned());
        self.record(&AuditEvent::OwnerAdded { at, by, owner, account });
    }

    fn change(&self, key: &KeyRef, at: Timestamp) -> KeyChange {
        KeyChange { by: self.by.clone(), ..KeyChange::new(at, key.clone()) }
    }
}

forward_keys!(Audited, self => self.store);
forward_sites!(Audited, self => self.store);

impl<S: KeyAdmin> KeyAdmin for Audited<S> {
    forward! { self => self.store; list_owners record_uses find_key list }

    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        self.store.add_account(account).await?;
        self.owner_added(OwnerRef::Account(account.clone()), None);
        Ok(())
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.store.add_user(user, account).await?;
        self.owner_added(OwnerRef::User(user.clone()), account);
        Ok(())
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.store.add_site(site, account).await?;
        self.owner_added(OwnerRef::Site(site.clone()), Some(account));
        Ok(())
    }

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        self.store.set_site_url(site, url).await?;
        let ((at, by), site, url) = (self.now(), site.clone(), url.map(str::to_owned));
        self.record(&AuditEvent::SiteMoved { at, by, site, url });
        Ok(())
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        self.store.set_owner_active(owner, active).await?;
        let ((at, by), owner) = (self.now(), owner.clone());
        self.record(&AuditEvent::OwnerSwitched { at, by, owner, active });
        Ok(())
    }

    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let (realm, scheme, owner) = (key.realm.clone(), Some(key.scheme), Some(key.owner.clone()));
        let issued = self.store.issue(key, now).await?;
        let key = KeyRef { realm, id: issued.id.clone() };
        self.record(&AuditEvent::KeyIssued(KeyChange { scheme, owner, ..self.change(&key, now) }));
        Ok(issued)
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        let facts: Vec<_> =
            keys.iter().map(|key| (key.realm.clone(), key.scheme, key.owner.clone())).collect();
        let issued = self.store.issue_all(keys, now).await?;
        for ((realm, scheme, owner), issued) in facts.into_iter().zip(&issued) {
            let key = KeyRef { realm, id: issued.id.clone() };
            let (scheme, owner) = (Some(scheme), Some(owner));
            self.record(&AuditEvent::KeyIssued(KeyChange { scheme, owner, ..self.change(&key, now) }));
        }
        Ok(issued)
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let issued = self.store.rotate(key, overlap, now).await?;
        self.record(&AuditEvent::KeyRotated(self.change(key, now)));
        Ok(issued)
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        // Revoking what is revoked changes nothing; where that cannot be found out, it is recorded.
        let before = self.store.find_key(key).await;
        self.store.revoke(key, reason, now).await?;
        if before.is_ok_and(|held| held.is_some_and(|held| held.state == KeyState::Revoked)) {
            return Ok(());
        }
        let change = self.change(key, now);
        self.record(&AuditEvent::KeyRevoked { change, reason: reason.to_owned() });
        Ok(())
    }

    async fn edit(&self, key: &KeyRef, edit: KeyEdit) -> Result<(), AdminError> {
        self.store.edit(key, edit.clone()).await?;
        let change = self.change(key, self.clock.now());
        self.record(&AuditEvent::KeyEdited { change, edit });
        Ok(())
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.store.set_owner_limits(owner, limits.clone()).await?;
        let ((at, by), owner) = (self.now(), owner.clone());
        self.record(&AuditEvent::OwnerLimited { at, by, owner, limits });
        Ok(())
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        self.store.set_enabled(key, enabled).await?;
        let change = self.change(key, self.clock.now());
        self.record(&AuditEvent::KeySwitched { change, enabled });
        Ok(())
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        let limit = KeyLimit::from(&networks);
        self.store.assign_networks(key, networks).await?;
        let change = self.change(key, self.clock.now());
        self.record(&AuditEvent::KeyLimited { change, limit });
        Ok(())
    }
}

impl<S: EntryPointStore> EntryPointStore for Audited<S> {
    forward! { self => self.store; entry_points }

    async fn sync_entry_points(&self, declared: &[EntryPoint]) -> Result<SyncReport, AdminError> {
        let report = self.store.sync_entry_points(declared).await?;
        if !report.is_empty() {
            let (at, by) = self.now();
            self.record(&AuditEvent::EntryPointsSynced { at, by, report: report.clone() });
        }
        Ok(report)
    }

    async fn assign_entry_points(&self, key: &KeyRef, names: EntryPoints) -> Result<(), AdminError> {
        let limit = KeyLimit::from(&names);
        self.store.assign_entry_points(key, names).await?;
        let change = self.change(key, self.clock.now());
        self.record(&AuditEvent::KeyLimited { change, limit });
        Ok(())
    }
}

/// An import is recorded as an issue. That a key is adopted is no change that anybody made.
impl<S: LegacyKeyStore> LegacyKeyStore for Audited<S> {
    async fn import_hash(
        &self,
        key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        let (realm, scheme, owner) = (key.realm.clone(), Some(key.scheme), Some(key.owner.clone()));
        let id = self.store.import_hash(key, hash, visible, now).await?;
        let key = KeyRef { realm, id: id.clone() };
        self.record(&AuditEvent::KeyIssued(KeyChange { scheme, owner, ..self.change(&key, now) }));
        Ok(id)
    }

    forward! { self => self.store; adopt }
    forward_legacy_hash!(self => self.store);
}

impl<S: fmt::Debug> fmt::Debug for Audited<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audited").field("store", &self.store).field("by", &self.by).finish_non_exhaustive()
    }
}
