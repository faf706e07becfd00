//! Counting what may be done so often in a time, exactly and on all nodes together.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;
use crate::{Limit, Timestamp};

/// From how many budgets one call takes: those of three keys and all their owners, and more.
pub(super) const MOST_BUDGETS: usize = 64;
/// The longest name of a budget, in bytes.
pub(super) const LONGEST_BUDGET: usize = 1024;

/// One budget: what is counted under a name, and how much of it there is in each period.
/// The same name with another period is another budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget<'a> {
    /// What is counted: at most 1,024 bytes.
    pub name: &'a str,
    /// How much of it in how long a time.
    pub limit: Limit,
}

impl Budget<'_> {
    /// The number of the period that `now` is in, and the first moment after it.
    #[must_use]
    pub fn period_at(&self, now: Timestamp) -> (i64, Timestamp) {
        let micros = i64::try_from(self.limit.period().as_micros()).unwrap_or(i64::MAX);
        let number = now.as_unix_micros().div_euclid(micros);
        (number, Timestamp::from_unix_micros(number.saturating_add(1).saturating_mul(micros)))
    }
}

/// What became of taking from one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// How much was taken from it in this period, with what was taken just now; never more
    /// than the limit.
    pub used: u64,
    /// The first moment of the next period.
    pub resets_at: Timestamp,
}

/// What became of taking from several budgets at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One was taken from each; the answers are in the order of the budgets.
    All(Vec<Spent>),
    /// Nothing was taken from any of them, because the budget with this index has nothing
    /// left until its next period; of several such, the one that has to be waited for
    /// longest.
    Exhausted {
        /// Which budget.
        index: usize,
        /// How it stands.
        spent: Spent,
    },
}

/// Where counts are kept.
///
/// When the clock goes back, the period that was counted last goes on: what was taken
/// from it stays taken. One that begins more than a day from now does not: the clock that
/// began it was wrong, and would hold the budget until then.
pub trait CounterStore: Send + Sync + 'static {
    /// Takes one from each of at most 64 budgets, or from none of them where one has
    /// nothing left; exactly, however many ask at the same moment on however many nodes.
    ///
    /// # Errors
    /// When the store cannot count: that is neither a yes nor a no.
    fn take(
        &self,
        budgets: &[Budget<'_>],
        now: Timestamp,
    ) -> impl Future<Output = Result<Taken, StoreError>> + Send;
}

impl<S: CounterStore> CounterStore for Arc<S> {
    fn take(
        &self,
        budgets: &[Budget<'_>],
        now: Timestamp,
    ) -> impl Future<Output = Result<Taken, StoreError>> + Send {
        S::take(self, budgets, now)
    }
}

/// The object-safe twin of [`CounterStore`].
#[async_trait]
trait Erased: Send + Sync {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError>;
}

#[async_trait]
impl<S: CounterStore> Erased for S {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        CounterStore::take(self, budgets, now).await
    }
}

/// Any [`CounterStore`], whose type is known at run time only. Its clones are the same; one
/// allocation a call is its price.
#[derive(Clone)]
pub struct SharedCounters(Arc<dyn Erased>);

impl SharedCounters {
    /// Erases the type of `counters`.
    #[must_use]
    pub fn new(counters: impl CounterStore) -> Self {
        Self(Arc::new(counters))
    }
}

impl CounterStore for SharedCounters {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        self.0.as_ref().take(budgets, now).await
    }
}

impl fmt::Debug for SharedCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedCounters(..)")
    }
}
