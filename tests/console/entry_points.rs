//! Entry points, and the keys that are limited to them.

use http::StatusCode;
use portcullis::Realm;
use portcullis::store::{EntryPoint, EntryPointStore, EntryPoints, KeyAdmin, KeyRef};

use crate::harness::{Answer, Browser, NOW, World};

const READ: &str = "/entry-points?name=orders.read&realm=default";
const READ_LINK: &str = "/entry-points?name=orders.read&amp;realm=default";

fn only(names: &[&str]) -> EntryPoints {
    EntryPoints::only(names.iter().copied()).expect("names")
}

/// Keys that may call everything, one entry point, the other, and both.
async fn world() -> World {
    let world = World::with(|console| console.with_open_routes(["/health", "/"])).await;
    drop(world.issue(World::api_key("k-all")).await);
    for (id, names) in [
        ("k-read", ["orders.read"].as_slice()),
        ("k-create", &["orders.create"]),
        ("k-both", &["orders.create", "orders.read"]),
    ] {
        drop(world.issue(World::api_key(id).with_entry_points(only(names))).await);
    }
    world
}

async fn send(browser: &mut Browser, what: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(READ).await;
    browser.submit(&page, &format!("/entry-points/{what}"), fields).await
}

async fn of(world: &World, id: &str) -> EntryPoints {
    world.key(id).await.entry_points
}

#[tokio::test]
async fn the_list_has_what_is_guarded_what_is_gone_and_what_is_open() {
    let world = world().await;
    world
        .store
        .sync_entry_points(&[EntryPoint::new("orders.read", "/orders/{id}").expect("names")])
        .await
        .expect("saved");
    let mut ada = world.logged_in("ada").await;
    let page = ada.get("/entry-points").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.has(READ_LINK) && page.has("/orders/{id}") && page.has("Guarded"), "{}", page.text);
    assert_eq!((page.text.matches(">Live<").count(), page.text.matches(">Gone<").count()), (1, 1));
    assert!(page.has("<li><code>/health</code></li><li><code>/</code></li>"));
    let none = World::new().await;
    let page = none.logged_in("ada").await.get("/entry-points").await;
    assert!(page.has("names no route that is open"));
}

