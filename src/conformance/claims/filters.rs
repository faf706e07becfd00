//! Lists of some keys, and of owners.

use crate::store::{
    AdminError, Enabled, KeyAdmin, KeyOwner, KeyQuery, KeyStatus, NewKey, OwnerKind, OwnerRef,
};
use crate::{AccountId, Limits, Realm, SiteId, UserId};

use super::fixtures::*;

fn of(owner: KeyOwner, id: &str) -> NewKey {
    NewKey { owner, ..api_key().with_id(id) }
}

/// Two accounts, a user and three sites, with a key each.
async fn populate(store: &impl KeyAdmin) {
    for account in ["acme", "beta"] {
        store.add_account(&AccountId::from(account)).await.expect("added");
        keep(store, of(KeyOwner::account(account), &format!("of-{account}"))).await;
    }
    store.add_user(&UserId::from("ada"), Some(&AccountId::from("acme"))).await.expect("added");
    keep(store, of(KeyOwner::user("ada"), "of-ada")).await;
    let sites = [
        ("s1", "acme", "https://Shop.example/de"),
        ("s2", "acme", "https://blog.example"),
        ("s3", "beta", ""),
    ];
    for (site, account, url) in sites {
        let id = SiteId::from(site);
        store.add_site(&id, &AccountId::from(account)).await.expect("added");
        if !url.is_empty() {
            store.set_site_url(&id, Some(url)).await.expect("set");
        }
        keep(store, of(KeyOwner::default().for_site(site), &format!("of-{site}"))).await;
    }
}

async fn ids(store: &impl KeyAdmin, query: KeyQuery) -> Vec<String> {
    let page = store.list(&query, at(100)).await.expect("a list");
    page.into_iter().map(|line| line.id.as_str().to_owned()).collect()
}

fn all() -> KeyQuery {
    KeyQuery::new(Realm::default())
}

/// A list is of the keys of one user, account or site, and of no other.
pub async fn a_list_is_of_one_owner(store: &impl KeyAdmin) {
    populate(store).await;
    assert_eq!(ids(store, all().with_user("ada")).await, ["of-ada"]);
    assert_eq!(ids(store, all().with_account("acme")).await, ["of-acme", "of-ada", "of-s1", "of-s2"]);
    assert_eq!(ids(store, all().with_site("s3")).await, ["of-s3"]);
    assert_eq!(ids(store, all().with_account("beta").with_site("s3")).await, ["of-s3"]);
    assert_eq!(ids(store, all().with_account("acme").with_site("s3")).await, [""; 0]);
    assert_eq!(ids(store, all().with_account("ACME")).await, [""; 0]);
}

/// Operators find the key of a site by a part of its URL, in any case; a URL may be changed and
/// taken away.
pub async fn a_key_is_found_by_the_url_of_its_site(store: &impl KeyAdmin) {
    populate(store).await;
    assert_eq!(ids(store, all().with_site_url("shop.EXAMPLE")).await, ["of-s1"]);
    assert_eq!(ids(store, all().with_site_url(".example")).await, ["of-s1", "of-s2"]);
    assert_eq!(ids(store, all().with_site_url("%")).await, [""; 0]);
    let site = SiteId::from("s1");
    store.set_site_url(&site, Some("https://moved.example")).await.expect("set");
    assert_eq!(ids(store, all().with_site_url("shop")).await, [""; 0]);
    assert_eq!(ids(store, all().with_site_url("moved")).await, ["of-s1"]);
    store.set_site_url(&site, None).await.expect("removed");
    assert_eq!(ids(store, all().with_site_url("moved")).await, [""; 0]);
    for bad in ["", "a b", "é", &"u".repeat(2_001)] {
        let answer = store.set_site_url(&site, Some(bad)).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{answer:?}");
    }
    let answer = store.set_site_url(&SiteId::from("none"), None).await;
    assert!(matches!(answer, Err(AdminError::UnknownOwner)));
}

