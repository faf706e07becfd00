//! An issuer's own keys in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::tokens::LONGEST_RING;
use crate::store::{KeyRingStore, StoreError, StoredRing};

/// Rings of keys in memory, for tests and for services of one process whose tokens need not
/// outlive it. Its clones are the same store.
#[derive(Clone, Default)]
pub struct MemoryKeyRings(Arc<Mutex<HashMap<String, StoredRing>>>);

impl MemoryKeyRings {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl KeyRingStore for MemoryKeyRings {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        check(name)?;
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        check(name)?;
        let mut rings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = rings.get(name).map_or(0, |held| held.version);
        if ring.version.checked_sub(1) != Some(held) {
            return Ok(false);
        }
        rings.insert(name.to_owned(), ring.clone());
        Ok(true)
    }
}

fn check(name: &str) -> Result<(), StoreError> {
    if name.is_empty() || name.len() > LONGEST_RING {
        return Err(StoreError::unavailable("the name of a ring has 1 to 255 bytes"));
    }
    Ok(())
}

impl fmt::Debug for MemoryKeyRings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryKeyRings(..)")
    }
}
