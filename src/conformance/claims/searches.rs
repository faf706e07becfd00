//! Searching for keys.

use crate::store::{AdminError, Direction, KeyAdmin, KeyEdit, KeyOwner, KeyQuery, KeySort, NewKey};
use crate::{AccountId, Realm, Scheme, SiteId, UserId};

use super::fixtures::*;
use super::orders::paged;

/// A key with owners and a hint, one whose label has signs, and one with neither. The secrets are
/// chosen, for what is made by chance could be found by chance.
async fn populate(store: &impl KeyAdmin) {
    let account = AccountId::from("acme-org");
    store.add_account(&account).await.expect("added");
    store.add_user(&UserId::from("ada-lovelace"), Some(&account)).await.expect("added");
    store.add_site(&SiteId::from("Shop7"), &account).await.expect("added");
    store.set_site_url(&SiteId::from("Shop7"), Some("https://Kiosk.example/De")).await.expect("set");
    let owned = api_key().with_id("id-one").with_label("Billing robot").with_prefix("igny8_");
    keep(
        store,
        owned.with_secret(IMPORTED.into()).with_owner(KeyOwner::user("ada-lovelace").for_site("Shop7")),
    )
    .await;
    let signs = r#"50%_off "a*b" it's -x \ Ünï"#;
    keep(store, bare("id-two").with_label(signs)).await;
    keep(store, bare("id-three").with_label("plain robots")).await;
    keep(store, bare("id-one").with_realm(Realm::from("elsewhere")).with_label("Billing robot")).await;
}

/// A signing key of which nothing is shown.
fn bare(id: &str) -> NewKey {
    signing_key().with_id(id).with_secret("0000000000".into())
}

async fn found(store: &impl KeyAdmin, search: &str) -> Vec<String> {
    paged(store, &KeyQuery::new(Realm::default()).with_search(search), 50).await
}

/// A key is found by a part of its id, its label, its user, account and site, of the URL of the
/// site, and of what is shown of its secret; and by nothing else.
pub async fn a_key_is_found_by_a_part_of_what_is_known_of_it(store: &impl KeyAdmin) {
    populate(store).await;
    for part in [
        "id-one",
        "d-on",
        "Billing",
        "ing",
        "lovelace",
        "a-l",
        "acme-org",
        "e-",
        "Shop7",
        "p7",
        "Kiosk",
        "k.e",
        "https://Kiosk.example/De",
        "/D",
        "igny8_",
        "8_",
        "ij01",
        "j0",
        "_…ij01",
    ] {
        assert_eq!(found(store, part).await, ["id-one"], "{part}");
    }
    for part in ["id-four", "zz", "0123456789", "notes", "x-auth", "enabled", "default", "elsewhere", "Ünı"]
    {
        assert_eq!(found(store, part).await, [""; 0], "{part}");
    }
    for everything in ["", " ", "i", "id", "id-", "\n"] {
        assert_eq!(found(store, everything).await, ["id-one", "id-three", "id-two"], "{everything:?}");
    }
}

/// Every word must be found somewhere, each where it will; the case of ASCII letters is nothing, and
/// a word is in one place.
pub async fn every_word_of_a_search_is_found_whatever_its_case(store: &impl KeyAdmin) {
    populate(store).await;
    for (search, expected) in [
        ("ROBOT", vec!["id-one", "id-three"]),
        ("BiLLing kiosk", vec!["id-one"]),
        ("  kIOSK   robot ", vec!["id-one"]),
        ("IJ01 SHOP7 D-O", vec!["id-one"]),
        ("robot three", vec!["id-three"]),
        ("robot ts", vec!["id-three"]),
        ("A o", vec!["id-one", "id-three", "id-two"]),
        ("robot two", vec![]),
        ("plain kiosk", vec![]),
        ("oneBilling", vec![]),
        ("robotada", vec![]),
        ("Billing\u{a0}kiosk", vec!["id-one"]),
        ("Ünï", vec!["id-two"]),
        ("üNÏ", vec![]),
    ] {
        assert_eq!(found(store, search).await, expected, "{search}");
    }
}

/// Signs stand for themselves.
pub async fn signs_in_a_search_stand_for_themselves(store: &impl KeyAdmin) {
    populate(store).await;
    for (search, expected) in [
        ("%", vec!["id-two"]),
        ("50%", vec!["id-two"]),
        ("%_OFF", vec!["id-two"]),
        ("_", vec!["id-one", "id-two"]),
        ("\"", vec!["id-two"]),
        ("\"a*b\"", vec!["id-two"]),
        ("*", vec!["id-two"]),
        ("a*b", vec!["id-two"]),
        ("-x", vec!["id-two"]),
        ("-", vec!["id-one", "id-three", "id-two"]),
        ("'", vec!["id-two"]),
        ("it's", vec!["id-two"]),
        ("\\", vec!["id-two"]),
    ] {
        assert_eq!(found(store, search).await, expected, "{search}");
    }
    for nothing in [
        "__",
        "%%%",
        "id%",
        "id_one",
        "i*e",
        "id-on*",
        "\"id-one\"",
        "''",
        "a*b OR",
        "one NOT three NOT",
        "text:one",
        "^id-",
        "(id-",
        "{id",
        "id-\0",
        "\0",
        "\\%",
        "robo?",
        "NEAR(",
        "+id-one",
        "';--",
    ] {
        assert_eq!(found(store, nothing).await, [""; 0], "{nothing}");
    }
}

