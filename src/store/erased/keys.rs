//! A store of keys alone, whose type is known at run time only.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::changes::{BoxListener, Changes};
use super::{Held, KeyAdmin, KeyHandle, KeyRecord, KeyStore, StoreError, StoredPrincipal, forward};
use crate::store::ChangeFeed;

/// All that [`SharedKeys`] erases.
trait Everything: KeyAdmin {}

impl<S: KeyAdmin> Everything for S {}

/// The object-safe twin of what requests ask.
#[async_trait]
trait Reads<P>: Send + Sync {
    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError>;
}

#[async_trait]
impl<S: Everything> Reads<S::Principal> for Held<S> {
    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<S::Principal>>>, StoreError> {
        self.0.find(handle).await
    }
}

// The object-safe twin of what operators do.
forward! { erase Twin for Held;
    add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active
    issue issue_all rotate revoke set_enabled edit assign_networks record_uses find_key list
}

/// A store of keys that has no roles, entry points or hashes of other systems, and whose type
/// is known at run time only; [`SharedKeyStore`](super::SharedKeyStore) is for those that have
/// them all. Its clones are the same store; one allocation a call is its price.
pub struct SharedKeys<P = StoredPrincipal> {
    store: Arc<dyn Twin<P>>,
    changes: Changes,
}

impl<P: Clone + Send + Sync + 'static> SharedKeys<P> {
    /// Erases the type of `store`, and leaves out its changes: a cache around it cannot
    /// follow them, as with [`SharedKeyStore::new`](super::SharedKeyStore::new).
    #[must_use]
    pub fn new<S: KeyAdmin + KeyStore<Principal = P>>(store: S) -> Self {
        Self { store: Arc::new(Held(store)), changes: Changes::default() }
    }

    /// Erases the type of `store`, with its changes.
    #[must_use]
    pub fn with_changes<S: KeyAdmin + KeyStore<Principal = P> + ChangeFeed>(store: S) -> Self {
        let store = Arc::new(Held(store));
        Self { changes: Changes::of(&store), store }
    }
}

impl<P: Clone + Send + Sync + 'static> KeyStore for SharedKeys<P> {
    type Principal = P;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError> {
        (*self.store).find(handle).await
    }
}

impl<P: Clone + Send + Sync + 'static> KeyAdmin for SharedKeys<P> {
    forward! { self => await (*self.store);
        add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active
        issue issue_all rotate revoke set_enabled edit assign_networks record_uses find_key list
    }
}

/// Without its changes, as for [`SharedKeys::new`], it fails.
impl<P: 'static> ChangeFeed for SharedKeys<P> {
    type Listener = BoxListener;

    async fn change_number(&self) -> Result<u64, StoreError> {
        self.changes.number().await
    }

    async fn listen(&self) -> Result<BoxListener, StoreError> {
        self.changes.listen().await
    }
}

impl<P> Clone for SharedKeys<P> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), changes: self.changes.clone() }
    }
}

impl<P> fmt::Debug for SharedKeys<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKeys(..)")
    }
}
