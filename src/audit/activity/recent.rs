//! The newest events, in memory.

use std::cmp::Reverse;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hours::{HourCount, hour_of, window};
use super::query::Keys;
use super::ring::{Bounds, Ring, Sort};
use super::weight::weight;
use super::{ActivityKind, ActivityQuery, RecentEvent};
use crate::Timestamp;
use crate::audit::{AuditEvent, AuditSink};

/// How many events are looked at under one lock, at most.
const PAGE: usize = 256;

/// Keeps the newest events in memory, for a page that shows them. Its clones are the same log;
/// a restart empties it: beside it, a [`Tee`](crate::audit::Tee) feeds a log that stays.
///
/// It is made to be shown something in a flood. There is a ring for each of these, and none
/// pushes out another: requests that were let through, refusals of stored keys, refusals of
/// anything else, first uses, addresses that have to wait, refusals by other services, and
/// changes. Each ring holds as many events as was said, and no more bytes than as many times
/// [`BYTES_PER_EVENT`](Self::BYTES_PER_EVENT); the newest replace the oldest.
/// [`dropped`](Self::dropped) says how many are gone. How many there were in each hour is counted
/// apart, and true however many are gone.
///
/// Recording takes one lock, for as long as it takes to put a pointer into a ring. Looking up
/// takes it for a few hundred events at a time.
///
/// ```
/// use portcullis::audit::{ActivityKind, ActivityQuery, AuditEvent, AuditSink, RecentEvents, RequestFacts};
/// use portcullis::{AuthError, Reason, Timestamp};
///
/// let recent = RecentEvents::new(1_000);
/// let at = Timestamp::from_unix_seconds;
/// for second in 0..3 {
///     let error = AuthError::new(Reason::UnknownKey);
///     recent.record(&AuditEvent::refused(at(second), RequestFacts::new("GET", "/orders"), &error));
/// }
/// let page = recent.find(&ActivityQuery::new().with_limit(2));
/// let seconds: Vec<_> = page.iter().map(|found| found.event.at().as_unix_seconds()).collect();
/// assert_eq!(seconds, [2, 1]);
///
/// let next = ActivityQuery::new().before(page.last().map(|found| found.sequence));
/// assert_eq!(recent.find(&next).len(), 1);
///
/// let hours = recent.hours(at(7_199), 2);
/// assert_eq!((hours[0].of(ActivityKind::Refused), hours[1].total()), (3, 0));
/// ```
#[derive(Clone)]
pub struct RecentEvents(Arc<Inner>);

struct Inner {
    bounds: Bounds,
    /// The number of the next event. It is taken under the lock of the ring, so that numbers
    /// rise within each.
    next: AtomicU64,
    rings: [Mutex<Ring>; Sort::ALL.len()],
}

impl Default for RecentEvents {
    /// 10,000 events in each ring.
    fn default() -> Self {
        Self::new(10_000)
    }
}

impl RecentEvents {
    /// How many bytes an event may take on average, when a ring is full. Events of requests take
    /// 600 to 900, unless somebody sends long paths; with these, a ring holds fewer.
    pub const BYTES_PER_EVENT: usize = 1_024;
    /// No ring is smaller than this, so that it holds an event of any request.
    const LEAST_BYTES: usize = 64 * 1_024;

