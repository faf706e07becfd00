//! Which counters a key's requests use up.

use std::sync::Arc;

use super::{KeyRecord, OwnerLimits};
use crate::{KeyBudget, Limits};

/// The budgets of a key and of its owners; none where nothing is limited.
pub(super) fn of<P>(key: &KeyRecord<P>, own: &Limits, owners: &OwnerLimits) -> Option<Arc<[KeyBudget]>> {
    let owner = key.owner();
    // Each part behind its length, so that no two names are the same text.
    let part = |text: &str| format!("{}:{text}", text.len());
    let (realm, id) = (key.realm().as_str(), key.id().as_str());
    let named = [
        Some((format!("key {}{}{}", part(realm), part(key.scheme().name()), part(id)), own)),
        owner.user.as_ref().map(|user| (format!("user {user}"), &owners.user)),
        owner.account.as_ref().map(|account| (format!("account {account}"), &owners.account)),
        owner.site.as_ref().map(|site| (format!("site {site}"), &owners.site)),
    ];
    let all: Vec<KeyBudget> = named
        .into_iter()
        .flatten()
        .flat_map(|(name, limits)| {
            let name: Arc<str> = name.into();
            limits.iter().map(move |limit| KeyBudget { name: Arc::clone(&name), limit })
        })
        .collect();
    (!all.is_empty()).then(|| all.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::counter::{LONGEST_BUDGET, MOST_BUDGETS};
    use crate::store::{KeyOwner, issuing};
    use crate::{Realm, Scheme};
    use std::time::Duration;

    #[test]
    fn the_budgets_of_three_keys_with_the_longest_ids_can_be_counted_at_once() {
        let longest = "a".repeat(255);
        issuing::check_owner(&longest).expect("an id");
        let limits = (1..=4).fold(Limits::none(), |limits, period| {
            limits.with(1, Duration::from_secs(period)).expect("at most 4")
        });
        let owner = KeyOwner::user(&*longest).of_account(&*longest).for_site(&*longest);
        let owners = OwnerLimits { user: limits.clone(), account: limits.clone(), site: limits.clone() };
        let realm = Realm::from(&*longest);
        let key = KeyRecord::builder(realm, Scheme::QuerySignature, longest.into(), ()).owner(owner).build();
        let budgets = of(&key, &limits, &owners).expect("budgets");
        assert_eq!(budgets.len(), 16);
        assert!(3 * budgets.len() <= MOST_BUDGETS);
        assert!(budgets.iter().all(|budget| budget.name.len() <= LONGEST_BUDGET));
    }
}
