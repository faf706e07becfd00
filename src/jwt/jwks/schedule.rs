//! When the keys are fetched the next time.

use std::time::Duration;

use crate::crypto::random;

const SHORTEST: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Where the answer does not say how long it is fresh.
const UNSAID: Duration = Duration::from_secs(60 * 60);

/// The first wait after a failure; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
pub(super) const LONGEST_RETRY: Duration = Duration::from_secs(5 * 60);
/// While tokens are refused for want of keys.
const LONGEST_RETRY_WITHOUT_KEYS: Duration = Duration::from_secs(30);

/// Where in its span a wait ends: from 0 to 1, so that nodes that were started together do
/// not ask together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jitter(f64);

impl Jitter {
    pub(super) fn random() -> Self {
        // Without randomness the middle will do: nobody gains by knowing it.
        Self(
            random::bytes::<4>()
                .map_or(0.5, |bytes| f64::from(u32::from_le_bytes(*bytes)) / f64::from(u32::MAX)),
        )
    }

    /// A moment between the shares `from` and `to` of `span`.
    fn between(self, from: f64, to: f64, span: Duration) -> Duration {
        span.mul_f64((to - from).mul_add(self.0, from))
    }
}

/// How long after a fetch the next one begins: ahead of the end of what is fresh, which is
/// between 5 minutes and 24 hours after it, and no later than half of `max_stale`.
pub(super) fn ahead(max_age: Option<Duration>, max_stale: Duration, jitter: Jitter) -> Duration {
    let fresh = max_age.unwrap_or(UNSAID).clamp(SHORTEST, LONGEST);
    jitter.between(0.75, 0.9, fresh.min(max_stale / 2))
}

/// How long after the last of `failures` in a row the next attempt begins.
pub(super) fn retry(failures: u32, has_keys: bool, jitter: Jitter) -> Duration {
    let longest = if has_keys { LONGEST_RETRY } else { LONGEST_RETRY_WITHOUT_KEYS };
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    jitter.between(0.5, 1.0, FIRST_RETRY.saturating_mul(doubled).min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = LONGEST;

    #[test]
    fn the_next_fetch_is_ahead_of_the_end_and_within_bounds() {
        let secs = |age: Option<u64>, stale| {
            [0.0, 1.0].map(|j| ahead(age.map(Duration::from_secs), stale, Jitter(j)).as_secs())
        };
        assert_eq!(secs(None, DAY), [2_700, 3_240]);
        assert_eq!(secs(Some(7_200), DAY), [5_400, 6_480]);
        assert_eq!(secs(Some(0), DAY), [225, 270]);
        assert_eq!(secs(Some(u64::MAX), DAY), [32_400, 38_880]);
        assert_eq!(secs(Some(u64::MAX), 4 * DAY), [64_800, 77_760]);
        // Whatever the answer says, there is time for further attempts.
        assert_eq!(secs(None, Duration::from_secs(600)), [225, 270]);
    }

    #[test]
    fn retries_become_rarer_and_stay_frequent_enough() {
        let waits = |has_keys| [1, 2, 3, 8, 40, u32::MAX].map(|n| retry(n, has_keys, Jitter(1.0)).as_secs());
        assert_eq!(waits(true), [1, 2, 4, 128, 300, 300]);
        assert_eq!(waits(false), [1, 2, 4, 30, 30, 30]);
        assert_eq!(retry(1, true, Jitter(0.0)), Duration::from_millis(500));
    }

    #[test]
    fn chance_spreads_them() {
        let distinct: std::collections::HashSet<_> =
            (0..100).map(|_| ahead(None, DAY, Jitter::random())).collect();
        assert!(distinct.len() > 90, "{}", distinct.len());
        assert!(distinct.iter().all(|wait| (2_700..=3_240).contains(&wait.as_secs())));
    }
}