    /// Keeps `capacity` events in each ring, and at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let events = capacity.max(1);
        let bytes = events.saturating_mul(Self::BYTES_PER_EVENT).max(Self::LEAST_BYTES);
        let rings = Default::default();
        Self(Arc::new(Inner { bounds: Bounds { events, bytes }, next: AtomicU64::new(1), rings }))
    }

    /// The newest events that fit, newest first: in the order in which they were recorded.
    ///
    /// About an account are the events that name it, and those that name no account but a key
    /// that another event of this log, still there, shows to be the account's: so the refusals of
    /// a key are found once it was used or issued.
    #[must_use]
    pub fn find(&self, query: &ActivityQuery) -> Vec<RecentEvent> {
        let keys = self.keys_of(query);
        let mut found = Vec::new();
        for sort in Sort::ALL {
            if query.outcome.is_some_and(|outcome| outcome != sort.kind()) {
                continue;
            }
            let fits = |kept: &RecentEvent| query.selects_with(&kept.event, &keys);
            found.extend(self.newest(sort, query.before).filter(fits).take(query.limit));
        }
        found.sort_unstable_by_key(|kept: &RecentEvent| Reverse(kept.sequence));
        found.truncate(query.limit);
        found
    }

    /// How many events of each kind there were in each of the last `hours` hours, 48 at most:
    /// the oldest first, and the last one is that of `now`. Each event counts in the hour of
    /// [its own time](AuditEvent::at), even if that was still to come.
    #[must_use]
    pub fn hours(&self, now: Timestamp, hours: usize) -> Vec<HourCount> {
        let counted = Sort::ALL.map(|sort| (sort.kind(), self.ring(sort).hours));
        let sum = |(number, empty): (i64, HourCount)| {
            counted.iter().fold(empty, |hour, (kind, hours)| {
                hour.with(*kind, hour.of(*kind).saturating_add(hours.of(number)))
            })
        };
        window(now, hours).map(sum).collect()
    }

    /// How many events of this kind are gone: newer ones have taken their place, or they were too
    /// big for the whole ring.
    #[must_use]
    pub fn dropped(&self, kind: ActivityKind) -> u64 {
        self.sum(kind, |ring| ring.dropped)
    }

    /// How many events of this kind are here.
    #[must_use]
    pub fn held(&self, kind: ActivityKind) -> u64 {
        self.sum(kind, |ring| ring.len() as u64)
    }

    fn sum(&self, kind: ActivityKind, number: impl Fn(&Ring) -> u64) -> u64 {
        let sorts = Sort::ALL.into_iter().filter(|sort| sort.kind() == kind);
        sorts.map(|sort| number(&self.ring(sort))).sum()
    }

    /// The keys that the log knows to be of the account that is asked for.
    fn keys_of(&self, query: &ActivityQuery) -> Keys {
        let mut keys = Keys::default();
        if let Some(account) = &query.account {
            for sort in [Sort::Accepted, Sort::FirstUse, Sort::Change] {
                self.newest(sort, None).for_each(|kept| keys.learn(&kept.event, account));
            }
        }
        keys
    }

    /// The events of one ring from before a number, the newest first. The lock is taken for a
    /// page at a time.
    fn newest(&self, sort: Sort, before: Option<u64>) -> impl Iterator<Item = RecentEvent> {
        let mut next = Some(before.unwrap_or(u64::MAX));
        std::iter::from_fn(move || {
            let mut page = Vec::with_capacity(PAGE);
            self.ring(sort).page(next?, &mut page);
            next = page.last().map(|oldest| oldest.sequence);
            next.is_some().then_some(page)
        })
        .flatten()
    }

    /// Nothing panics under the lock that changes a ring halfway.
    fn ring(&self, sort: Sort) -> MutexGuard<'_, Ring> {
        match self.0.rings.get(sort as usize) {
            Some(ring) => ring.lock().unwrap_or_else(PoisonError::into_inner),
            None => unreachable!("there is a ring for every sort"),
        }
    }
}

impl AuditSink for RecentEvents {
    fn record(&self, event: &AuditEvent<'_>) {
        let (sort, hour, weight) = (Sort::of(event), hour_of(event.at()), weight(event));
        let event = Arc::new(event.clone().into_owned());
        let mut ring = self.ring(sort);
        ring.hours.add(hour);
        let sequence = self.0.next.fetch_add(1, Ordering::Relaxed);
        let pushed_out = ring.push(RecentEvent::new(sequence, event), weight, self.0.bounds);
        drop(ring);
        drop(pushed_out);
    }
}

