//! What is known of the clock of an origin.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::http_date::only_date;
use crate::Timestamp;
use crate::sign::Origin;

/// An origin, and how far its clock is ahead of the one here. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) origin: Origin,
    ahead: Arc<AtomicI64>,
}

/// How far a clock is ahead of the one here, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ahead(i64);

impl Ahead {
    /// The clocks agree.
    pub(super) const NONE: Self = Self(0);

    /// The time by the other clock, when it is `now` by the one here.
    pub(super) const fn at(self, now: Timestamp) -> Timestamp {
        Timestamp::from_unix_micros(now.as_unix_micros().saturating_add(self.0))
    }
}

impl Server {
    /// As far as a `Date` of whole seconds may be off by the way it takes.
    const NEAR: Duration = Duration::from_secs(5);
    /// What is further off is no clock that is wrong, but one that is not set.
    const FAR: Duration = Duration::from_secs(24 * 60 * 60);

    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, ahead: Arc::new(AtomicI64::new(0)) }
    }

    pub(super) fn ahead(&self) -> Ahead {
        Ahead(self.ahead.load(Ordering::Relaxed))
    }

    pub(super) fn keep(&self, ahead: Ahead) {
        self.ahead.store(ahead.0, Ordering::Relaxed);
    }

    /// What a refusal says of the server's clock, if that is another time than was `used`.
    pub(super) fn learn(
        status: StatusCode,
        headers: &HeaderMap,
        used: Ahead,
        now: Timestamp,
    ) -> Option<Ahead> {
        if status != StatusCode::UNAUTHORIZED {
            return None;
        }
        let date = only_date(headers)?;
        let is_news = date.abs_diff(used.at(now)) > Self::NEAR && date.abs_diff(now) <= Self::FAR;
        is_news.then(|| Ahead(date.as_unix_micros().saturating_sub(now.as_unix_micros())))
    }
}