/// A list is of the keys that stand in one way at the moment that is asked for.
pub async fn a_list_is_of_one_status(store: &impl KeyAdmin) {
    populate(store).await;
    keep(store, api_key().with_id("late").with_expires_at(at(50))).await;
    store.set_enabled(&default_realm(&"of-s1".into()), Enabled::No).await.expect("switched");
    store.revoke(&default_realm(&"of-s2".into()), "", at(1)).await.expect("revoked");
    let beta = OwnerRef::Account(AccountId::from("beta"));
    store.set_owner_active(&beta, Enabled::No).await.expect("switched");
    for (status, expected) in [
        (KeyStatus::Active, vec!["of-acme", "of-ada"]),
        (KeyStatus::Disabled, vec!["of-s1"]),
        (KeyStatus::Revoked, vec!["of-s2"]),
        (KeyStatus::Expired, vec!["late"]),
        (KeyStatus::OwnerInactive, vec!["of-beta", "of-s3"]),
        (KeyStatus::NotYetValid, vec![]),
    ] {
        assert_eq!(ids(store, all().with_status(status)).await, expected, "{status:?}");
    }
}

/// Keys that are due are those whose newest secret is old, and those that end soon; a revoked or
/// expired one is among them, unless a status is asked for.
pub async fn keys_that_are_due_are_listed(store: &impl KeyAdmin) {
    keep(store, api_key().with_id("old")).await;
    keep(store, api_key().with_id("renewed")).await;
    keep(store, api_key().with_id("ends").with_expires_at(at(30))).await;
    drop(store.rotate(&default_realm(&"renewed".into()), seconds(1), at(20)).await.expect("rotated"));
    assert_eq!(ids(store, all().renewed_before(at(20))).await, ["ends", "old"]);
    assert_eq!(ids(store, all().renewed_before(at(21))).await, ["ends", "old", "renewed"]);
    assert_eq!(ids(store, all().expires_before(at(31))).await, ["ends"]);
    assert_eq!(ids(store, all().expires_before(at(30))).await, [""; 0]);
    store.revoke(&default_realm(&"old".into()), "lost", at(50)).await.expect("revoked");
    assert_eq!(ids(store, all().renewed_before(at(20))).await, ["ends", "old"]);
    let active = all().with_status(KeyStatus::Active);
    assert_eq!(ids(store, active.renewed_before(at(21))).await, ["renewed"]);
}

/// Pages of a list of some keys are full as long as there are more, however rare they are.
pub async fn a_filtered_list_is_paged(store: &impl KeyAdmin) {
    for number in 0..60 {
        let key = api_key().with_id(format!("{number:02}"));
        let key = if number % 13 == 0 { key.with_expires_at(at(40)) } else { key };
        keep(store, key).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let query = all().with_status(KeyStatus::Expired).with_limit(2).after(after.take());
        let page = ids(store, query).await;
        seen.extend(page.iter().cloned());
        if page.len() < 2 {
            break;
        }
        after = page.last().map(|id| id.as_str().into());
    }
    assert_eq!(seen, ["00", "13", "26", "39", "52"]);
}

/// Owners of a kind are listed in the order of their ids, each with what is known of it.
pub async fn owners_are_listed_with_what_is_known_of_them(store: &impl KeyAdmin) {
    populate(store).await;
    let site = OwnerRef::Site(SiteId::from("s1"));
    let limits = Limits::none().with(10, seconds(60)).expect("a limit");
    store.set_owner_limits(&site, limits.clone()).await.expect("limited");
    store.set_owner_active(&site, Enabled::No).await.expect("switched");
    let sites = store.list_owners(OwnerKind::Site, None, 2).await.expect("a list");
    let names: Vec<_> = sites.iter().map(|line| line.owner.id()).collect();
    assert_eq!(names, ["s1", "s2"]);
    assert_eq!((sites[0].active, sites[1].active), (Enabled::No, Enabled::Yes));
    assert_eq!((&sites[0].limits, &sites[1].limits), (&limits, &Limits::none()));
    assert_eq!(sites[0].url.as_deref(), Some("https://Shop.example/de"));
    assert_eq!(sites[0].account, Some(AccountId::from("acme")));
    let rest = store.list_owners(OwnerKind::Site, Some("s2"), 10).await.expect("a list");
    assert_eq!(rest.iter().map(|line| line.owner.id()).collect::<Vec<_>>(), ["s3"]);
    let users = store.list_owners(OwnerKind::User, None, 10).await.expect("a list");
    assert_eq!(users.iter().map(|line| line.owner.id()).collect::<Vec<_>>(), ["ada"]);
    assert_eq!(store.list_owners(OwnerKind::Account, None, 0).await.expect("a list"), []);
    assert_eq!(store.list_owners(OwnerKind::Account, None, 10).await.expect("a list").len(), 2);
}

