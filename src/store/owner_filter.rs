//! Which users keys may be bound to.

use std::fmt;
use std::sync::Arc;

use super::{
    AdminError, EntryPointStore, IssuedKey, KeyAdmin, NewKey, forward, forward_keys, forward_roles,
    forward_sites,
};
use crate::{Timestamp, UserId};

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

    pub(super) const fn inner(&self) -> &S {
        &self.store
    }

    pub(super) fn check(&self, key: &NewKey) -> Result<(), AdminError> {
        match &key.owner.user {
            Some(user) if !self.allows(user) => Err(AdminError::OwnerNotAllowed),
            _ => Ok(()),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for OwnerFilter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerFilter").field("store", &self.store).finish_non_exhaustive()
    }
}

forward_keys!(OwnerFilter, self => self.store);
forward_roles!(OwnerFilter, self => self.store);
forward_sites!(OwnerFilter, self => self.store);

impl<S: KeyAdmin> KeyAdmin for OwnerFilter<S> {
    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        self.check(&key)?;
        self.store.issue(key, now).await
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        keys.iter().try_for_each(|key| self.check(key))?;
        self.store.issue_all(keys, now).await
    }

    forward! { self => self.store;
        add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active rotate revoke set_enabled
        edit assign_networks record_uses find_key list
    }
}

impl<S: EntryPointStore> EntryPointStore for OwnerFilter<S> {
    forward! { self => self.store; sync_entry_points entry_points assign_entry_points }
}
