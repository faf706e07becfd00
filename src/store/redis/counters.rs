//! Counters in Redis.

use std::fmt;

use super::names::InvalidNamespace;
use super::scripts::TAKE;
use super::server::RedisServer;
use crate::Timestamp;
use crate::store::counter::{LONGEST_BUDGET, MOST_BUDGETS};
use crate::store::{Budget, CounterStore, Spent, StoreError, Taken};

/// For how many seconds a counter is kept besides two of its periods.
const KEPT: u64 = 600;

/// Counters in Redis, shared by all nodes. Its clones are the same store.
///
/// All budgets of a request are one script, which nothing comes between: the counts are exact,
/// however many nodes ask. A counter goes two of its periods and ten minutes after it was used
/// last, by the clock of the server.
///
/// ```no_run
/// use portcullis::store::redis::RedisCounterStore;
/// use portcullis::store::{Budget, CounterStore, Taken};
/// use portcullis::{Clock, Limit, SystemClock};
/// use std::time::Duration;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counters = RedisCounterStore::connect("redis://127.0.0.1").await?;
/// let budget = Budget { name: "account acme", limit: Limit::new(100, Duration::from_secs(60))? };
/// let taken = counters.take(&[budget], SystemClock.now()).await?;
/// assert!(matches!(taken, Taken::All(spent) if spent[0].used == 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisCounterStore {
    server: RedisServer,
}

impl RedisCounterStore {
    /// Counters on a server.
    #[must_use]
    pub const fn new(server: RedisServer) -> Self {
        Self { server }
    }

    /// Connects to `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    /// As for [`RedisServer::connect`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        RedisServer::connect(url).await.map(Self::new)
    }

    /// Sets the namespace: [`RedisServer::with_namespace`].
    ///
    /// # Errors
    /// When it has characters that it must not have.
    pub fn with_namespace(mut self, namespace: &str) -> Result<Self, InvalidNamespace> {
        self.server = self.server.with_namespace(namespace)?;
        Ok(self)
    }
}

impl CounterStore for RedisCounterStore {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        if budgets.len() > MOST_BUDGETS || budgets.iter().any(|budget| budget.name.len() > LONGEST_BUDGET) {
            return Err(StoreError::unavailable(TooMuch));
        }
        if budgets.is_empty() {
            return Ok(Taken::All(Vec::new()));
        }
        let mut call = TAKE.prepare_invoke();
        for budget in budgets {
            let seconds = budget.limit.period().as_secs();
            call.key(self.server.names().name("budget", &[&seconds.to_string(), budget.name]));
            let (period, _) = budget.period_at(now);
            call.arg(period).arg(budget.limit.count()).arg(seconds);
            call.arg(seconds.saturating_mul(2).saturating_add(KEPT));
        }
        let answer: Vec<i64> = self.server.run(&call).await?;
        read(budgets, &answer).ok_or(StoreError::corrupt("the answer of a counter"))
    }
}

/// What the script has answered.
fn read(budgets: &[Budget<'_>], answer: &[i64]) -> Option<Taken> {
    match *answer {
        [0, place, period, used] => {
            let index = usize::try_from(place).ok()?.checked_sub(1)?;
            Some(Taken::Exhausted { index, spent: spent(budgets.get(index)?, period, used)? })
        }
        [1, ref all @ ..] if all.len() == 2 * budgets.len() => {
            let pairs = budgets.iter().zip(all.chunks_exact(2));
            let spent = pairs.map(|(budget, pair)| match *pair {
                [period, used] => spent(budget, period, used),
                _ => None,
            });
            spent.collect::<Option<_>>().map(Taken::All)
        }
        _ => None,
    }
}

/// How a budget stands; more than there is can have been taken where there was more before.
fn spent(budget: &Budget<'_>, period: i64, used: i64) -> Option<Spent> {
    let micros = i64::try_from(budget.limit.period().as_micros()).ok()?;
    let resets_at = Timestamp::from_unix_micros(period.saturating_add(1).saturating_mul(micros));
    Some(Spent { used: u64::try_from(used).ok()?.min(budget.limit.count()), resets_at })
}

/// The budgets are more than are counted at once.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("at most 64 budgets with names of at most 1024 bytes are counted at once")]
struct TooMuch;

impl fmt::Debug for RedisCounterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCounterStore").finish_non_exhaustive()
    }
}
