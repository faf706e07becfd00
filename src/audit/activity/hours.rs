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

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(hours: impl IntoIterator<Item = i64>) -> Hours {
        let mut counted = Hours::default();
        hours.into_iter().for_each(|hour| counted.add(hour));
        counted
    }

    #[test]
    fn hours_are_counted_apart_in_any_order_and_before_the_epoch_too() {
        let counted = filled([7, -1, 7, 0, -1, 7]);
        assert_eq!([-2, -1, 0, 1, 7].map(|hour| counted.of(hour)), [0, 2, 1, 0, 3]);
        assert_eq!(hour_of(Timestamp::from_unix_micros(-1)), -1);
        assert_eq!(hour_of(Timestamp::from_unix_seconds(3_600)), 1);
    }

    #[test]
    fn the_oldest_hour_is_forgotten_for_a_newer_one_and_never_a_newer_for_an_older() {
        let last = 10_000;
        let mut counted = filled(0..=last);
        let kept = last - (COUNTED as i64) + 1..=last;
        assert!((0..=last).all(|hour| counted.of(hour) == u64::from(kept.contains(&hour))));
        counted.add(3);
        assert_eq!((counted.of(3), counted.of(last)), (0, 1));
        assert!(kept.clone().all(|hour| counted.of(hour) == 1));
    }

    #[test]
    fn a_clock_that_was_two_days_in_a_far_future_costs_no_hour_of_the_window() {
        let now = 1_000;
        let counted = filled((now..now + 48).chain(900_000..900_048).chain(now..now + 96));
        for hour in now + 48..now + 96 {
            assert_eq!(counted.of(hour), 1, "{hour}");
        }
    }

    #[test]
    fn the_window_ends_with_the_hour_of_now_and_has_48_hours_at_most() {
        let now = Timestamp::from_unix_seconds(100 * HOUR + 1_799);
        let starts = |hours| -> Vec<_> {
            window(now, hours).map(|(_, count)| count.start().as_unix_seconds() / HOUR).collect()
        };
        assert_eq!(starts(3), [98, 99, 100]);
        assert_eq!((starts(0), starts(1)), (vec![], vec![100]));
        assert_eq!((starts(usize::MAX).len(), starts(usize::MAX)), (48, starts(48)));
        for end in [i64::MIN, i64::MAX] {
            assert_eq!(window(Timestamp::from_unix_micros(end), 48).count(), 48);
        }
    }
}
