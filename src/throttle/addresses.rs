//! Failures of each prefix of addresses, and the waits that follow.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ipnet::IpNet;

use super::meters::{Meter, Meters};
use crate::store::Budget;
use crate::{Limit, Timestamp};

/// How long waits are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) first: Duration,
    pub(super) longest: Duration,
    /// After which a prefix begins anew.
    pub(super) quiet: Duration,
}

/// What is kept of every prefix.
pub(super) struct Addresses {
    meters: Meters<IpNet, Failures>,
    /// The end of the wait that ends last, in microseconds.
    latest: AtomicI64,
}

/// What is kept of one prefix.
struct Failures {
    /// The period, and how many there were in it.
    period: i64,
    count: u64,
    /// How many waits there were since the prefix was quiet.
    strikes: u32,
    until: Timestamp,
    last: Timestamp,
}

/// How it stands after a failure was counted.
pub(super) struct Counted {
    /// How long it has to wait already.
    pub(super) waits: Option<Duration>,
    /// It has waited before, and was not quiet since.
    pub(super) is_known: bool,
    /// There were more failures in this period than the budget has.
    pub(super) is_over: bool,
}

impl Default for Failures {
    fn default() -> Self {
        let never = Timestamp::from_unix_micros(i64::MIN);
        Self { period: i64::MIN, count: 0, strikes: 0, until: never, last: never }
    }
}

impl Meter for Failures {
    fn weight(&self) -> impl Ord {
        (self.until, self.last)
    }
}

impl Failures {
    /// How long it has to wait. A wait that ends later than any could was begun by a clock
    /// that has gone back since, and is none.
    fn wait(&self, waits: &Waits, now: Timestamp) -> Option<Duration> {
        let left = (self.until > now).then(|| self.until.abs_diff(now));
        left.filter(|left| *left <= waits.longest)
    }
}

impl Addresses {
    pub(super) fn new(capacity: usize) -> Self {
        Self { meters: Meters::new(capacity), latest: AtomicI64::new(i64::MIN) }
    }

    pub(super) fn anybody_waits(&self, now: Timestamp) -> bool {
        now.as_unix_micros() < self.latest.load(Ordering::Relaxed)
    }

    pub(super) fn wait(&self, network: &IpNet, waits: &Waits, now: Timestamp) -> Option<Duration> {
        self.meters.look(network, |failures| failures.wait(waits, now))?
    }

    /// Counts a failure, unless the prefix waits: then it was under way before the wait.
    pub(super) fn count(&self, network: &IpNet, budget: Limit, waits: &Waits, now: Timestamp) -> Counted {
        self.meters.change(network, |failures| {
            let wait = failures.wait(waits, now);
            if wait.is_none() {
                let (period, _) = Budget { name: "", limit: budget }.period_at(now);
                if failures.last.max(failures.until).saturating_add(waits.quiet) <= now {
                    failures.strikes = 0;
                }
                if failures.period != period {
                    (failures.period, failures.count) = (period, 0);
                }
                failures.count = failures.count.saturating_add(1);
                failures.last = now;
            }
            let is_over = failures.count > budget.count();
            Counted { waits: wait, is_known: failures.strikes > 0, is_over }
        })
    }

    /// Makes the prefix wait, for longer than the last time; and whether that begins now.
    pub(super) fn strike(&self, network: &IpNet, waits: &Waits, now: Timestamp) -> (Duration, bool) {
        let (wait, is_new) = self.meters.change(network, |failures| {
            if let Some(wait) = failures.wait(waits, now) {
                return (wait, false);
            }
            let factor = 2_u32.saturating_pow(failures.strikes);
            let wait = waits.first.saturating_mul(factor).min(waits.longest);
            failures.strikes = failures.strikes.saturating_add(1);
            (failures.last, failures.until) = (now, now.saturating_add(wait));
            (wait, true)
        });
        if is_new {
            self.latest.fetch_max(now.saturating_add(wait).as_unix_micros(), Ordering::Relaxed);
        }
        (wait, is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: Waits = Waits {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(300),
        quiet: Duration::from_secs(600),
    };

    fn network() -> IpNet {
        "192.0.2.7/32".parse().expect("a network")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn failures_that_were_under_way_together_make_one_wait() {
        let addresses = Addresses::new(10);
        let budget = Limit::per_minute(2);
        // All of them passed the gate before the first of them failed.
        let over = (0..1_000).filter(|_| {
            let counted = addresses.count(&network(), budget, &WAITS, at(0));
            counted.waits.is_none() && counted.is_over && addresses.strike(&network(), &WAITS, at(0)).1
        });
        assert_eq!(over.count(), 1);
        assert_eq!(addresses.wait(&network(), &WAITS, at(0)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_clock_that_went_ahead_and_came_back_makes_nobody_wait_for_ever() {
        let addresses = Addresses::new(10);
        addresses.strike(&network(), &WAITS, at(1_000_000));
        assert_eq!(addresses.wait(&network(), &WAITS, at(1_000_000)), Some(Duration::from_secs(1)));
        assert_eq!(addresses.wait(&network(), &WAITS, at(0)), None);
        assert_eq!(addresses.strike(&network(), &WAITS, at(0)), (Duration::from_secs(2), true));
    }

    #[test]
    fn nobody_is_looked_up_while_nobody_waits() {
        let addresses = Addresses::new(10);
        assert!(!addresses.anybody_waits(at(i64::MIN)));
        addresses.strike(&network(), &WAITS, at(7));
        assert_eq!([7, 8].map(|now| addresses.anybody_waits(at(now))), [true, false]);
    }
}
