//! Counters in memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::counter::{LONGEST_BUDGET, MOST_BUDGETS};
use crate::store::{Budget, CounterStore, Spent, StoreError, Taken};
use crate::{Limit, Timestamp};

/// How many counters that are past are freed, at most, by the way of counting.
const SWEEP: usize = 32;
/// A clock that goes back by more was wrong before.
const DAY: Duration = Duration::from_secs(24 * 3600);
const BEGINNING: Timestamp = Timestamp::from_unix_micros(i64::MIN);

/// Counters in memory, bounded: for a service of one process. Its clones are the same
/// store.
///
/// * Every call is decided under one lock, which makes it exact. It is held for as long as
///   it takes to look up 64 names, never while anything is waited for.
/// * A counter costs about 250 bytes and is freed some time after its period is past, by
///   the way, on later calls: no task, no timer.
/// * A full store is an error, never a counter that begins anew: the request becomes a 503.
/// * When the clock goes back, the period that was counted last goes on, and a period whose
///   counter was freed already does not begin anew: the next one does. When it goes back by
///   more than a day, it was wrong: periods that begin later than in a day are forgotten.
///
/// ```
/// use portcullis::store::{Budget, CounterStore, Taken, memory::MemoryCounterStore};
/// use portcullis::{Limit, Timestamp};
/// use std::time::Duration;
/// let counters = MemoryCounterStore::new();
/// let budget = Budget { name: "exports", limit: Limit::new(1, Duration::from_secs(60))? };
/// let now = Timestamp::from_unix_seconds(90);
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert!(matches!(counters.take(&[budget], now).await?, Taken::All(_)));
/// let Taken::Exhausted { spent, .. } = counters.take(&[budget], now).await? else { panic!() };
/// assert_eq!(spent.resets_at, Timestamp::from_unix_seconds(120));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryCounterStore {
    counters: Arc<Mutex<Counters>>,
    capacity: usize,
}

struct Counters {
    held: HashMap<Arc<str>, Vec<Counter>>,
    length: usize,
    /// The counters by the end of their period. One that has gone on to another period
    /// stands at the old end too, until that is swept.
    ends: BTreeMap<Timestamp, Vec<(Arc<str>, u64)>>,
    /// The latest end of a period whose counter was freed.
    floor: Timestamp,
    /// The latest moment that a call was made at.
    latest: Timestamp,
}

/// What was taken from one budget in one period.
struct Counter {
    /// How long a period is, in seconds: what tells the counters of a name apart.
    seconds: u64,
    number: i64,
    used: u64,
}

impl MemoryCounterStore {
    /// How many counters are kept unless something else is said.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// An empty store that keeps at most `capacity` counters: one for each name and length
    /// of a period.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let (held, ends) = (HashMap::new(), BTreeMap::new());
        let (floor, latest) = (BEGINNING, BEGINNING);
        let counters = Counters { held, length: 0, ends, floor, latest };
        Self { counters: Arc::new(Mutex::new(counters)), capacity }
    }

    /// How many counters are kept, with those that are past and not freed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().length
    }

    /// Whether no counter is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CounterStore for MemoryCounterStore {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        if budgets.len() > MOST_BUDGETS || budgets.iter().any(|budget| budget.name.len() > LONGEST_BUDGET) {
            return Err(StoreError::unavailable("a call is for at most 64 budgets of 1,024 bytes"));
        }
        let mut counters = self.lock();
        counters.set_right(now);
        counters.sweep(now, SWEEP);
        if counters.length + budgets.len() > self.capacity {
            counters.sweep(now, usize::MAX);
        }
        let stand: Vec<Stand> =
            (0..).zip(budgets).map(|(index, _)| counters.stand(budgets, index, now)).collect();
        let added = stand.iter().filter(|stand| stand.is_new).count();
        let exhausted = stand.iter().enumerate().filter(|(_, stand)| stand.is_exhausted);
        if let Some((index, stand)) = exhausted.max_by_key(|(_, stand)| stand.spent.resets_at) {
            return Ok(Taken::Exhausted { index, spent: stand.spent });
        }
        if counters.length + added > self.capacity {
            crate::trace::event!(warn, capacity = self.capacity, "the store of counters is full");
            return Err(StoreError::Full);
        }
        for (budget, stand) in budgets.iter().zip(&stand) {
            counters.count(budget, stand);
        }
        Ok(Taken::All(stand.into_iter().map(|stand| stand.spent).collect()))
    }
}

/// How a budget stands, and would stand when one was taken from it.
struct Stand {
    number: i64,
    /// With what is to be taken; where nothing is left, without.
    spent: Spent,
    is_exhausted: bool,
    is_new: bool,
}

