//! Issuing many keys in one change.

use crate::store::{AdminError, KeyAdmin, KeyOwner, KeyQuery};
use crate::{AccountId, Realm, Secret, SiteId};

use super::fixtures::*;

/// Every key of the list is there afterwards, in the order of the list.
pub async fn many_keys_are_issued_in_one_change(store: &impl KeyAdmin) {
    let account = AccountId::from("acme");
    store.add_account(&account).await.expect("added");
    let sites: Vec<_> = (0..12).map(|number| SiteId::from(format!("site {number}"))).collect();
    for site in &sites {
        store.add_site(site, &account).await.expect("added");
    }
    let new = sites.iter().map(|site| {
        let owner = KeyOwner::default().for_site(site.clone());
        crate::store::NewKey { owner, ..api_key() }
    });
    let issued = store.issue_all(new.collect(), at(3)).await.expect("issued");
    assert_eq!(issued.len(), sites.len());
    for (site, key) in sites.iter().zip(&issued) {
        let record = find_key(store, &key.secret).await.expect("the key");
        assert_eq!((record.owner().site.as_ref(), record.id()), (Some(site), &key.id));
    }
    assert!(store.issue_all(Vec::new(), at(3)).await.expect("nothing to do").is_empty());
}

/// Where one key of the list cannot be issued, none is.
pub async fn of_many_keys_none_is_issued_when_one_cannot_be(store: &impl KeyAdmin) {
    keep(store, api_key().with_id("taken")).await;
    let imported = || api_key().with_secret(Secret::from(IMPORTED));
    let unowned = crate::store::NewKey { owner: KeyOwner::user("nobody"), ..api_key() };
    for last in [
        vec![api_key().with_id("taken")],
        vec![api_key().with_id("twice"), api_key().with_id("twice")],
        vec![imported(), imported()],
        vec![api_key().with_label("a\nb")],
        vec![unowned],
    ] {
        let new = [api_key().with_id("first"), signing_key().with_id("second")].into_iter().chain(last);
        let answer = store.issue_all(new.collect(), at(0)).await;
        let refused =
            matches!(answer, Err(AdminError::Duplicate | AdminError::Invalid(_) | AdminError::UnknownOwner));
        assert!(refused, "{answer:?}");
        let listed = store.list(&KeyQuery::new(Realm::default()), at(0)).await.expect("a list");
        assert_eq!(listed.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["taken"]);
    }
    keep(store, imported()).await;
}
