//! Time as a parameter.

mod rfc3339;
mod utc;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(any(feature = "audit-log", feature = "console"))]
pub(crate) use utc::Utc;

const MICROS: i64 = 1_000_000;

/// A moment, in microseconds since the Unix epoch. Arithmetic saturates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest moment that can be expressed.
    pub const MAX: Self = Self(i64::MAX);

    /// From whole seconds since the Unix epoch.
    ///
    /// ```
    /// use portcullis::Timestamp;
    /// assert_eq!(Timestamp::from_unix_seconds(7).as_unix_seconds(), 7);
    /// ```
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_micros(self) -> i64 {
        self.0
    }

    /// Decimal Unix seconds with three digits of a fraction, as signed URLs write them; none
    /// before 1970.
    pub(crate) fn to_decimal(self) -> Option<String> {
        let micros = u64::try_from(self.0).ok()?;
        Some(format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000))
    }

    /// This moment plus `duration`.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// This moment minus `duration`.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// How far apart two moments are, whichever comes first.
    #[must_use]
    pub const fn abs_diff(self, other: Self) -> Duration {
        Duration::from_micros(self.0.abs_diff(other.0))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Where the time of a request comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        C::now(self)
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
    fn now(&self) -> Timestamp {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp(micros(since)),
            Err(before) => Timestamp(micros(before.duration()).saturating_neg()),
        }
    }
}

/// A clock that stands still until it is told to move: for tests.
///
/// ```
/// use portcullis::{Clock, FrozenClock, Timestamp};
/// use std::time::Duration;
/// let clock = FrozenClock::at(Timestamp::from_unix_seconds(1_700_000_000));
/// let same = clock.clone();
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(same.now().as_unix_seconds(), 1_700_000_005);
/// ```
#[derive(Clone, Debug)]
pub struct FrozenClock(Arc<AtomicI64>);

impl FrozenClock {
    /// A clock that shows `moment`; its clones show the same.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(moment.0)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().saturating_add(by));
    }

    /// Sets the clock, backwards too.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.0, Ordering::SeqCst);
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_saturate_instead_of_overflowing() {
        let end = Timestamp::from_unix_seconds(i64::MAX);
        assert_eq!(end.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp(i64::MIN).saturating_sub(Duration::MAX), Timestamp(i64::MIN));
        assert_eq!(Timestamp(i64::MIN).abs_diff(Timestamp::MAX), Duration::from_micros(u64::MAX));
    }

    #[test]
    fn seconds_before_the_epoch_round_down() {
        assert_eq!(Timestamp(-1).as_unix_seconds(), -1);
    }
}
