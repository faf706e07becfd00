//! The keys that are held, and what all parts of a client share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use super::desk::Desk;
use crate::jwt::{JwtKeySet, KeysUnavailable};
use crate::{Clock, Timestamp};

/// Keys, and when they were current.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) keys: Arc<JwtKeySet>,
    pub(super) fetched_at: Timestamp,
    /// Whether they are those of the snapshot.
    pub(super) is_restored: bool,
}

pub(super) struct Shared {
    pub(super) held: ArcSwapOption<Held>,
    pub(super) max_stale: Duration,
    pub(super) clock: Arc<dyn Clock>,
    desk: Mutex<Desk>,
    /// Somebody wants a fetch.
    pub(super) asked: Notify,
}

impl Shared {
    pub(super) fn new(desk: Desk, max_stale: Duration, clock: Arc<dyn Clock>) -> Self {
        let (held, asked) = (ArcSwapOption::empty(), Notify::new());
        Self { held, max_stale, clock, desk: Mutex::new(desk), asked }
    }

    /// The keys, unless they are too old at the moment `now`. Nothing is waited for.
    pub(super) fn current(&self, now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        let held = self.held.load();
        let held = held.as_ref().ok_or(KeysUnavailable)?;
        // A clock that was set back by more than that says nothing about their age.
        let is_fresh = now.abs_diff(held.fetched_at) <= self.max_stale;
        if is_fresh { Ok(Arc::clone(&held.keys)) } else { Err(KeysUnavailable) }
    }

    /// Held for moments, and never by a request whose key is known.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.held.load();
        f.debug_struct("Shared").field("held", &*held).field("desk", &self.desk).finish_non_exhaustive()
    }
}
