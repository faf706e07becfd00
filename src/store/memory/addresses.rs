//! Addresses in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::audit::{KeyUse, KnownAddresses};
use crate::store::StoreError;
use crate::{KeyId, Realm, Scheme};

/// Where keys were used from, in memory, bounded. Its clones are the same store.
///
/// Of each key, the addresses that it was seen at first are kept; later ones count as known.
/// Of the keys, those that were new last are kept; one that does not fit is forgotten, never
/// an error: its next use counts as the first again.
///
/// ```
/// use portcullis::audit::{KeyUse, KnownAddresses};
/// use portcullis::store::memory::MemoryAddresses;
/// use portcullis::{KeyId, Realm, Scheme, Timestamp};
/// let known = MemoryAddresses::new();
/// let (realm, key, address) = (Realm::default(), KeyId::from("k"), "192.0.2.7".parse()?);
/// let used = KeyUse::new(&realm, Scheme::ApiKey, &key, address, Timestamp::from_unix_seconds(0));
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert!(known.first_use(&used).await?);
/// assert!(!known.first_use(&used).await?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryAddresses {
    known: Arc<Mutex<Known>>,
    keys: usize,
    addresses: usize,
}

type Name = (Realm, Scheme, KeyId);

#[derive(Default)]
struct Known {
    addresses: HashMap<Name, HashSet<IpAddr>>,
    /// The keys, the newest at the end.
    order: VecDeque<Name>,
}

impl MemoryAddresses {
    /// How many keys are kept unless something else is said.
    pub const DEFAULT_KEYS: usize = 10_000;
    /// How many addresses of a key are kept unless something else is said.
    pub const DEFAULT_ADDRESSES: usize = 1_000;

    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_KEYS, Self::DEFAULT_ADDRESSES)
    }

    /// An empty store that keeps at most `keys` keys, and of each at most `addresses`
    /// addresses; of both at least one.
    #[must_use]
    pub fn with_capacity(keys: usize, addresses: usize) -> Self {
        Self { known: Arc::default(), keys: keys.max(1), addresses: addresses.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KnownAddresses for MemoryAddresses {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        let name = (used.realm().clone(), used.scheme(), used.key().clone());
        let mut known = self.lock();
        let Some(addresses) = known.addresses.get_mut(&name) else {
            if known.order.len() == self.keys
                && let Some(oldest) = known.order.pop_front()
            {
                known.addresses.remove(&oldest);
            }
            known.order.push_back(name.clone());
            known.addresses.insert(name, HashSet::from([used.address()]));
            return Ok(true);
        };
        let room = addresses.len() < self.addresses;
        Ok((room || addresses.contains(&used.address())) && addresses.insert(used.address()))
    }
}

impl Default for MemoryAddresses {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.lock().order.len();
        f.debug_struct("MemoryAddresses").field("keys", &keys).finish_non_exhaustive()
    }
}
