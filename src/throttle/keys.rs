//! Failures with each key id.

use std::fmt;

use super::meters::{Meter, Meters};
use crate::crypto::digest;
use crate::store::Budget;
use crate::{Limit, Timestamp};

/// Stands for the id of a key, or the name of a user, of one scheme: its digest, so that what
/// strangers send is of one length and in no list of counters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KeyHash([u8; 32]);

/// The hash of an id, whether there is such a key or not.
pub(super) fn hash(scheme: &str, id: &str) -> KeyHash {
    // No scheme has a zero byte in its name.
    KeyHash(digest::sha256(&[scheme.as_bytes(), b"\0", id.as_bytes()].concat()))
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is kept of every id.
pub(super) struct Keys(Meters<KeyHash, Failures>);

/// What is kept of one.
struct Failures {
    period: i64,
    count: u64,
    last: Timestamp,
}

impl Default for Failures {
    fn default() -> Self {
        Self { period: i64::MIN, count: 0, last: Timestamp::from_unix_micros(i64::MIN) }
    }
}

impl Meter for Failures {
    fn weight(&self) -> impl Ord {
        (self.period, self.count, self.last)
    }
}

impl Keys {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Meters::new(capacity))
    }

    /// Counts a failure, and says whether there were more in this period than the budget has.
    pub(super) fn count(&self, key: &KeyHash, budget: Limit, now: Timestamp) -> bool {
        let (period, _) = Budget { name: "", limit: budget }.period_at(now);
        self.0.change(key, |failures| {
            if failures.period != period {
                (failures.period, failures.count) = (period, 0);
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
            failures.count > budget.count()
        })
    }

    /// Says that the budget of this period is used up, by other nodes too: nobody need be
    /// asked again.
    pub(super) fn close(&self, key: &KeyHash, budget: Limit, now: Timestamp) {
        let (period, _) = Budget { name: "", limit: budget }.period_at(now);
        self.0.change(key, |failures| {
            (failures.period, failures.count) = (period, failures.count.max(budget.count()));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_another_in_another_scheme_and_nothing_of_it_is_in_its_name() {
        let hashes = [("a", "bc"), ("ab", "c"), ("a", "b"), ("", "abc")].map(|(scheme, id)| hash(scheme, id));
        let different: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(different.len(), hashes.len());
        assert_eq!(hash("a", &"x".repeat(5_000)).to_string().len(), 64);
    }

    #[test]
    fn what_other_nodes_used_up_is_over_here_until_the_period_ends() {
        let (keys, key, budget) = (Keys::new(10), hash("x-auth", "k"), Limit::per_minute(5));
        let at = Timestamp::from_unix_seconds;
        assert!(!keys.count(&key, budget, at(1)));
        keys.close(&key, budget, at(1));
        assert_eq!([2, 59, 60].map(|now| keys.count(&key, budget, at(now))), [true, true, false]);
    }
}