/// What is changed is found as it is from now on, and no longer as it was.
pub async fn a_search_finds_what_is_changed_as_it_is_now(store: &impl KeyAdmin) {
    populate(store).await;
    let (key, site) = (default_realm(&"id-one".into()), SiteId::from("Shop7"));
    assert_eq!(found(store, "billing ij01 kiosk").await, ["id-one"]);
    store.edit(&key, KeyEdit::new().label("Reporting")).await.expect("edited");
    assert_eq!(
        (found(store, "billing").await, found(store, "reporting").await),
        (vec![], vec!["id-one".into()])
    );
    store.set_site_url(&site, Some("https://moved.example")).await.expect("set");
    assert_eq!((found(store, "kiosk").await, found(store, "moved").await), (vec![], vec!["id-one".into()]));
    store.set_site_url(&site, None).await.expect("removed");
    assert_eq!(found(store, "moved").await, [""; 0]);
    let new = store.rotate(&key, seconds(60), at(1)).await.expect("rotated");
    let text = new.secret.expose_text().expect("a text");
    let last = format!("igny8_…{}", &text[text.len() - 4..]);
    assert_eq!((found(store, "…ij01").await, found(store, &last).await), (vec![], vec!["id-one".into()]));
    store.revoke(&key, "lost", at(2)).await.expect("revoked");
    keep(store, bare("id-new").with_label("Reporting too")).await;
    assert_eq!(found(store, "reporting").await, ["id-new", "id-one"]);
}

/// A list is of the keys of one scheme, and of those that were used or never were.
pub async fn a_list_is_of_one_scheme_and_of_what_was_used(store: &impl KeyAdmin) {
    populate(store).await;
    let all = || KeyQuery::new(Realm::default());
    assert_eq!(paged(store, &all().with_scheme(Scheme::ApiKey), 5).await, ["id-one"]);
    assert_eq!(paged(store, &all().with_scheme(Scheme::XAuth), 5).await, ["id-three", "id-two"]);
    assert_eq!(paged(store, &all().with_scheme(Scheme::SigV4), 5).await, [""; 0]);
    assert_eq!(paged(store, &all().never_used(), 1).await, ["id-one", "id-three", "id-two"]);
    assert_eq!(paged(store, &all().with_used(true), 5).await, [""; 0]);
    store.record_uses(&[(default_realm(&"id-two".into()), at(0))]).await.expect("written");
    assert_eq!(paged(store, &all().never_used(), 1).await, ["id-one", "id-three"]);
    assert_eq!(paged(store, &all().with_used(true), 5).await, ["id-two"]);
}

/// Words, owners, schemes, uses and orders are asked for together.
pub async fn searches_filters_and_orders_are_combined(store: &impl KeyAdmin) {
    populate(store).await;
    for (id, label) in [("k1", "robot z"), ("k2", "robot y"), ("k3", "robot x"), ("k4", "other")] {
        keep(store, bare(id).with_label(label)).await;
    }
    let uses = [("k1", 3), ("k2", 9), ("k4", 5)].map(|(id, used)| (default_realm(&id.into()), at(used)));
    store.record_uses(&uses).await.expect("written");
    let query = KeyQuery::new(Realm::default()).with_search("robot").with_scheme(Scheme::XAuth);
    let by = |sort, direction| query.clone().sorted_by(sort, direction);
    for limit in [1, 2, 50] {
        let labels = paged(store, &by(KeySort::Label, Direction::Ascending), limit).await;
        assert_eq!(labels, ["id-three", "k3", "k2", "k1"]);
        let used = by(KeySort::LastUsed, Direction::Descending);
        assert_eq!(paged(store, &used, limit).await, ["k2", "k1", "k3", "id-three"]);
        assert_eq!(paged(store, &used.clone().with_used(true), limit).await, ["k2", "k1"]);
        assert_eq!(paged(store, &used.never_used(), limit).await, ["k3", "id-three"]);
    }
    let of_user = KeyQuery::new(Realm::default()).with_user("ada-lovelace").with_site_url("kiosk");
    assert_eq!(paged(store, &of_user.clone().with_search("e robot"), 2).await, ["id-one"]);
    assert_eq!(paged(store, &of_user.with_search("e robots"), 2).await, [""; 0]);
}

/// A search of more than 1,000 bytes is refused.
pub async fn a_search_that_is_too_long_is_refused(store: &impl KeyAdmin) {
    keep(store, bare("k").with_label("u".repeat(200))).await;
    assert_eq!(found(store, &"u".repeat(200)).await, ["k"]);
    assert_eq!(found(store, &"u ".repeat(500)).await, ["k"]);
    assert_eq!(found(store, &"u".repeat(1_000)).await, [""; 0]);
    let query = KeyQuery::new(Realm::default()).with_search("u".repeat(1_001));
    assert!(matches!(store.list(&query, at(0)).await, Err(AdminError::Invalid(_))));
}
