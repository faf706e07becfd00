//! Which claims about counters fail for which flaw.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis::Limit;
use portcullis::Timestamp;
use portcullis::store::memory::MemoryCounterStore;
use portcullis::store::{Budget, CounterStore, Spent, StoreError, Taken};

use super::failed;
use crate::fixtures::{at, seconds};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// A budget has one more than it should.
    OneMore,
    /// Takes from one budget after the other, until one has nothing left.
    OneByOne,
    /// Names are compared in lower case.
    FoldsNames,
    /// The periods of a name are one budget.
    OnePeriod,
    /// A clock that goes back begins a period anew.
    GivesBack,
    /// Looks first and counts later.
    LooksFirst,
    /// Takes from any number of budgets.
    TakesAny,
}

struct Flawed {
    store: MemoryCounterStore,
    other: MemoryCounterStore,
    taken: AtomicU64,
    flaw: Flaw,
}

impl CounterStore for Flawed {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        let limit = |count, period: Duration| Limit::new(count, period).expect("a limit");
        match self.flaw {
            Flaw::OneMore => {
                let more = |budget: &Budget<'_>| limit(budget.limit.count() + 1, budget.limit.period());
                let more: Vec<_> =
                    budgets.iter().map(|budget| Budget { name: budget.name, limit: more(budget) }).collect();
                self.store.take(&more, now).await
            }
            Flaw::OneByOne => {
                let mut all = Vec::new();
                for (index, budget) in budgets.iter().enumerate() {
                    match self.store.take(&[*budget], now).await? {
                        Taken::All(spent) => all.extend(spent),
                        Taken::Exhausted { spent, .. } => return Ok(Taken::Exhausted { index, spent }),
                    }
                }
                Ok(Taken::All(all))
            }
            Flaw::FoldsNames => {
                let names: Vec<_> = budgets.iter().map(|budget| budget.name.to_lowercase()).collect();
                let folded = budgets.iter().zip(&names);
                let folded: Vec<_> = folded.map(|(budget, name)| Budget { name, ..*budget }).collect();
                self.store.take(&folded, now).await
            }
            Flaw::OnePeriod => {
                let same = |budget: &Budget<'_>| limit(budget.limit.count(), seconds(60));
                let same: Vec<_> =
                    budgets.iter().map(|budget| Budget { name: budget.name, limit: same(budget) }).collect();
                self.store.take(&same, now).await
            }
            Flaw::GivesBack if now.as_unix_seconds() % 86_400 != 0 => self.other.take(budgets, now).await,
            Flaw::LooksFirst => {
                let before = self.taken.load(Ordering::SeqCst);
                tokio::task::yield_now().await;
                self.taken.store(before + 1, Ordering::SeqCst);
                match self.store.take(budgets, now).await? {
                    Taken::Exhausted { index, .. } if before < budgets[index].limit.count() => {
                        let spent =
                            |budget: &Budget<'_>| Spent { used: 1, resets_at: budget.period_at(now).1 };
                        Ok(Taken::All(budgets.iter().map(spent).collect()))
                    }
                    taken => Ok(taken),
                }
            }
            Flaw::TakesAny if budgets.len() > 16 => self.store.take(&budgets[..16], now).await,
            _ => self.store.take(budgets, now).await,
        }
    }
}

fn failed(flaw: Flaw) -> Vec<&'static str> {
    let fresh = || Flawed {
        store: MemoryCounterStore::new(),
        other: MemoryCounterStore::new(),
        taken: AtomicU64::new(0),
        flaw,
    };
    failed!(fresh (at(1_000_000)) counters)
}

#[test]
fn counters_that_break_a_promise_fail_the_claim_of_it() {
    let (has, all, own, back, exact, much) = (
        "counters::a_budget_gives_what_it_has",
        "counters::one_is_taken_from_all_budgets_or_from_none",
        "counters::names_and_periods_are_budgets_of_their_own",
        "counters::a_clock_that_goes_back_gives_nothing_back",
        "counters::however_many_take_at_once_the_budget_is_exact",
        "counters::what_is_too_much_is_an_error",
    );
    for (flaw, expected) in [
        (Flaw::None, &[][..]),
        (Flaw::OneMore, &[has, all, own, back, exact]),
        (Flaw::OneByOne, &[all, much]),
        (Flaw::FoldsNames, &[own]),
        (Flaw::OnePeriod, &[all, own]),
        (Flaw::GivesBack, &[all, back]),
        (Flaw::LooksFirst, &[exact]),
        (Flaw::TakesAny, &[much]),
    ] {
        assert_eq!(failed(flaw), expected, "{flaw:?}");
    }
}
