//! Keeping an issuer's own keys.

use std::future::Future;
use std::sync::Arc;

use crate::Secret;
use crate::store::StoreError;

/// A ring of keys as it is kept: a document that only its owner reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredRing {
    /// How often it was replaced: 1 for the first.
    pub version: u64,
    /// What it holds, private keys among it.
    pub document: Secret,
}

impl StoredRing {
    /// A document of some version.
    #[must_use]
    pub const fn new(version: u64, document: Secret) -> Self {
        Self { version, document }
    }
}

/// Where rings of keys are kept, each under a name. A store outside of the process keeps
/// them sealed under its [`MasterKey`](crate::store::MasterKey).
pub trait KeyRingStore: Send + Sync + 'static {
    /// The ring of a name of at most 255 bytes; none where none was ever put there.
    ///
    /// # Errors
    /// When the store cannot answer, or what it has does not open.
    fn load_ring(&self, name: &str) -> impl Future<Output = Result<Option<StoredRing>, StoreError>> + Send;

    /// Puts the ring there whose version is one greater than that of the ring that is
    /// there; `false`, and nothing is changed, where another was put there meanwhile.
    ///
    /// # Errors
    /// When the store cannot write.
    fn replace_ring(
        &self,
        name: &str,
        ring: &StoredRing,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

impl<S: KeyRingStore> KeyRingStore for Arc<S> {
    fn load_ring(&self, name: &str) -> impl Future<Output = Result<Option<StoredRing>, StoreError>> + Send {
        S::load_ring(self, name)
    }

    fn replace_ring(
        &self,
        name: &str,
        ring: &StoredRing,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        S::replace_ring(self, name, ring)
    }
}
