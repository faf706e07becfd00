//! How it stands with the keys of an issuer.

use std::sync::Arc;
use std::time::Duration;

use super::JwksFetchError;
use crate::Timestamp;

/// How it stands with the keys of an issuer, for a page of health or a test.
///
/// A service whose keys are old still works: until [`JwksClientBuilder::with_max_stale`] has
/// passed since `fetched_at`, its tokens are verified with the keys of then.
///
/// [`JwksClientBuilder::with_max_stale`]: super::JwksClientBuilder::with_max_stale
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JwksState {
    /// How many keys there are, usable or too old; 0 where none were ever had.
    pub keys: usize,
    /// When they were current: when a fetch brought or confirmed them.
    pub fetched_at: Option<Timestamp>,
    /// Whether they are those of the snapshot, and no fetch has succeeded since the start.
    pub from_snapshot: bool,
    /// How many fetches have ended since the start.
    pub fetches: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them failed since one succeeded.
    pub failed_in_a_row: u32,
    /// Why the last one failed; none when it succeeded, and before the first.
    pub last_failure: Option<Arc<JwksFetchError>>,
    /// How long it is until the next one by schedule; none before the first has ended.
    pub next_refresh: Option<Duration>,
}

impl JwksState {
    /// How old the keys are at the moment `now`, if there are any.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        self.fetched_at.map(|at| now.abs_diff(at))
    }
}