impl fmt::Debug for RecentEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("RecentEvents");
        for kind in ActivityKind::ALL {
            text.field(kind.name(), &self.held(kind));
        }
        text.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{KeyChange, RequestFacts, Who};
    use crate::store::KeyRef;
    use crate::{AuthError, KeyId, Principal, Reason};

    const AT: Timestamp = Timestamp::from_unix_seconds(7_200);

    /// A million events take some seconds without optimisation.
    const FLOOD: u64 = 1_000_000;

    fn flood(recent: &RecentEvents, path: &str) {
        let me = Principal::builder("u".repeat(255)).build();
        let request = || RequestFacts::new("GET", path).with_entry_point(Some(path));
        let by_key = AuthError::new(Reason::KeyRevoked).with_key(KeyId::from("k"));
        let (unknown, address) = (AuthError::new(Reason::UnknownKey), [192, 0, 2, 7].into());
        let change = || KeyChange::new(AT, KeyRef { realm: "r".into(), id: "k".into() });
        for number in 0..FLOOD {
            recent.record(&match number % 8 {
                0 | 1 => AuditEvent::Authenticated { at: AT, request: request(), who: Who::of(&me) },
                2 => AuditEvent::Anonymous { at: AT, request: request(), name: "nobody".into() },
                3 => AuditEvent::refused(AT, request(), &unknown),
                4 => AuditEvent::refused(AT, request(), &by_key),
                5 => AuditEvent::FirstUse { at: AT, request: request(), who: Who::of(&me), address },
                6 => AuditEvent::UpstreamRefused { at: AT, upstream: path.into(), status: 403 },
                _ => AuditEvent::KeyRevoked { change: change(), reason: path.to_owned() },
            });
        }
    }

    #[test]
    fn a_million_events_take_no_more_than_was_said_and_all_are_counted() {
        let capacity = 500;
        let most = Sort::ALL.len() * capacity * RecentEvents::BYTES_PER_EVENT;
        let (path, mut kept) = (format!("/{}", "long/".repeat(1_000)), None);
        let taken = allocation_counter::measure(|| {
            let recent = RecentEvents::new(capacity);
            flood(&recent, &path);
            kept = Some(recent);
        });
        // Beside the rings: their counts of hours, and the event that is being recorded.
        let beside = u64::try_from(size_of::<Inner>() + 16 * 1_024).expect("a size");
        assert!(taken.bytes_max < most as u64 + beside, "{} of {most} bytes", taken.bytes_max);
        assert!(taken.bytes_current > most as i64 / 2, "{} of {most} bytes", taken.bytes_current);
        let recent = kept.expect("it was made");
        let hours = recent.hours(AT, 1);
        for (kind, eighths) in ActivityKind::ALL.into_iter().zip([3, 2, 1, 0, 2]) {
            let recorded = FLOOD / 8 * eighths;
            assert_eq!(recent.held(kind) + recent.dropped(kind), recorded, "{kind:?}");
            assert_eq!(hours[0].of(kind), recorded, "{kind:?}");
        }
        assert_eq!(hours[0].total(), FLOOD);
    }

    #[test]
    fn an_event_that_is_bigger_than_the_ring_is_dropped_and_the_others_stay() {
        let recent = RecentEvents::new(0);
        let change = || KeyChange::new(AT, KeyRef { realm: "r".into(), id: "k".into() });
        recent.record(&AuditEvent::KeyRotated(change()));
        recent.record(&AuditEvent::KeyRevoked { change: change(), reason: "x".repeat(1 << 20) });
        let names: Vec<_> = recent.find(&ActivityQuery::new()).iter().map(|kept| kept.event.name()).collect();
        assert_eq!((names, recent.dropped(ActivityKind::Change)), (vec!["key-rotated"], 1));
        assert_eq!(recent.hours(AT, 1)[0].of(ActivityKind::Change), 2);
    }

    #[test]
    fn threads_that_record_at_once_lose_nothing_and_share_no_number() {
        let recent = RecentEvents::new(4_000);
        let error = AuthError::new(Reason::UnknownKey);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let event = || AuditEvent::refused(AT, RequestFacts::new("GET", "/"), &error);
                    (0..1_000).for_each(|_| recent.record(&event()));
                });
            }
        });
        let found = recent.find(&ActivityQuery::new().with_limit(usize::MAX));
        assert_eq!(found.len(), 4_000);
        assert!(found.iter().map(|kept| kept.sequence).eq((1..=4_000).rev()));
    }

    #[test]
    fn a_panic_of_somebody_else_under_the_lock_leaves_the_log_usable() {
        let recent = RecentEvents::new(10);
        let other = recent.clone();
        let panicked = std::thread::spawn(move || {
            let _ring = other.ring(Sort::RefusedStranger);
            std::panic::resume_unwind(Box::new("a panic without its output"));
        });
        assert!(panicked.join().is_err());
        let error = AuthError::new(Reason::UnknownKey);
        recent.record(&AuditEvent::refused(AT, RequestFacts::new("GET", "/"), &error));
        assert_eq!(recent.find(&ActivityQuery::new()).len(), 1);
    }
}
