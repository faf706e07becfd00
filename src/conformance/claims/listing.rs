//! Listing keys.

use std::collections::BTreeSet;

use crate::Realm;
use crate::store::{Enabled, KeyAdmin, KeyQuery, KeyStatus};

use super::fixtures::*;

/// Pages of any size have every key once, in the order of the ids' bytes, and end; a page of none
/// is empty, and no page is too large to ask for.
pub async fn paging_lists_every_key_once(store: &impl KeyAdmin) {
    let mut issued = BTreeSet::new();
    for n in 0..10 {
        let key = if n % 2 == 0 { api_key() } else { signing_key() };
        issued.insert(issue(store, key).await.id);
    }
    for id in ["!", "~", "K", "k", "Kk", "kK", "k_"] {
        issued.insert(issue(store, signing_key().with_id(id)).await.id);
    }
    for limit in [1, 5, 17, 100, usize::MAX] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store
                .list(&KeyQuery::new(Realm::default()).after(after.clone()).with_limit(limit), at(0))
                .await
                .expect("a page");
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            seen.extend(page.into_iter().map(|line| line.id));
        }
        assert!(seen.is_sorted_by(|one, next| one < next), "each once, in order");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), issued);
    }
    assert!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(0), at(0)).await.expect("a page").is_empty()
    );
}

/// A list has the keys of its realm and no other.
pub async fn a_list_is_of_one_realm(store: &impl KeyAdmin) {
    for realm in ["a", "b", "default", "defaulu"] {
        keep(store, api_key().with_id(realm).with_realm(Realm::from(realm))).await;
    }
    let page = store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a page");
    assert_eq!(page.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["default"]);
}

/// A list says of each key whether it works, is early, late, switched off or revoked.
pub async fn a_list_tells_how_keys_stand(store: &impl KeyAdmin) {
    keep(store, api_key().with_id("active")).await;
    keep(store, api_key().with_id("early").with_not_before(at(100))).await;
    keep(store, api_key().with_id("late").with_expires_at(at(50))).await;
    let off = issue(store, api_key().with_id("off")).await;
    store.set_enabled(&default_realm(&off.id), Enabled::No).await.expect("switched");
    let revoked = issue(store, api_key().with_id("revoked")).await;
    store.revoke(&default_realm(&revoked.id), "lost", at(5)).await.expect("revoked");

    let page = store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a page");
    let stand: Vec<_> = page.iter().map(|line| (line.id.as_str(), line.status_at(at(50)))).collect();
    let expected = [
        ("active", KeyStatus::Active),
        ("early", KeyStatus::NotYetValid),
        ("late", KeyStatus::Expired),
        ("off", KeyStatus::Disabled),
        ("revoked", KeyStatus::Revoked),
    ];
    assert_eq!(stand, expected);
}