impl Counters {
    /// Where the clock was more than a day ahead until now, frees the counters of periods that
    /// begin later than in a day: they would hold until then.
    fn set_right(&mut self, now: Timestamp) {
        let ahead = now.saturating_add(DAY);
        if self.latest <= ahead {
            self.latest = self.latest.max(now);
            return;
        }
        (self.latest, self.floor) = (now, BEGINNING);
        self.held.retain(|_, counters| {
            counters.retain(|counter| moment(counter.number, counter.seconds) <= ahead);
            !counters.is_empty()
        });
        self.length = self.held.values().map(Vec::len).sum();
        let held = &self.held;
        self.ends.retain(|_, names| {
            names.retain(|(name, _)| held.contains_key(name));
            !names.is_empty()
        });
    }

    fn stand(&self, budgets: &[Budget<'_>], index: usize, now: Timestamp) -> Stand {
        let mut same = budgets.iter().take(index + 1).rev();
        let Some(budget) = same.next() else { unreachable!("the index is of a budget") };
        // The same counter may stand further in front in the list.
        let before = same.filter(|other| is_same(other, budget)).count();
        let held = self.find(budget);
        let number = period(budget.limit, now.max(self.floor));
        let (number, used) = match held {
            Some(held) if held.number >= number => (held.number, held.used),
            _ => (number, 0),
        };
        let used = used.saturating_add(u64::try_from(before).unwrap_or(u64::MAX));
        let is_exhausted = used >= budget.limit.count();
        let used = used.saturating_add(1).min(budget.limit.count());
        let spent = Spent { used, resets_at: end(budget.limit, number) };
        Stand { number, spent, is_exhausted, is_new: held.is_none() && before == 0 }
    }

    fn find(&self, budget: &Budget<'_>) -> Option<&Counter> {
        let seconds = budget.limit.period().as_secs();
        self.held.get(budget.name)?.iter().find(|counter| counter.seconds == seconds)
    }

    /// Takes one.
    fn count(&mut self, budget: &Budget<'_>, stand: &Stand) {
        let Stand { number, spent, .. } = stand;
        let seconds = budget.limit.period().as_secs();
        let name = match self.held.get_key_value(budget.name) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(budget.name),
        };
        let counters = self.held.entry(Arc::clone(&name)).or_default();
        match counters.iter_mut().find(|counter| counter.seconds == seconds) {
            Some(counter) if counter.number == *number => {
                counter.used += 1;
                return;
            }
            Some(counter) => (counter.number, counter.used) = (*number, 1),
            None => {
                counters.push(Counter { seconds, number: *number, used: 1 });
                self.length += 1;
            }
        }
        self.ends.entry(spent.resets_at).or_default().push((name, seconds));
    }

    /// Frees at most `limit` counters whose period is past.
    fn sweep(&mut self, now: Timestamp, mut limit: usize) {
        while limit > 0
            && let Some(mut oldest) = self.ends.first_entry()
            && *oldest.key() <= now
        {
            limit -= 1;
            let past = *oldest.key();
            let Some((name, seconds)) = oldest.get_mut().pop() else {
                oldest.remove();
                continue;
            };
            let Some(counters) = self.held.get_mut(&name) else { continue };
            let before = counters.len();
            let is_past = |counter: &Counter| counter.seconds == seconds && counter.end() <= past;
            counters.retain(|counter| !is_past(counter));
            if counters.len() < before {
                self.length -= 1;
                self.floor = self.floor.max(past);
            }
            if counters.is_empty() {
                self.held.remove(&name);
            }
        }
    }
}

impl Counter {
    fn end(&self) -> Timestamp {
        moment(self.number.saturating_add(1), self.seconds)
    }
}

fn is_same(one: &Budget<'_>, other: &Budget<'_>) -> bool {
    one.name == other.name && one.limit.period() == other.limit.period()
}

/// The number of the period that a moment is in.
fn period(limit: Limit, moment: Timestamp) -> i64 {
    Budget { name: "", limit }.period_at(moment).0
}

/// The first moment after a period.
fn end(limit: Limit, number: i64) -> Timestamp {
    moment(number.saturating_add(1), limit.period().as_secs())
}

/// The first moment of a period.
fn moment(number: i64, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_unix_seconds(number.saturating_mul(seconds))
}