/// Pages of owners have each of them once, in the order of the bytes of their ids: not in that of
/// a language, whatever their case and script.
pub async fn owners_are_paged_in_the_order_of_their_bytes(store: &impl KeyAdmin) {
    let mut names = [
        "b",
        "B",
        "a",
        "A",
        "ab",
        "Ab",
        "a b",
        "_",
        "é",
        "É",
        "e\u{301}",
        "ß",
        "ss",
        "\u{fb00}",
        "\u{1f511}",
    ];
    store.add_account(&AccountId::from("0")).await.expect("added");
    for name in names {
        store.add_account(&AccountId::from(name)).await.expect("added");
        store.add_user(&UserId::from(name), None).await.expect("added");
        store.add_site(&SiteId::from(name), &AccountId::from("0")).await.expect("added");
    }
    names.sort_unstable();
    for kind in [OwnerKind::User, OwnerKind::Account, OwnerKind::Site] {
        for limit in [1, 4, 100] {
            let (mut seen, mut after) = (Vec::new(), None::<String>);
            loop {
                let page = store.list_owners(kind, after.as_deref(), limit).await.expect("a page");
                let Some(last) = page.last() else { break };
                assert!(seen.len() < 100, "the list has an end");
                after = Some(last.owner.id().to_owned());
                seen.extend(page.iter().map(|line| line.owner.id().to_owned()));
            }
            seen.retain(|id| id != "0");
            assert_eq!(seen, names, "{kind:?}, {limit} at once");
        }
    }
}

/// The limits of a key and of each of its owners are budgets of its record, at once; those of an
/// owner have one name for all keys that it is behind.
pub async fn limits_are_budgets_of_the_record(store: &impl KeyAdmin) {
    populate(store).await;
    let limit = |count| Limits::none().with(count, seconds(60)).expect("a limit");
    let owner = || KeyOwner::user("ada").for_site("s1");
    let one = issue(store, NewKey { owner: owner(), ..api_key().with_limits(limit(1)) }).await;
    let other = issue(store, NewKey { owner: owner(), ..api_key().with_limits(limit(2)) }).await;
    let found = find_key(store, &one.secret).await.expect("the key");
    assert_eq!(found.budgets().map(|budgets| budgets.len()), Some(1));
    for (owner, count) in [
        (OwnerRef::User("ada".into()), 10),
        (OwnerRef::Account("acme".into()), 20),
        (OwnerRef::Site("s1".into()), 30),
    ] {
        store.set_owner_limits(&owner, limit(count)).await.expect("limited");
    }
    let mut all = Vec::new();
    for key in [&one, &other] {
        let record = find_key(store, &key.secret).await.expect("the key");
        all.push(record.budgets().expect("budgets").to_vec());
    }
    let counts = |key: usize| all[key].iter().map(|budget| budget.limit.count()).collect::<Vec<_>>();
    assert_eq!((counts(0), counts(1)), (vec![1, 10, 20, 30], vec![2, 10, 20, 30]));
    assert_ne!(all[0][0].name, all[1][0].name);
    assert_eq!(all[0][1..], all[1][1..]);
    let nobody = OwnerRef::User("nobody".into());
    assert!(matches!(store.set_owner_limits(&nobody, limit(1)).await, Err(AdminError::UnknownOwner)));
}
