//! Counting what a key and its owners may do in a time.

use std::sync::Arc;
use std::time::Duration;

use super::Settings;
use crate::limit::{RateLimitFields, Standing};
use crate::request::RequestView;
use crate::store::{Budget, CounterStore, Spent, Taken};
use crate::{AuthError, KeyBudget, Reason, Timestamp};

/// Takes one from each budget that the accepted keys of the request noted, and gives what
/// the answer is to say about them.
///
/// A budget that two keys of one request share is taken from once: it is one request.
pub(super) async fn spend<P>(
    noted: &[Arc<[KeyBudget]>],
    request: &RequestView<'_>,
    settings: &Settings<P>,
) -> Result<Option<Box<RateLimitFields>>, AuthError> {
    let refused = |error: AuthError| error.with_credential(request.noted());
    let Some(counters) = &settings.counters else { return Err(refused(Reason::CountersMissing.into())) };
    let mut budgets: Vec<Budget<'_>> = Vec::new();
    for KeyBudget { name, limit } in noted.iter().flat_map(|budgets| budgets.iter()) {
        let budget = Budget { name, limit: *limit };
        if !budgets.contains(&budget) {
            budgets.push(budget);
        }
    }
    let now = request.received_at();
    match counters.take(&budgets, now).await.map_err(|error| refused(error.into()))? {
        Taken::All(spent) => Ok(said(&budgets, |at| spent.get(at), now)),
        Taken::Exhausted { index, spent } => {
            let fields = said(&budgets, |at| (at == index).then_some(&spent), now);
            let error = AuthError::new(Reason::QuotaExhausted).with_fields(fields);
            Err(refused(error.with_retry_after(until(spent.resets_at, now).max(Duration::from_secs(1)))))
        }
    }
}

/// What is said about the budgets, as far as it is known how they stand.
fn said<'s>(
    budgets: &[Budget<'_>],
    spent: impl Fn(usize) -> Option<&'s Spent>,
    now: Timestamp,
) -> Option<Box<RateLimitFields>> {
    let names = names(budgets);
    RateLimitFields::of(budgets.iter().zip(&names).enumerate().map(|(at, (budget, name))| {
        let left = |spent: &Spent| budget.limit.count().saturating_sub(spent.used);
        let left = spent(at).map(|spent| (left(spent), until(spent.resets_at, now)));
        Standing { name, limit: budget.limit, left }
    }))
}

/// What the budgets are called to clients: whose it is and for how many seconds, such as
/// `account-60`. The names of counters hold ids, which are nobody's business.
fn names(budgets: &[Budget<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(budgets.len());
    for budget in budgets {
        let kind = budget.name.split(' ').next().unwrap_or_default();
        let known = ["key", "user", "account", "site"].contains(&kind);
        let name = format!("{}-{}", if known { kind } else { "quota" }, budget.limit.period().as_secs());
        // Two keys of one request.
        let again = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(again).find(|name| !names.contains(name));
        names.push(free.unwrap_or(name));
    }
    names
}

/// How long it is from `now` until `moment`.
fn until(moment: Timestamp, now: Timestamp) -> Duration {
    moment.max(now).abs_diff(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limit;

    #[test]
    fn a_budget_is_called_by_whose_it_is_and_never_by_an_id() {
        let minute = Limit::per_minute(9);
        let budgets = ["key 7:default7:api-key1:k", "key 7:default7:api-key1:l", "site shop", "my \"own\""]
            .map(|name| Budget { name, limit: minute });
        assert_eq!(names(&budgets), ["key-60", "key-60-2", "site-60", "quota-60"]);
    }
}
