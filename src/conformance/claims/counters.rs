//! Counting.

use super::fixtures::{at_once, seconds};
use crate::store::{Budget, CounterStore, Taken};
use crate::{Limit, Timestamp};

fn budget(name: &str, count: u64, period: u64) -> Budget<'_> {
    Budget { name, limit: Limit::new(count, seconds(period)).expect("a limit") }
}

/// How much was used of each budget, or the index of the one that is used up.
async fn take(store: &impl CounterStore, budgets: &[Budget<'_>], now: Timestamp) -> Result<Vec<u64>, usize> {
    match store.take(budgets, now).await.expect("an answer") {
        Taken::All(all) => {
            assert_eq!(all.len(), budgets.len());
            for (spent, budget) in all.iter().zip(budgets) {
                assert!(spent.used <= budget.limit.count());
                assert_eq!(spent.resets_at, budget.period_at(now).1);
            }
            Ok(all.into_iter().map(|spent| spent.used).collect())
        }
        Taken::Exhausted { index, spent } => {
            assert_eq!(spent.used, budgets[index].limit.count());
            Err(index)
        }
    }
}

/// The beginning of a day, at or before `now`.
fn day(now: Timestamp) -> Timestamp {
    Timestamp::from_unix_seconds(now.as_unix_seconds().div_euclid(86_400) * 86_400)
}

/// A budget gives what it has, and no more until its next period.
pub async fn a_budget_gives_what_it_has(store: &impl CounterStore, now: Timestamp) {
    let (now, minute) = (day(now), [budget("a", 3, 60)]);
    for used in 1..=3 {
        assert_eq!(take(store, &minute, now.saturating_add(seconds(used * 10))).await, Ok(vec![used]));
    }
    let last = now.saturating_add(seconds(59));
    assert_eq!(take(store, &minute, last).await, Err(0));
    assert_eq!(take(store, &minute, now.saturating_add(seconds(60))).await, Ok(vec![1]));
}

/// One is taken from every budget or from none, and the answer names the one that has to be
/// waited for longest.
pub async fn one_is_taken_from_all_budgets_or_from_none(store: &impl CounterStore, now: Timestamp) {
    let (now, both) = (day(now), [budget("a", 5, 3_600), budget("b", 2, 60)]);
    assert_eq!(take(store, &both, now).await, Ok(vec![1, 1]));
    assert_eq!(take(store, &both, now).await, Ok(vec![2, 2]));
    assert_eq!(take(store, &both, now).await, Err(1));
    assert_eq!(take(store, &both[..1], now).await, Ok(vec![3]), "nothing was taken from the first");
    let next = now.saturating_add(seconds(60));
    assert_eq!(take(store, &both, next).await, Ok(vec![4, 1]));
    assert_eq!(take(store, &both, next).await, Ok(vec![5, 2]));
    assert_eq!(take(store, &both, next).await, Err(0), "the hour ends after the minute");
    assert_eq!(take(store, &[], now).await, Ok(vec![]));
}

/// Another name or another period is another budget.
pub async fn names_and_periods_are_budgets_of_their_own(store: &impl CounterStore, now: Timestamp) {
    let now = day(now);
    let all =
        [budget("a", 1, 60), budget("A", 1, 60), budget("a ", 1, 60), budget("a", 1, 61), budget("", 1, 60)];
    for one in all {
        assert_eq!(take(store, &[one], now).await, Ok(vec![1]), "{one:?}");
    }
    for one in all {
        assert_eq!(take(store, &[one], now).await, Err(0), "{one:?}");
    }
}

/// When the clock goes back, what was taken stays taken.
pub async fn a_clock_that_goes_back_gives_nothing_back(store: &impl CounterStore, now: Timestamp) {
    let (now, two) = (day(now), [budget("a", 2, 60)]);
    assert_eq!(store.take(&two, now).await.map(|taken| matches!(taken, Taken::All(_))).ok(), Some(true));
    assert_eq!(store.take(&two, now).await.map(|taken| matches!(taken, Taken::All(_))).ok(), Some(true));
    for back in [1, 60, 600, 80_000] {
        let answer = store.take(&two, now.saturating_sub(seconds(back))).await.expect("an answer");
        assert!(matches!(answer, Taken::Exhausted { index: 0, .. }), "{back} s: {answer:?}");
    }
}

/// Of many that ask at the same moment, exactly as many are served as the budget has.
pub async fn however_many_take_at_once_the_budget_is_exact(store: &impl CounterStore, now: Timestamp) {
    let now = day(now);
    let budgets = [budget("a", 20, 60), budget("b", 1_000, 60)];
    let takers = (0..100).map(|_| async move { take(store, &budgets, now).await });
    let served = at_once(takers).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(served, 20);
    assert_eq!(take(store, &budgets[1..], now).await, Ok(vec![21]), "nothing more was taken from the other");
}

/// More than 64 budgets, and names of more than 1,024 bytes, are errors.
pub async fn what_is_too_much_is_an_error(store: &impl CounterStore, now: Timestamp) {
    let names: Vec<String> = (0..65).map(|number| format!("n{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| budget(name, 1, 60)).collect();
    assert!(store.take(&many, now).await.is_err());
    assert!(store.take(&[budget(&"n".repeat(1_025), 1, 60)], now).await.is_err());
    assert!(store.take(&many[..64], now).await.is_ok());
    assert!(store.take(&[budget(&"n".repeat(1_024), 1, 60)], now).await.is_ok());
}
