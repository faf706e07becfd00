//! The store of known addresses, which few wait for when it does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::audit::{KeyUse, KnownAddresses, SharedAddresses};
use crate::store::StoreError;
use crate::{Clock, Timestamp};

/// For how long it is not asked after it failed.
const REST: Duration = Duration::from_secs(5);
/// For how long a question may be unanswered until no other is asked.
const PATIENCE: Duration = Duration::from_millis(250);
/// No moment.
const NEVER: i64 = i64::MIN;

/// Known addresses. Whoever is not asked about loses nothing but time: the next use is the
/// first then. So no request waits behind one that waits already, and none asks a store
/// that has just failed.
#[derive(Clone)]
pub(crate) struct Known(Arc<Shared>);

struct Shared {
    addresses: SharedAddresses,
    /// Since when a question is unanswered.
    asked: AtomicI64,
    /// When the last answer came, where that was a failure.
    failed: AtomicI64,
}

impl Known {
    pub(crate) fn new(addresses: impl KnownAddresses) -> Self {
        let (asked, failed) = (AtomicI64::new(NEVER), AtomicI64::new(NEVER));
        Self(Arc::new(Shared { addresses: SharedAddresses::new(addresses), asked, failed }))
    }

    /// Whether this is a first use; none where the store is left alone.
    pub(super) async fn first_use(
        &self,
        used: &KeyUse<'_>,
        clock: &dyn Clock,
    ) -> Result<Option<bool>, StoreError> {
        let now = clock.now();
        if self.0.is_left_alone(now) {
            return Ok(None);
        }
        let question = Question::begin(&self.0, now);
        let answer = self.0.addresses.first_use(used).await;
        let failed = if answer.is_err() { clock.now().as_unix_micros() } else { NEVER };
        self.0.failed.store(failed, Ordering::Relaxed);
        drop(question);
        answer.map(Some)
    }
}

impl Shared {
    fn is_left_alone(&self, now: Timestamp) -> bool {
        let since = |moment: &AtomicI64| match moment.load(Ordering::Relaxed) {
            NEVER => None,
            // None, too, where the clock went back.
            moment => {
                u64::try_from(now.as_unix_micros().saturating_sub(moment)).ok().map(Duration::from_micros)
            }
        };
        let (asked, failed) = (since(&self.asked), since(&self.failed));
        // After a failure, one alone finds out whether it is over.
        let patience = if failed.is_some() { Duration::ZERO } else { PATIENCE };
        failed.is_some_and(|age| age < REST) || asked.is_some_and(|age| age >= patience)
    }
}

/// A question under way, answered or given up.
struct Question<'a> {
    asked: &'a AtomicI64,
    /// Whether it is the one that is timed.
    is_timed: bool,
}

impl<'a> Question<'a> {
    fn begin(shared: &'a Shared, now: Timestamp) -> Self {
        let asked = &shared.asked;
        let timed = asked.compare_exchange(NEVER, now.as_unix_micros(), Ordering::Relaxed, Ordering::Relaxed);
        Self { asked, is_timed: timed.is_ok() }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if self.is_timed {
            self.asked.store(NEVER, Ordering::Relaxed);
        }
    }
}
