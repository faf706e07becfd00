//! How many there were in each hour.

use super::ActivityKind;
use crate::Timestamp;

/// How many hours [`RecentEvents`](super::RecentEvents) tells of.
pub(super) const WINDOW: usize = 48;
/// How many hours are counted: as many as the window has may be from the future, by a clock that
/// was wrong, and take the place of none of it.
const COUNTED: usize = 2 * WINDOW;
const HOUR: i64 = 60 * 60;

/// How many events of each kind there were in an hour.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::audit::{ActivityKind, HourCount};
/// let hour = HourCount::new(Timestamp::from_unix_seconds(3_600)).with(ActivityKind::Refused, 7);
/// assert_eq!((hour.of(ActivityKind::Refused), hour.total()), (7, 7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourCount {
    start: Timestamp,
    counts: [u64; ActivityKind::ALL.len()],
}

impl HourCount {
    /// The hour that begins at `start`, without events.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self { start, counts: [0; ActivityKind::ALL.len()] }
    }

    /// Sets how many events of this kind there were.
    #[must_use]
    pub fn with(mut self, kind: ActivityKind, count: u64) -> Self {
        if let Some(held) = self.counts.get_mut(kind as usize) {
            *held = count;
        }
        self
    }

    /// The first moment of the hour: a full hour of UTC.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// How many events of this kind there were.
    #[must_use]
    pub fn of(&self, kind: ActivityKind) -> u64 {
        self.counts.get(kind as usize).copied().unwrap_or_default()
    }

    /// How many events there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// The hours of the window that ends with that of `now`, the oldest first; no more than
/// [`WINDOW`].
pub(super) fn window(now: Timestamp, hours: usize) -> impl Iterator<Item = (i64, HourCount)> {
    let newest = hour_of(now);
    let count = i64::try_from(hours.min(WINDOW)).unwrap_or_default();
    (newest - count + 1..=newest)
        .map(|hour| (hour, HourCount::new(Timestamp::from_unix_seconds(hour.saturating_mul(HOUR)))))
}

/// Hours since the epoch.
pub(super) const fn hour_of(moment: Timestamp) -> i64 {
    moment.as_unix_seconds().div_euclid(HOUR)
}

/// How many there were of one sort in each hour that is remembered. The oldest is forgotten for
/// a newer one, never the other way round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hours {
    /// In no order. One with a count of zero is free.
    counted: [Counted; COUNTED],
    /// Where the hour is that was counted last: it is the next one's too, mostly.
    last: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    hour: i64,
    count: u64,
}

impl Counted {
    const fn is(&self, hour: i64) -> bool {
        self.count > 0 && self.hour == hour
    }
}

impl Default for Hours {
    fn default() -> Self {
        Self { counted: [Counted::default(); COUNTED], last: 0 }
    }
}

impl Hours {
    /// Counts one in `hour`.
    pub(super) fn add(&mut self, hour: i64) {
        if !self.counted.get(self.last).is_some_and(|held| held.is(hour)) {
            self.last = self.place_of(hour);
        }
        if let Some(held) = self.counted.get_mut(self.last) {
            if held.count == 0 || held.hour < hour {
                *held = Counted { hour, count: 0 };
            }
            if held.hour == hour {
                held.count += 1;
            }
        }
    }

    /// Where `hour` is; else a free place; else the oldest hour.
    fn place_of(&self, hour: i64) -> usize {
        let age = |held: &Counted| match held {
            Counted { count: 0, .. } => (1, 0),
            held if held.hour == hour => (0, 0),
            held => (2, held.hour),
        };
        let places = self.counted.iter().enumerate();
        places.min_by_key(|(_, held)| age(held)).map_or(0, |(place, _)| place)
    }

    /// How many there were in `hour`.
    pub(super) fn of(&self, hour: i64) -> u64 {
        self.counted.iter().find(|held| held.is(hour)).map_or(0, |held| held.count)
    }
}
