//! How often the upstream is asked.

use std::time::Duration;

use portcullis::outbound::UpstreamFailure;
use portcullis::store::{Budget, CounterStore, SharedCounters, Taken};
use portcullis::{Limits, Timestamp};

/// Counts what goes out, so that the upstream need not refuse it. Several nodes that share the
/// upstream's key share a [`CounterStore`] too.
pub(super) struct Limiter {
    counters: SharedCounters,
    limits: Limits,
}

impl Limiter {
    pub(super) fn new(counters: impl CounterStore, limits: Limits) -> Self {
        Self { counters: SharedCounters::new(counters), limits }
    }

    /// Takes one request; else how long to wait, in whole seconds. Where nobody counts, nothing
    /// goes out.
    pub(super) async fn take(&self, now: Timestamp) -> Result<(), UpstreamFailure> {
        let budgets: Vec<_> =
            self.limits.iter().map(|limit| Budget { name: "requests to wisphub", limit }).collect();
        match self.counters.take(&budgets, now).await {
            Ok(Taken::All(_)) => Ok(()),
            Ok(Taken::Exhausted { spent, .. }) => {
                let wait = spent.resets_at.abs_diff(now).as_micros().div_ceil(1_000_000);
                let wait = u64::try_from(wait).unwrap_or(u64::MAX).max(1);
                tracing::warn!(wait, "the upstream was asked often enough");
                Err(UpstreamFailure::Busy(Some(Duration::from_secs(wait))))
            }
            Err(error) => {
                tracing::error!(%error, "nobody counts what goes out");
                Err(UpstreamFailure::Busy(None))
            }
        }
    }
}
