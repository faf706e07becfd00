//! Which users keys may be bound to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{
    AdminError, Enabled, EntryPoint, EntryPointStore, EntryPoints, IssuedKey, KeyAdmin, KeyHandle, KeyRecord,
    KeyRef, KeyStore, KeySummary, Networks, NewKey, OwnerRef, SavedEntryPoint, StoreError, SyncReport,
};
use crate::{AccountId, KeyId, Realm, SiteId, Timestamp, UserId};

/// A key store that issues keys only for the users that a predicate allows.
///
/// A key that is bound to no user is none of its business, and a key that was issued
/// before, or past it, stays what it is. The same predicate may choose whom a form offers:
/// [`allows`](Self::allows).
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{AdminError, KeyOwner, NewKey, OwnerFilter};
/// use portcullis::{KeyAdmin, Scheme, Timestamp, UserId};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let admin = OwnerFilter::new(keys, |user: &UserId| user.as_str().starts_with("admin"));
/// for user in ["admin-ada", "bob"] {
///     admin.add_user(&UserId::from(user), None).await?;
/// }
/// let now = Timestamp::from_unix_seconds(0);
/// let key = |user: &str| NewKey::new(Scheme::QuerySignature, KeyOwner::user(user));
/// assert!(admin.issue(key("admin-ada"), now).await.is_ok());
/// assert!(matches!(admin.issue(key("bob"), now).await, Err(AdminError::OwnerNotAllowed)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OwnerFilter<S> {
    store: S,
    allow: Arc<dyn Fn(&UserId) -> bool + Send + Sync>,
}

impl<S> OwnerFilter<S> {
    /// Issues keys in `store`, for users that `allow` is true of.
    #[must_use]
    pub fn new(store: S, allow: impl Fn(&UserId) -> bool + Send + Sync + 'static) -> Self {
        Self { store, allow: Arc::new(allow) }
    }

    /// Whether a key may be bound to this user.
    #[must_use]
    pub fn allows(&self, user: &UserId) -> bool {
        (self.allow)(user)
    }
}

impl<S: fmt::Debug> fmt::Debug for OwnerFilter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerFilter").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<S: KeyStore> KeyStore for OwnerFilter<S> {
    type Principal = S::Principal;

    fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> impl Future<Output = Result<Option<Arc<KeyRecord<Self::Principal>>>, StoreError>> + Send {
        self.store.find(handle)
    }
}

impl<S: KeyAdmin> KeyAdmin for OwnerFilter<S> {
    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        if key.owner.user.as_ref().is_some_and(|user| !self.allows(user)) {
            return Err(AdminError::OwnerNotAllowed);
        }
        self.store.issue(key, now).await
    }

    fn add_account(&self, account: &AccountId) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.add_account(account)
    }

    fn add_user(
        &self,
        user: &UserId,
        account: Option<&AccountId>,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.add_user(user, account)
    }

    fn add_site(
        &self,
        site: &SiteId,
        account: &AccountId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.add_site(site, account)
    }

    fn set_owner_active(
        &self,
        owner: &OwnerRef,
        active: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.set_owner_active(owner, active)
    }

    fn rotate(
        &self,
        key: &KeyRef,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send {
        self.store.rotate(key, overlap, now)
    }

    fn revoke(&self, key: &KeyRef) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.revoke(key)
    }

    fn set_enabled(
        &self,
        key: &KeyRef,
        enabled: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.set_enabled(key, enabled)
    }

    fn assign_networks(
        &self,
        key: &KeyRef,
        networks: Networks,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.assign_networks(key, networks)
    }

    fn list(
        &self,
        realm: &Realm,
        after: Option<&KeyId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<KeySummary>, AdminError>> + Send {
        self.store.list(realm, after, limit)
    }
}

impl<S: EntryPointStore> EntryPointStore for OwnerFilter<S> {
    fn sync_entry_points(
        &self,
        declared: &[EntryPoint],
    ) -> impl Future<Output = Result<SyncReport, AdminError>> + Send {
        self.store.sync_entry_points(declared)
    }

    fn entry_points(&self) -> impl Future<Output = Result<Vec<SavedEntryPoint>, AdminError>> + Send {
        self.store.entry_points()
    }

    fn assign_entry_points(
        &self,
        key: &KeyRef,
        names: EntryPoints,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        self.store.assign_entry_points(key, names)
    }
}
