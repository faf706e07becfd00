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
