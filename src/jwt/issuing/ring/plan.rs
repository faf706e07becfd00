//! When keys are published, used and dropped: a function of the keys that there are and the time.

use std::time::Duration;

use crate::Timestamp;
use crate::jwt::JwtAlgorithm;

/// For how long a key outlives the tokens that it has signed: by so much clocks may differ.
const MARGIN: Duration = Duration::from_secs(300);

/// How a ring turns.
///
/// * A key is published `publish_ahead` before it signs, so that whoever keeps a set for
///   its `max-age` has it by then. The first of all keys signs at once: nobody has a set yet.
/// * It signs until the next one does, which is planned for `use_for` later, and comes later
///   still where no node was there to publish it in time.
/// * It stays published until its last token has ended, and 5 minutes more.
#[derive(Clone, Copy, Debug)]
pub struct KeyRingPlan {
    pub(super) algorithm: JwtAlgorithm,
    pub(super) max_age: Duration,
    pub(super) publish_ahead: Duration,
    pub(super) use_for: Duration,
    pub(super) longest_token: Duration,
}

/// No ring can turn so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is published for as long as sets are kept at least, and used for twice as long as that at least"
)]
pub struct InvalidKeyRingPlan;

impl KeyRingPlan {
    /// Keys of an algorithm, used for 30 days each; published two hours ahead, with sets that are
    /// kept for an hour. `longest_token` is how long tokens live at most, with the leeway of
    /// whoever verifies them.
    #[must_use]
    pub const fn new(algorithm: JwtAlgorithm, longest_token: Duration) -> Self {
        Self {
            algorithm,
            max_age: Duration::from_secs(3_600),
            publish_ahead: Duration::from_secs(7_200),
            use_for: Duration::from_secs(30 * 24 * 3_600),
            longest_token,
        }
    }

    /// Sets for how long others may keep the published set, and how long before its use a key
    /// is in it. The latter is longer by what nodes may take to hear of a new key: each node
    /// must [turn](super::JwtKeyRing::turn) more often than their difference. [`JwtKeyRing`] says how
    /// a plan is changed while keys are in use.
    ///
    /// [`JwtKeyRing`]: super::JwtKeyRing#another-plan
    #[must_use]
    pub const fn with_publishing(mut self, max_age: Duration, publish_ahead: Duration) -> Self {
        (self.max_age, self.publish_ahead) = (max_age, publish_ahead);
        self
    }

    /// Sets for how long a key is used.
    #[must_use]
    pub const fn with_use_for(mut self, use_for: Duration) -> Self {
        self.use_for = use_for;
        self
    }

    /// Whether a ring can turn so.
    pub(super) fn check(&self) -> Result<(), InvalidKeyRingPlan> {
        let fits = self.max_age <= self.publish_ahead
            && self.publish_ahead.saturating_mul(2) <= self.use_for
            && self.use_for > Duration::ZERO;
        if fits { Ok(()) } else { Err(InvalidKeyRingPlan) }
    }

    /// Since when a ring must have been read for its keys to be known: any key that was
    /// published later signs later than now.
    pub(super) fn known_until(&self, read_at: Timestamp) -> Timestamp {
        read_at.saturating_add(self.publish_ahead)
    }
}

/// Whether what was read at a moment can have been read by now: no clock is more than the margin
/// ahead, unless it was set back since.
pub(super) fn can_be_past(read_at: Timestamp, now: Timestamp) -> bool {
    read_at <= now.saturating_add(MARGIN)
}

/// When a key was published, and from when on it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) published_at: Timestamp,
    pub(super) signs_from: Timestamp,
}

/// Which of the keys, oldest first, signs at the moment `now`.
pub(super) fn signing(keys: &[Dates], now: Timestamp) -> Option<usize> {
    let last = keys.iter().rposition(|key| key.signs_from <= now);
    // Where the clock went back behind the first of all, that one is as good as ever.
    last.or(if keys.is_empty() { None } else { Some(0) })
}

/// How many of the keys, oldest first, nobody needs any more.
pub(super) fn gone(keys: &[Dates], plan: &KeyRingPlan, now: Timestamp) -> usize {
    let is_gone =
        |next: &&Dates| next.signs_from.saturating_add(plan.longest_token).saturating_add(MARGIN) <= now;
    keys.iter().skip(1).take_while(is_gone).count()
}