#[tokio::test]
async fn a_page_has_the_keys_that_are_limited_to_an_entry_point() {
    let world = world().await;
    let mut grace = world.logged_in("grace").await;
    let page = grace.get(READ).await;
    assert!(page.has("Keys without a limit may call every entry point, this one too: 1 of the 4 keys"));
    for (id, listed) in [("k-read", true), ("k-both", true), ("k-create", false), ("k-all", false)] {
        assert_eq!(page.has(&format!("name=\"key\" value=\"{id}\"")), listed, "{id}");
    }
    // A revoked key may call nothing.
    let key = KeyRef { realm: Realm::default(), id: "k-read".into() };
    world.store.revoke(&key, "lost", NOW).await.expect("revoked");
    let page = grace.get(READ).await;
    assert!(!page.has("k-read") && page.has("1 of the 3 keys"));
    let later = grace.get(&format!("{READ}&after=k-both")).await;
    assert!(!later.has("value=\"k-both\"") && later.has("First page"));
    for unknown in ["/entry-points?name=nowhere", "/entry-points?name=orders.read&realm=nowhere"] {
        assert_eq!(grace.get(unknown).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn who_may_only_see_is_offered_nothing_to_assign() {
    let world = world().await;
    let page = world.logged_in("ada").await.get(READ).await;
    assert!(page.has("k-read") && page.has("k-both"));
    for offered in ["/entry-points/give", "/entry-points/take", "type=\"checkbox\"", "<textarea"] {
        assert!(!page.has(offered), "{offered}");
    }
}

#[tokio::test]
async fn an_entry_point_is_given_and_taken() {
    let world = world().await;
    let mut grace = world.logged_in("grace").await;
    let done = send(&mut grace, "give", &[("keys", " k-create \r\n\r\nk-both")]).await;
    assert!(grace.follow(&done).await.has("The change is saved"));
    for id in ["k-create", "k-both"] {
        assert_eq!(of(&world, id).await, only(&["orders.create", "orders.read"]), "{id}");
    }
    let done = send(&mut grace, "take", &[("key", "k-create"), ("key", "k-both")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    for id in ["k-create", "k-both"] {
        assert_eq!(of(&world, id).await, only(&["orders.create"]), "{id}");
    }
    assert_eq!(of(&world, "k-all").await, EntryPoints::any());
    assert_eq!(of(&world, "k-read").await, only(&["orders.read"]));
    assert!(crate::harness::recorded(&world.events).contains("grace"));
}

#[tokio::test]
async fn a_key_that_may_call_everything_is_limited_where_that_is_ticked_alone() {
    let world = world().await;
    let mut grace = world.logged_in("grace").await;
    let refused = send(&mut grace, "give", &[("keys", "k-create\nk-all")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("1 keys were changed") && refused.has("1 were not changed"), "{}", refused.text);
    assert!(refused.has("may call every entry point now: tick") && !refused.has(">k-create<"));
    assert_eq!(of(&world, "k-all").await, EntryPoints::any());
    assert_eq!(of(&world, "k-create").await, only(&["orders.create", "orders.read"]));
    let done = send(&mut grace, "give", &[("keys", "k-all"), ("limits", "1")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(of(&world, "k-all").await, only(&["orders.read"]));
}

#[tokio::test]
async fn no_key_loses_its_last_entry_point_whatever_is_ticked() {
    let world = world().await;
    let mut grace = world.logged_in("grace").await;
    let fields = [("key", "k-read"), ("key", "k-both"), ("keys", "k-all"), ("limits", "1"), ("sure", "1")];
    let refused = send(&mut grace, "take", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("disable the key instead") && refused.has("2 were not changed"), "{}", refused.text);
    assert_eq!(of(&world, "k-read").await, only(&["orders.read"]));
    assert_eq!(of(&world, "k-both").await, only(&["orders.create"]));
    assert_eq!(of(&world, "k-all").await, EntryPoints::any());
}

#[tokio::test]
async fn what_could_not_be_changed_is_listed_with_the_reason() {
    let world = world().await;
    let key = KeyRef { realm: Realm::default(), id: "k-create".into() };
    world.store.revoke(&key, "lost", NOW).await.expect("revoked");
    let mut grace = world.logged_in("grace").await;
    let refused = send(&mut grace, "give", &[("keys", "k-<b>\nk-create\nk-read")]).await;
    assert!(refused.has("k-&lt;b&gt;") && refused.has("There is no such key"), "{}", refused.text);
    assert!(
        refused.has("The key was revoked")
            && refused.has("1 were so before")
            && refused.has("2 were not changed")
    );

    let many = (0..1_001).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
    for keys in ["", &many] {
        let refused = send(&mut grace, "give", &[("keys", keys)]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("Name 1 to 1000 keys"));
    }
}

#[tokio::test]
async fn an_entry_point_that_is_gone_can_be_taken_and_not_given() {
    let world = world().await;
    let mut grace = world.logged_in("grace").await;
    let page = grace.get(READ).await;
    world
        .store
        .sync_entry_points(&[EntryPoint::new("orders.create", "/orders").expect("names")])
        .await
        .expect("saved");
    let refused = grace.submit(&page, "/entry-points/give", &[("keys", "k-create")]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("is gone"), "{}", refused.text);
    assert!(!grace.get(READ).await.has("/entry-points/give"));
    let taken = send(&mut grace, "take", &[("key", "k-both")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text);
    assert_eq!(of(&world, "k-both").await, only(&["orders.create"]));
}

#[tokio::test]
async fn editing_a_key_whose_entry_points_are_gone_does_not_let_it_call_everything() {
    let world = world().await;
    let left = EntryPoint::new("orders.create", "/orders").expect("names");
    world.store.sync_entry_points(&[left]).await.expect("saved");
    let mut grace = world.logged_in("grace").await;
    let page = grace.get("/key?realm=default&id=k-read").await;
    let done = grace.submit(&page, "/keys/edit", &[("label", "edited")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let key = world.key("k-read").await;
    assert_eq!((key.label.as_str(), key.entry_points), ("edited", only(&["orders.read"])));
}
