//! A store for one test.

use std::any::Any;
use std::fmt;

/// An empty store, and what must live as long as it does, such as the folder that it is in.
///
/// ```
/// use portcullis::conformance::Fresh;
/// use portcullis::store::memory::MemoryKeyStore;
/// use std::sync::Arc;
///
/// let folder = tempfile::TempDir::new()?;
/// let fresh: Fresh<Arc<MemoryKeyStore>> =
///     Fresh::new(MemoryKeyStore::new()).keeping(folder).map(Arc::new);
/// assert_eq!(Arc::strong_count(&fresh.store), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub struct Fresh<S> {
    /// The store; it goes before what is kept for it.
    pub store: S,
    kept: Vec<Box<dyn Any + Send>>,
}

impl<S> Fresh<S> {
    /// A store that needs nothing else.
    pub const fn new(store: S) -> Self {
        Self { store, kept: Vec::new() }
    }

    /// Keeps something until the store is gone: a folder, a server, a schema.
    pub fn keeping(mut self, kept: impl Any + Send) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    /// Puts something around the store, and keeps what was kept for it.
    pub fn map<T>(self, around: impl FnOnce(S) -> T) -> Fresh<T> {
        Fresh { store: around(self.store), kept: self.kept }
    }
}

impl<S: fmt::Debug> fmt::Debug for Fresh<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").field("store", &self.store).finish_non_exhaustive()
    }
}
