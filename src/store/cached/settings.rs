//! How much is cached, and for how long.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Clock, SystemClock};

/// How much a [`CachedKeyStore`](super::CachedKeyStore) keeps, and for how long.
///
/// ```
/// use portcullis::store::cached::{CacheSettings, CachedKeyStore};
/// use portcullis::store::memory::MemoryKeyStore;
/// use std::time::Duration;
/// let settings = CacheSettings::new()
///     .with_capacity(10_000)
///     .with_ttl(Duration::from_secs(60))
///     .with_max_stale(Duration::from_secs(10));
/// let store: MemoryKeyStore = MemoryKeyStore::new();
/// let keys = CachedKeyStore::with_settings(store, settings);
/// ```
#[derive(Clone)]
#[must_use]
pub struct CacheSettings {
    pub(super) capacity: usize,
    pub(super) missing_capacity: usize,
    pub(super) ttl: Duration,
    pub(super) missing_ttl: Duration,
    pub(super) max_stale: Duration,
    pub(super) poll_interval: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl CacheSettings {
    /// 100,000 answers that found something for 5 minutes, and 10,000 that did not for 30
    /// seconds; all of them for 30 seconds without news from the store, which is asked for
    /// news every 5 seconds.
    pub fn new() -> Self {
        Self {
            capacity: 100_000,
            missing_capacity: 10_000,
            ttl: Duration::from_secs(300),
            missing_ttl: Duration::from_secs(30),
            max_stale: Duration::from_secs(30),
            poll_interval: Duration::from_secs(5),
            clock: Arc::new(SystemClock),
        }
    }

    /// At most so many keys that were found; so many users and so many sites, too. With 0,
    /// none are kept.
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// At most so many keys that were not found; so many users and so many sites, too.
    pub const fn with_missing_capacity(mut self, capacity: usize) -> Self {
        self.missing_capacity = capacity;
        self
    }

    /// How long an answer counts at the longest, whatever is heard or not.
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long it counts that a key was not found, if that is shorter than the TTL.
    pub const fn with_missing_ttl(mut self, ttl: Duration) -> Self {
        self.missing_ttl = ttl;
        self
    }

    /// How long an answer counts since it was last known that no change was missed: since
    /// it was filled, or since the follower's last poll that succeeded. It should be
    /// several times the interval of polls.
    pub const fn with_max_stale(mut self, max_stale: Duration) -> Self {
        self.max_stale = max_stale;
        self
    }

    /// How often the follower asks the store for the number of its last change; at least
    /// 10 milliseconds.
    pub const fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Takes the time from another clock.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CacheSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheSettings")
            .field("capacity", &self.capacity)
            .field("missing_capacity", &self.missing_capacity)
            .field("ttl", &self.ttl)
            .field("missing_ttl", &self.missing_ttl)
            .field("max_stale", &self.max_stale)
            .field("poll_interval", &self.poll_interval)
            .finish_non_exhaustive()
    }
}
