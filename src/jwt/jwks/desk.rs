//! Who asks for a fetch, and what came of the last one. Nothing here waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::JwksFetchError;
use super::bad_ids::{BadIds, HashedId};
use super::events::Cause;

/// An id that the issuer does not have is not asked for again for so long.
const BAD_FOR: Duration = Duration::from_secs(60);
const MOST_BAD: usize = 1_000;

/// The desk at which tokens with unknown keys ask for a fetch. Fetches have numbers, from 1;
/// one is under way at a time.
#[derive(Debug)]
pub(super) struct Desk {
    cooldown: Duration,
    patience: Duration,
    /// The number of the fetch that began last.
    number: u64,
    /// When that began, while it is under way.
    begun: Option<Instant>,
    /// By when the one that is wanted next has to be answered for.
    wanted: Option<Instant>,
    /// Until when no unknown id causes a fetch.
    cooling: Option<Instant>,
    bad: BadIds,
    pub(super) tally: Tally,
}

/// What came of the fetches so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) in_a_row: u32,
    pub(super) failure: Option<Arc<JwksFetchError>>,
    pub(super) next: Option<Instant>,
}

/// What whoever asks has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Wait until the fetch of that number has ended.
    Wait(Wait),
    /// The issuer said a moment ago that it has no such key.
    Bad,
    /// No fetch is to be had now, and the last one succeeded.
    Cooling,
    /// No fetch is to be had now, and the last one failed.
    Unavailable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) number: u64,
    /// When the fetch began, if it had begun before it was asked for: what it brings may be
    /// from before then, too.
    pub(super) joined: Option<Instant>,
    /// Whether the keeper of the keys has to be woken.
    pub(super) wake: bool,
}

/// What was asked for, when a fetch begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) cause: Cause,
    /// When those who wait must have an answer, whether the fetch has ended or not.
    pub(super) answer_by: Instant,
}

impl Desk {
    pub(super) fn new(cooldown: Duration, patience: Duration) -> Self {
        Self {
            cooldown,
            patience,
            number: 0,
            begun: None,
            wanted: None,
            cooling: None,
            bad: BadIds::new(MOST_BAD, BAD_FOR),
            tally: Tally::default(),
        }
    }

    pub(super) fn hash(&self, kid: &str) -> HashedId {
        self.bad.hash(kid)
    }

    /// A token names a key that is unknown. Its answer is due when it has waited for as long
    /// as a fetch may take, counted from `since`.
    pub(super) fn ask(&mut self, id: HashedId, now: Instant, since: Instant) -> Turn {
        if self.bad.has(id, now) {
            return Turn::Bad;
        }
        if self.begun.is_some() {
            return Turn::Wait(Wait { number: self.number, joined: self.begun, wake: false });
        }
        let next = Wait { number: self.number.saturating_add(1), joined: None, wake: false };
        if self.wanted.is_some() {
            return Turn::Wait(next);
        }
        if self.cooling.is_some_and(|until| now < until) {
            return if self.tally.failure.is_some() { Turn::Unavailable } else { Turn::Cooling };
        }
        self.cooling = Some(now + self.cooldown);
        self.wanted = Some(since + self.patience);
        Turn::Wait(Wait { wake: true, ..next })
    }

    /// Whether somebody wants a fetch.
    pub(super) const fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// A fetch begins.
    pub(super) fn begin(&mut self, now: Instant) -> Order {
        self.number = self.number.saturating_add(1);
        self.begun = Some(now);
        let wanted = self.wanted.take();
        let cause = if wanted.is_some() { Cause::UnknownId } else { Cause::Schedule };
        Order { number: self.number, cause, answer_by: wanted.unwrap_or(now + self.patience) }
    }

    /// The fetch that is under way has ended; how many have failed in a row now.
    pub(super) fn end(&mut self, failure: Option<Arc<JwksFetchError>>) -> u32 {
        self.begun = None;
        let tally = &mut self.tally;
        tally.done = tally.done.saturating_add(1);
        if failure.is_some() {
            tally.failed = tally.failed.saturating_add(1);
            tally.in_a_row = tally.in_a_row.saturating_add(1);
        } else {
            tally.in_a_row = 0;
        }
        tally.failure = failure;
        tally.in_a_row
    }

    /// The issuer has no key with this id, as a fetch says that began after it was asked for.
    pub(super) fn is_bad(&mut self, id: HashedId, now: Instant) {
        self.bad.add(id, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: Duration = Duration::from_secs(30);
    const PATIENCE: Duration = Duration::from_secs(5);

    fn desk() -> (Desk, Instant) {
        (Desk::new(COOLDOWN, PATIENCE), Instant::now())
    }

    fn ask(desk: &mut Desk, kid: &str, now: Instant) -> Turn {
        let id = desk.hash(kid);
        desk.ask(id, now, now)
    }

    fn failure() -> Option<Arc<JwksFetchError>> {
        Some(Arc::new(JwksFetchError::Status(500)))
    }

    #[test]
    fn all_who_ask_share_one_fetch() {
        let (mut desk, now) = desk();
        let next = |wake| Turn::Wait(Wait { number: 1, joined: None, wake });
        assert_eq!(ask(&mut desk, "a", now), next(true));
        assert_eq!(ask(&mut desk, "b", now), next(false));
        let order = desk.begin(now);
        assert_eq!((order.number, order.cause, order.answer_by), (1, Cause::UnknownId, now + PATIENCE));
        assert!(!desk.is_wanted());
        let joined = Turn::Wait(Wait { number: 1, joined: Some(now), wake: false });
        assert_eq!(ask(&mut desk, "c", now), joined);
        assert_eq!(ask(&mut desk, "c", now + COOLDOWN * 2), joined);
    }

    #[test]
    fn after_one_fetch_the_ids_cool_down_from_when_it_was_asked_for() {
        let (mut desk, now) = desk();
        ask(&mut desk, "a", now);
        desk.begin(now);
        desk.end(None);
        let last = now + COOLDOWN - Duration::from_millis(1);
        assert_eq!(ask(&mut desk, "b", last), Turn::Cooling);
        assert!(matches!(ask(&mut desk, "b", now + COOLDOWN), Turn::Wait(Wait { number: 2, .. })));
    }

    #[test]
    fn a_fetch_by_schedule_uses_up_no_turn_of_an_unknown_id() {
        let (mut desk, now) = desk();
        assert_eq!(desk.begin(now).cause, Cause::Schedule);
        desk.end(None);
        assert!(matches!(ask(&mut desk, "a", now), Turn::Wait(Wait { number: 2, wake: true, .. })));
    }

    #[test]
    fn after_a_failure_nobody_can_say_that_an_id_is_wrong() {
        let (mut desk, now) = desk();
        ask(&mut desk, "a", now);
        desk.begin(now);
        assert_eq!(desk.end(failure()), 1);
        assert_eq!(ask(&mut desk, "a", now), Turn::Unavailable);
        desk.begin(now);
        assert_eq!(desk.end(None), 0);
        assert_eq!(ask(&mut desk, "a", now), Turn::Cooling);
    }

    #[test]
    fn a_bad_id_is_answered_at_once_until_its_time_is_over() {
        let (mut desk, now) = desk();
        let bad = desk.hash("a");
        desk.is_bad(bad, now);
        assert_eq!(ask(&mut desk, "a", now + BAD_FOR - Duration::from_millis(1)), Turn::Bad);
        assert!(!desk.is_wanted());
        assert!(matches!(ask(&mut desk, "a", now + BAD_FOR), Turn::Wait(_)));
    }
}
