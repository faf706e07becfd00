//! Answers about revocations, kept for a short time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;

use super::{Revocation, RevocationName, TokenRevocations};
use crate::Timestamp;
use crate::store::StoreError;

/// Keeps answers of a store of revocations for `bound`, in a cache of a bounded size: a
/// revocation that another node makes is in force here when the bound is past at the
/// latest, and one that is made through this store or its clones at once.
///
/// While the store is down, what is known goes on for no longer than the bound; then it
/// is an error.
///
/// ```
/// use portcullis::store::CachedRevocations;
/// use portcullis::store::memory::MemoryTokenStore;
/// use std::time::Duration;
/// let revocations = CachedRevocations::new(MemoryTokenStore::new(), Duration::from_secs(5));
/// # let _ = revocations;
/// ```
#[derive(Clone)]
pub struct CachedRevocations<S>(Arc<Shared<S>>);

struct Shared<S> {
    store: S,
    bound: Duration,
    answers: Cache<RevocationName, Answer>,
    /// How often something was revoked here.
    revoked: AtomicU64,
}

#[derive(Clone, Copy)]
struct Answer {
    asked_at: Timestamp,
    what: Option<Revocation>,
}

impl<S> CachedRevocations<S> {
    /// How many answers are kept unless something else is said.
    pub const DEFAULT_CAPACITY: usize = 100_000;

    /// Keeps at most 100,000 answers, each for `bound`.
    #[must_use]
    pub fn new(store: S, bound: Duration) -> Self {
        Self::with_capacity(store, bound, Self::DEFAULT_CAPACITY)
    }

    /// Keeps about `capacity` answers, each for `bound`.
    #[must_use]
    pub fn with_capacity(store: S, bound: Duration, capacity: usize) -> Self {
        let (answers, revoked) = (Cache::new(capacity), AtomicU64::new(0));
        Self(Arc::new(Shared { store, bound, answers, revoked }))
    }
}

impl<S> Shared<S> {
    /// What is known of a name; a clock that goes back knows nothing.
    fn known(&self, name: &RevocationName, now: Timestamp) -> Option<Option<Revocation>> {
        let held = self.answers.get(name)?;
        let is_fresh = held.asked_at <= now && now < held.asked_at.saturating_add(self.bound);
        is_fresh.then_some(held.what)
    }
}

impl<S: TokenRevocations> TokenRevocations for CachedRevocations<S> {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let shared = &*self.0;
        // Also where the answer is lost: it may have been made.
        let answer = shared.store.revoke(name, what, until, now).await;
        shared.revoked.fetch_add(1, Ordering::SeqCst);
        shared.answers.remove(name);
        answer
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        let shared = &*self.0;
        let known: Option<Vec<_>> = names.iter().map(|name| shared.known(name, now)).collect();
        if let Some(known) = known.filter(|known| known.len() <= super::MOST_NAMES) {
            return Ok(known);
        }
        let before = shared.revoked.load(Ordering::SeqCst);
        let answers = shared.store.revoked(names, now).await?;
        for (name, what) in names.iter().zip(&answers) {
            shared.answers.insert(*name, Answer { asked_at: now, what: *what });
        }
        // What was revoked meanwhile may be missing in the answer.
        if shared.revoked.load(Ordering::SeqCst) != before {
            for name in names {
                shared.answers.remove(name);
            }
        }
        Ok(answers)
    }
}

impl<S> fmt::Debug for CachedRevocations<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedRevocations").field("bound", &self.0.bound).finish_non_exhaustive()
    }
}