/// The next key that must be published now, if one must.
pub(super) fn due(keys: &[Dates], plan: &KeyRingPlan, now: Timestamp) -> Option<Dates> {
    let Some(last) = keys.last() else { return Some(Dates { published_at: now, signs_from: now }) };
    let planned = last.signs_from.saturating_add(plan.use_for);
    // Earlier than it must be, so that it is in time though nobody is there at that moment.
    let early = planned.saturating_sub(plan.publish_ahead.saturating_add(plan.publish_ahead / 2));
    let signs_from = planned.max(now.saturating_add(plan.publish_ahead));
    (now >= early).then_some(Dates { published_at: now, signs_from })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Keys for 10,000 seconds, published 1,000 ahead; tokens live for 600.
    fn plan() -> KeyRingPlan {
        KeyRingPlan::new(JwtAlgorithm::Es256, seconds(600))
            .with_publishing(seconds(500), seconds(1_000))
            .with_use_for(seconds(10_000))
    }

    /// Turns at a moment, as a node does.
    fn turn(keys: &mut Vec<Dates>, now: Timestamp) -> usize {
        let dropped = gone(keys, &plan(), now);
        keys.drain(..dropped);
        keys.extend(due(keys, &plan(), now));
        dropped
    }

    #[test]
    fn over_a_year_each_key_is_published_before_it_signs_and_kept_until_its_last_token_has_ended() {
        let mut keys = Vec::new();
        // When each key, by its publication, was there; and the last moment at which it signed.
        let mut seen: Vec<(Dates, i64, i64)> = Vec::new();
        let year = 365 * 24 * 3_600;
        for now in (0..year).step_by(97) {
            turn(&mut keys, at(now));
            assert!((1..=3).contains(&keys.len()), "{keys:?}");
            for key in &keys {
                match seen.iter_mut().find(|(known, ..)| known == key) {
                    Some((_, there, _)) => *there = now,
                    None => seen.push((*key, now, i64::MIN)),
                }
            }
            let signer = keys[signing(&keys, at(now)).expect("a key")];
            let first = seen[0].0 == signer;
            assert!(first || signer.published_at <= at(now - 1_000), "published ahead");
            let known = seen.iter_mut().find(|(known, ..)| *known == signer).expect("published");
            known.2 = now;
        }
        assert_eq!(seen.len(), usize::try_from(year / 10_000).expect("a count") + 1);
        for (key, there, signed) in &seen[..seen.len() - 3] {
            assert!(there - signed >= 600, "{key:?} was there until {there}, and signed until {signed}");
            assert!(there - signed <= 600 + 300 + 200, "{key:?} is not kept for ever");
        }
    }

    #[test]
    fn after_a_year_in_which_nobody_turned_the_old_key_signs_until_the_new_one_may() {
        let mut keys = Vec::new();
        turn(&mut keys, at(0));
        let later = 365 * 24 * 3_600;
        turn(&mut keys, at(later));
        assert_eq!((keys.len(), signing(&keys, at(later + 999))), (2, Some(0)));
        assert_eq!(signing(&keys, at(later + 1_000)), Some(1));
        assert_eq!(turn(&mut keys, at(later + 1_000 + 899)), 0);
        assert_eq!(turn(&mut keys, at(later + 1_000 + 900)), 1);
    }

    #[test]
    fn to_turn_twice_at_once_is_to_turn_once() {
        let mut keys = Vec::new();
        for now in [0, 8_499, 8_500, 10_000, 30_000] {
            turn(&mut keys, at(now));
            let once = keys.clone();
            for _ in 0..3 {
                turn(&mut keys, at(now));
            }
            assert_eq!(keys, once, "{now}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_drops_nothing_and_makes_nothing() {
        let mut keys = Vec::new();
        for now in (0..50_000).step_by(100) {
            turn(&mut keys, at(now));
        }
        let before = keys.clone();
        for back in [49_000, 40_000, 0, -1_000_000] {
            turn(&mut keys, at(back));
            assert_eq!(keys, before);
            assert!(signing(&keys, at(back)).is_some());
        }
    }

    #[test]
    fn what_cannot_turn_is_refused() {
        let ok = |max_age, ahead, use_for| {
            let plan = plan().with_publishing(seconds(max_age), seconds(ahead));
            plan.with_use_for(seconds(use_for)).check().is_ok()
        };
        assert!(plan().check().is_ok() && ok(10, 10, 20) && ok(0, 0, 1));
        assert!(!ok(11, 10, 100) && !ok(10, 10, 19) && !ok(0, 0, 0));
        assert!(KeyRingPlan::new(JwtAlgorithm::Es256, seconds(600)).check().is_ok());
    }
}