impl Default for MemoryCounterStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryCounterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, capacity) = (self.len(), self.capacity);
        f.debug_struct("MemoryCounterStore").field("len", &length).field("capacity", &capacity).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn budget(name: &str, count: u64, seconds: u64) -> Budget<'_> {
        Budget { name, limit: Limit::new(count, Duration::from_secs(seconds)).expect("a limit") }
    }

    fn taken(store: &MemoryCounterStore, budgets: &[Budget<'_>], now: i64) -> Result<Taken, StoreError> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(store.take(budgets, at(now))).poll(&mut context) {
            std::task::Poll::Ready(taken) => taken,
            std::task::Poll::Pending => panic!("it waits for nothing"),
        }
    }

    /// What was used of each, or the index of the one that is exhausted; and the end.
    fn take(store: &MemoryCounterStore, budgets: &[Budget<'_>], now: i64) -> Result<Vec<u64>, (usize, i64)> {
        match taken(store, budgets, now).expect("it can count") {
            Taken::All(spent) => Ok(spent.iter().map(|spent| spent.used).collect()),
            Taken::Exhausted { index, spent } => Err((index, spent.resets_at.as_unix_seconds())),
        }
    }

    #[test]
    fn a_budget_is_what_it_says_in_each_period() {
        let store = MemoryCounterStore::new();
        let two = [budget("a", 2, 60)];
        let came = [60, 119, 119, 120].map(|now| take(&store, &two, now));
        assert_eq!(came, [Ok(vec![1]), Ok(vec![2]), Err((0, 120)), Ok(vec![1])]);
    }

    #[test]
    fn where_one_budget_has_nothing_left_none_is_taken_from_and_the_longest_wait_is_named() {
        let store = MemoryCounterStore::new();
        let all = [budget("a", 9, 60), budget("b", 1, 60), budget("a", 1, 3600)];
        assert_eq!(take(&store, &all, 0), Ok(vec![1, 1, 1]));
        for _ in 0..20 {
            assert_eq!(take(&store, &all, 0), Err((2, 3600)));
        }
        assert_eq!(take(&store, &all[..1], 0), Ok(vec![2]));
        assert_eq!(take(&store, &all[..2], 0), Err((1, 60)));
    }

    #[test]
    fn one_counter_twice_in_a_call_is_taken_from_twice_or_not_at_all() {
        let store = MemoryCounterStore::new();
        let twice = [budget("a", 3, 60); 2];
        assert_eq!(take(&store, &twice, 0), Ok(vec![1, 2]));
        assert_eq!(take(&store, &twice, 0), Err((1, 60)));
        assert_eq!(take(&store, &twice[..1], 0), Ok(vec![3]));
    }

    #[test]
    fn when_the_clock_goes_back_what_was_taken_stays_taken() {
        let store = MemoryCounterStore::new();
        let one = [budget("a", 1, 60)];
        assert_eq!(take(&store, &one, 130), Ok(vec![1]));
        assert_eq!(take(&store, &one, 70), Err((0, 180)));
        // Another call at 200 frees the counter; its period has been.
        assert_eq!(take(&store, &[budget("b", 1, 60)], 200), Ok(vec![1]));
        assert_eq!((take(&store, &one, 130), take(&store, &one, 130)), (Ok(vec![1]), Err((0, 240))));
    }

    #[test]
    fn a_clock_that_was_days_ahead_holds_no_budget_until_then() {
        const AHEAD: i64 = 10 * 86_400;
        let store = MemoryCounterStore::new();
        let (one, all) = ([budget("a", 1, 60)], [budget("a", 1, 60), budget("b", 1, 86_400)]);
        assert_eq!(take(&store, &all, AHEAD), Ok(vec![1, 1]));
        assert_eq!(take(&store, &one, AHEAD), Err((0, AHEAD + 60)), "a wrong clock counts too");
        // Another call frees what was past then.
        assert_eq!(take(&store, &[budget("c", 1, 60)], AHEAD + 120), Ok(vec![1]));
        assert_eq!((take(&store, &all, 0), take(&store, &one, 0)), (Ok(vec![1, 1]), Err((0, 60))));
        assert_eq!(store.len(), 2, "what was ahead is gone");
    }

    #[test]
    fn more_than_64_budgets_or_a_longer_name_is_an_error_and_nothing_is_kept() {
        let (store, long) = (MemoryCounterStore::new(), "x".repeat(1025));
        assert!(taken(&store, &[budget("a", 1, 60); 65], 0).is_err());
        assert!(taken(&store, &[budget(&long, 1, 60)], 0).is_err());
        assert!(store.is_empty());
        assert!(taken(&store, &[budget(&long[1..], 64, 60); 64], 0).is_ok());
    }

    #[test]
    fn a_limit_that_was_lowered_holds_for_what_was_used_before() {
        let store = MemoryCounterStore::new();
        for _ in 0..3 {
            assert!(take(&store, &[budget("a", 3, 60)], 0).is_ok());
        }
        assert_eq!(take(&store, &[budget("a", 2, 60)], 0), Err((0, 60)));
        assert_eq!(take(&store, &[budget("a", 4, 60)], 0), Ok(vec![4]));
    }

    #[test]
    fn what_is_past_is_freed_and_a_full_store_is_an_error_that_takes_nothing() {
        let store = MemoryCounterStore::with_capacity(2);
        let names = ["a", "b", "c"].map(|name| budget(name, 5, 60));
        assert!(take(&store, &names[..2], 0).is_ok());
        assert!(matches!(taken(&store, &names, 0), Err(StoreError::Full)));
        assert_eq!(take(&store, &names[..2], 0), Ok(vec![2, 2]));
        assert_eq!(take(&store, &names[2..], 60), Ok(vec![1]));
        assert_eq!(store.len(), 1);
        for minute in 2..1_000 {
            assert_eq!(take(&store, &names[2..], minute * 60), Ok(vec![1]));
            assert!(store.lock().ends.len() <= 2, "old ends are swept too");
        }
    }
}
