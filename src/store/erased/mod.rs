//! A store whose type is known at run time only.

mod changes;
mod keys;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub use changes::BoxListener;
use changes::Changes;
pub use keys::SharedKeys;

use super::{
    ChangeFeed, EntryPointStore, KeyAdmin, KeyHandle, KeyRecord, KeyRef, KeyStore, LegacyHash,
    LegacyKeyStore, LegacyName, RoleAdmin, RoleStore, SiteDirectory, StoreError, StoredPrincipal, UserRights,
    forward,
};
use crate::{AccountId, Realm, SiteId};

/// All that [`SharedKeyStore`] erases.
trait Everything: LegacyKeyStore + EntryPointStore + RoleAdmin + SiteDirectory {}

impl<S: LegacyKeyStore + EntryPointStore + RoleAdmin + SiteDirectory> Everything for S {}

/// The store that was erased. The twins are implemented for it and not for stores, so that no
/// method has two meanings.
struct Held<S>(S);

/// The object-safe twin of what requests ask.
#[async_trait]
trait Reads<P>: Send + Sync {
    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError>;
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError>;
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError>;
    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError>;
}

#[async_trait]
impl<S: Everything> Reads<S::Principal> for Held<S> {
    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<S::Principal>>>, StoreError> {
        self.0.find(handle).await
    }

    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        self.0.rights_of(user).await
    }

    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        self.0.account_of_site(site).await
    }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        self.0.legacy_hash(realm, names).await
    }
}

// The object-safe twin of what operators do.
forward! { erase Twin for Held;
    add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active
    issue issue_all rotate revoke set_enabled edit assign_networks record_uses find_key list
    import_hash adopt
    sync_entry_points entry_points assign_entry_points
    add_group add_role add_privilege remove_group remove_role remove_privilege
    add_user_to_group remove_user_from_group give_role_to_group take_role_from_group
    give_privilege_to_role take_privilege_from_role
    list_groups list_roles list_privileges list_groups_of_user list_users_of_group
}

/// Any store of keys, whose type is known at run time only: for programs that choose it by a
/// URL. Its clones are the same store; one allocation a call is its price.
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{KeyOwner, NewKey, SharedKeyStore, StoredPrincipal};
/// use portcullis::{KeyAdmin, Scheme, Timestamp};
///
/// fn open(url: &str) -> Option<SharedKeyStore> {
///     match url {
///         "memory:" => Some(SharedKeyStore::new(MemoryKeyStore::<StoredPrincipal>::new())),
///         _ => None, // A real program opens a database here.
///     }
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = open("memory:").expect("a store");
/// let key = NewKey::new(Scheme::ApiKey, KeyOwner::default());
/// drop(keys.issue(key, Timestamp::from_unix_seconds(0)).await?);
/// # Ok(())
/// # }
/// ```
pub struct SharedKeyStore<P = StoredPrincipal> {
    store: Arc<dyn Twin<P>>,
    changes: Changes,
}

impl<P: Clone + Send + Sync + 'static> SharedKeyStore<P> {
    /// Erases the type of `store`, and leaves out its changes, which not every store tells: a
    /// cache around it cannot follow them, and what it holds lives for `max_stale`.
    #[must_use]
    pub fn new<S>(store: S) -> Self
    where
        S: LegacyKeyStore + KeyStore<Principal = P> + EntryPointStore + RoleAdmin + SiteDirectory,
    {
        Self { store: Arc::new(Held(store)), changes: Changes::default() }
    }

    /// Erases the type of `store`, with its changes: a cache around it can follow them.
    ///
    /// ```
    /// # #[cfg(all(feature = "cached", feature = "sqlite", feature = "redis"))] {
    /// use portcullis::store::SharedKeyStore;
    /// use portcullis::store::cached::CachedKeyStore;
    /// use portcullis::store::redis::{RedisKeyStore, RedisServer};
    /// use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
    /// # let folder = tempfile::tempdir()?;
    /// # let place = folder.path().join("keys.db");
    /// # let (place, master) = (place.to_str().ok_or("a path")?, MasterKey::generate()?);
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// // Where it is, a setting says.
    /// let store: SharedKeyStore = match place.starts_with("redis:") {
    ///     true => SharedKeyStore::with_changes(RedisKeyStore::new(RedisServer::connect(place).await?, master)),
    ///     false => {
    ///         let store = SqliteKeyStore::connect(place, master).await?;
    ///         store.migrate().await?;
    ///         SharedKeyStore::with_changes(store)
    ///     }
    /// };
    /// let keys = CachedKeyStore::new(store);
    /// tokio::spawn(keys.follow());
    /// # keys.poll_once().await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_changes<S>(store: S) -> Self
    where
        S: LegacyKeyStore
            + KeyStore<Principal = P>
            + EntryPointStore
            + RoleAdmin
            + SiteDirectory
            + ChangeFeed,
    {
        let store = Arc::new(Held(store));
        Self { changes: Changes::of(&store), store }
    }
}

impl<P: Clone + Send + Sync + 'static> KeyStore for SharedKeyStore<P> {
    type Principal = P;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError> {
        (*self.store).find(handle).await
    }
}

impl<P: Clone + Send + Sync + 'static> KeyAdmin for SharedKeyStore<P> {
    forward! { self => await (*self.store);
        add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active
        issue issue_all rotate revoke set_enabled edit assign_networks record_uses find_key list
    }
}

impl<P: Clone + Send + Sync + 'static> LegacyKeyStore for SharedKeyStore<P> {
    forward! { self => await (*self.store); import_hash adopt }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        (*self.store).legacy_hash(realm, names).await
    }
}

impl<P: Clone + Send + Sync + 'static> EntryPointStore for SharedKeyStore<P> {
    forward! { self => await (*self.store); sync_entry_points entry_points assign_entry_points }
}

impl<P: Clone + Send + Sync + 'static> RoleStore for SharedKeyStore<P> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        (*self.store).rights_of(user).await
    }
}

impl<P: Clone + Send + Sync + 'static> RoleAdmin for SharedKeyStore<P> {
    forward! { self => await (*self.store);
        add_group add_role add_privilege remove_group remove_role remove_privilege
        add_user_to_group remove_user_from_group give_role_to_group take_role_from_group
        give_privilege_to_role take_privilege_from_role
        list_groups list_roles list_privileges list_groups_of_user list_users_of_group
    }
}

impl<P: Clone + Send + Sync + 'static> SiteDirectory for SharedKeyStore<P> {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        (*self.store).account_of_site(site).await
    }
}

/// Without its changes, as for [`SharedKeyStore::new`], it fails.
impl<P: 'static> ChangeFeed for SharedKeyStore<P> {
    type Listener = BoxListener;

    async fn change_number(&self) -> Result<u64, StoreError> {
        self.changes.number().await
    }

    async fn listen(&self) -> Result<BoxListener, StoreError> {
        self.changes.listen().await
    }
}

impl<P> Clone for SharedKeyStore<P> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), changes: self.changes.clone() }
    }
}

impl<P> fmt::Debug for SharedKeyStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKeyStore(..)")
    }
}
