//! How long an answer counts: until a change overtakes it, until its time is up, or until
//! nobody knows any more whether a change did.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::CacheSettings;
use super::slots::{Begun, EVERYTHING, Slots};
use super::subjects::{Places, SLOTS, Subjects};
use crate::store::Change;
use crate::{Clock, Timestamp};

/// How often the latest moment is written down. Each hit reads it, so it is not to change
/// with each of them.
const STEP: i64 = 100_000;
/// How far the clock may be behind the latest moment without having gone back: two threads
/// that read it do not write it down in that order.
const SLACK: i64 = 1_000_000;

/// What is known about a cached answer besides the answer itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    begun: Begun,
    filled_at: i64,
    subjects: Subjects,
}

/// The judge of all cached answers of a store.
#[derive(Debug)]
pub(super) struct Validity {
    slots: Slots,
    places: Places,
    clock: ClockInUse,
    /// The latest moment that was seen.
    latest: AtomicI64,
    /// When it was known last that no change of another node was missed.
    confirmed_at: AtomicI64,
    max_stale: i64,
}

struct ClockInUse(Arc<dyn Clock>);

impl Validity {
    pub(super) fn new(settings: &CacheSettings) -> Self {
        Self {
            slots: Slots::new(usize::from(SLOTS)),
            places: Places::default(),
            clock: ClockInUse(Arc::clone(&settings.clock)),
            latest: AtomicI64::new(i64::MIN),
            confirmed_at: AtomicI64::new(i64::MIN),
            max_stale: micros(settings.max_stale),
        }
    }

    pub(super) const fn places(&self) -> &Places {
        &self.places
    }

    /// The time now. A clock that has gone back would give every answer a longer life: it
    /// ends them all.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.0.now();
        let (moment, latest) = (now.as_unix_micros(), self.latest.load(Ordering::Relaxed));
        if moment > latest.saturating_add(STEP) {
            self.latest.fetch_max(moment, Ordering::Relaxed);
        } else if moment < latest.saturating_sub(SLACK) {
            self.forget(&Change::Everything);
            self.confirmed_at.store(i64::MIN, Ordering::Release);
            self.latest.store(moment, Ordering::Relaxed);
        }
        now
    }

    /// The beginning of a fill; to be called before the store is asked.
    pub(super) fn begin(&self) -> Origin {
        let (filled_at, begun) = (self.now().as_unix_micros(), self.slots.begin());
        Origin { begun, filled_at, subjects: [EVERYTHING; 4] }
    }

    /// Ends every answer that a change has overtaken; to be called once it is in force.
    pub(super) fn forget(&self, change: &Change) {
        if let Some(slots) = self.places.of_change(change) {
            self.slots.raise(&slots);
        }
    }

    /// No change was missed that was in force at `moment`.
    pub(super) fn confirm(&self, moment: Timestamp) {
        // Where the clock has gone back meanwhile, the moment belongs to another time.
        if moment <= self.now() {
            self.confirmed_at.fetch_max(moment.as_unix_micros(), Ordering::AcqRel);
        }
    }

    /// Whether an answer counts still, if it does for `ttl` microseconds at most.
    pub(super) fn holds(&self, origin: &Origin, ttl: i64, now: Timestamp) -> bool {
        let now = now.as_unix_micros();
        let within = |since: i64, limit: i64| now >= since && now.saturating_sub(since) < limit;
        within(origin.filled_at, ttl)
            && (within(origin.filled_at, self.max_stale)
                || within(self.confirmed_at.load(Ordering::Acquire), self.max_stale))
            && self.slots.hold(origin.begun, &origin.subjects)
    }
}

impl Origin {
    pub(super) const fn with(mut self, subjects: Subjects) -> Self {
        self.subjects = subjects;
        self
    }
}

impl std::fmt::Debug for ClockInUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// A duration as the difference of two moments.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
