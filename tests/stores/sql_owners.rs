//! What a change of an owner of many keys costs in SQL.

use portcullis::store::{Enabled, KeyAdmin, KeyOwner, NewKey, OwnerKind, OwnerRef};
use portcullis::{AccountId, Limits, Reason, Scheme, SiteId, UserId};

use crate::databases::Database;
use crate::fixtures::*;

/// How many keys the owners here have.
pub(crate) const MANY: usize = 20_000;

/// Adds as many signing keys of `ada` of `acme` and its `shop`, none of which has a secret.
pub(crate) async fn add_many(place: &impl Database, store: &impl Store) {
    let acme = AccountId::from("acme");
    store.add_account(&acme).await.expect("added");
    store.add_user(&UserId::from("ada"), Some(&acme)).await.expect("added");
    store.add_site(&SiteId::from("shop"), &acme).await.expect("added");
    let insert = format!(
        "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {MANY}) \
         INSERT INTO keys (realm, id, scheme, \"user\", account, site, label, prefix, scopes, created_at, renewed_at) \
         SELECT 'default', 'k' || n, 'x-auth', 'ada', 'acme', 'shop', '', '', '', 0, 0 FROM series"
    );
    place.run(&insert).await.expect("added");
    assert_eq!(place.count("keys").await, MANY);
}

pub(crate) async fn a_change_of_an_owner_of_many_keys_is_one_row_and_a_change_of_each_key<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    add_many(&place, &store).await;
    let owner = KeyOwner::user("ada").of_account("acme").for_site("shop");
    let key = issue(&store, NewKey::new(Scheme::XAuth, owner)).await;
    let find = async || find_id(&store, Scheme::XAuth, key.id.as_str()).await.expect("the key");
    let mut epoch = find().await.epoch();
    let limits = Limits::none().with(9, seconds(60)).expect("limits");
    for owner in [
        OwnerRef::User(UserId::from("ada")),
        OwnerRef::Account(AccountId::from("acme")),
        OwnerRef::Site(SiteId::from("shop")),
    ] {
        for active in [Enabled::No, Enabled::Yes] {
            store.set_owner_active(&owner, active).await.expect("switched");
            let found = find().await;
            let refused = (active == Enabled::No).then_some(Reason::OwnerInactive);
            assert_eq!(refusal(&found, at(1)), refused, "{owner:?}");
            assert!(found.epoch() > epoch, "{owner:?}");
            epoch = found.epoch();
        }
        store.set_owner_limits(&owner, limits.clone()).await.expect("limited");
        assert!(find().await.epoch() > epoch, "{owner:?}");
        epoch = find().await.epoch();
    }
    store.set_site_url(&SiteId::from("shop"), Some("https://shop.example")).await.expect("set");
    assert!(find().await.epoch() > epoch);
    assert_eq!(place.count("keys WHERE epoch > 0").await, 0, "no key was written");
    assert_eq!(place.count("accounts WHERE epoch = 3").await, 1);
    assert_eq!(place.count("sites WHERE epoch = 4").await, 1);
}

pub(crate) async fn every_owner_is_on_one_page<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let acme = AccountId::from("a1");
    store.add_account(&acme).await.expect("added");
    for id in ["a2", "a3"] {
        store.add_account(&AccountId::from(id)).await.expect("added");
    }
    for id in ["a1", "a2", "a3"] {
        store.add_user(&UserId::from(id), None).await.expect("added");
        store.add_site(&SiteId::from(id), &acme).await.expect("added");
    }
    for kind in [OwnerKind::User, OwnerKind::Account, OwnerKind::Site] {
        let page = async |after, limit| {
            let page = store.list_owners(kind, after, limit).await.expect("a page");
            page.iter().map(|line| line.owner.id().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(page(None, 2).await, ["a1", "a2"], "{kind:?}");
        assert_eq!(page(Some("a2"), 2).await, ["a3"], "{kind:?}");
        assert!(page(Some("a3"), 2).await.is_empty(), "{kind:?}");
    }
}
