//! What is added, edited and taken away: on its page, in the store, and in the events.

use std::time::Duration;

use http::StatusCode;
use portcullis::store::{Enabled, KeyOwner, NewKey, OwnerKind, RoleAdmin};
use portcullis::{Limits, Scheme};

use super::{change, changed, changes, owner, rights};
use crate::harness::World;

#[tokio::test]
async fn accounts_users_and_sites_are_added_limited_and_switched() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;

    let page = changed(&mut grace, "/accounts/add", &[("new", " initech ")]).await;
    assert!(page.has("It was added.") && page.has("Account initech"));
    assert!(owner(&world, OwnerKind::Account, "initech").await.is_some());
    let page = changed(&mut grace, "/users/add", &[("new", "peter"), ("account", "initech")]).await;
    assert!(page.has("User peter") && page.has("/account?id=initech") && page.has("/?user=peter"));
    let page = changed(&mut grace, "/users/add", &[("new", "milton"), ("account", "")]).await;
    assert!(page.has("User milton"));
    let page = changed(&mut grace, "/sites/add", &[("new", "shop"), ("account", "initech")]).await;
    assert!(page.has("Site shop") && page.has("/?site=shop"));
    let milton = owner(&world, OwnerKind::User, "milton").await.expect("a user");
    assert_eq!(milton.account, None);
    for (kind, id) in [(OwnerKind::User, "peter"), (OwnerKind::Site, "shop")] {
        let held = owner(&world, kind, id).await.expect(id);
        assert_eq!((held.account, held.active), (Some("initech".into()), Enabled::Yes));
    }

    let page = changed(&mut grace, "/sites/url", &[("id", "shop"), ("url", "https://shop.example")]).await;
    assert!(page.has("https://shop.example") && page.value("url").as_deref() == Some("https://shop.example"));
    assert!(grace.get("/sites?q=SHOP.example").await.has("/site?id=shop"));
    let site = owner(&world, OwnerKind::Site, "shop").await.expect("the site");
    assert_eq!(site.url.as_deref(), Some("https://shop.example"));
    changed(&mut grace, "/sites/url", &[("id", "shop"), ("url", "")]).await;
    assert_eq!(owner(&world, OwnerKind::Site, "shop").await.expect("the site").url, None);

    for (list, kind, id) in [
        ("/users", OwnerKind::User, "peter"),
        ("/accounts", OwnerKind::Account, "initech"),
        ("/sites", OwnerKind::Site, "shop"),
    ] {
        let fields = [("id", id), ("count", "1000"), ("period", "3600"), ("count", ""), ("period", "")];
        let page = changed(&mut grace, &format!("{list}/limits"), &fields).await;
        assert!(page.has("1000 per 3600 s"), "{list}");
        let limits = Limits::none().with(1_000, Duration::from_secs(3_600)).expect("limits");
        assert_eq!(owner(&world, kind, id).await.expect(id).limits, limits);
        for (word, active, words) in
            [("disable", Enabled::No, "Switched off"), ("enable", Enabled::Yes, "Active")]
        {
            let page = changed(&mut grace, &format!("{list}/{word}"), &[("id", id)]).await;
            assert!(page.has(words), "{list} {word}: {}", page.text);
            assert_eq!(owner(&world, kind, id).await.expect(id).active, active, "{list} {word}");
            assert!(grace.get(&format!("{list}?q={id}")).await.has(words), "{list} {word}");
        }
    }
    let made = changes(&world.events);
    assert!(made.iter().all(|(_, by)| by == "grace"), "{made:?}");
    let of = |wanted: &str| made.iter().filter(|(name, _)| name == wanted).count();
    assert_eq!(
        (of("owner-added"), of("site-moved"), of("owner-limited"), of("owner-switched")),
        (4, 2, 3, 6),
        "{made:?}"
    );
}

#[tokio::test]
async fn groups_roles_and_privileges_are_added_given_taken_and_deleted() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let page = changed(&mut grace, "/privileges/add", &[("new", ""), ("label", "Run Actions")]).await;
    assert!(page.has("run-actions") && page.has("Run Actions"));
    let page = changed(&mut grace, "/privileges/add", &[("new", "a:b"), ("label", "")]).await;
    assert!(page.has("<code>a:b</code>"));
    let page = changed(&mut grace, "/roles/add", &[("new", "runner")]).await;
    assert!(page.has("Role runner") && page.has("It has no privilege."));
    let page = changed(&mut grace, "/groups/add", &[("new", "night shift")]).await;
    assert!(page.has("Group night shift") && page.has("It has no role."));

    changed(&mut grace, "/roles/give", &[("id", "runner"), ("privilege", "run-actions")]).await;
    changed(&mut grace, "/groups/give", &[("id", "night shift"), ("role", "runner")]).await;
    let page = changed(&mut grace, "/groups/join", &[("id", "night shift"), ("user", " eve ")]).await;
    assert!(page.has("/user?id=eve") && page.has("/role?id=runner"));
    let page = changed(&mut grace, "/users/join", &[("id", "ada"), ("group", "night shift")]).await;
    assert!(page.has("/group?id=night+shift") && page.has("<code>run-actions</code>"));
    assert_eq!(rights(&world, "eve").await.to_string(), "run-actions");
    let role = grace.get("/role?id=runner").await;
    assert!(role.has("night shift") && role.has("Run Actions"));
    assert!(grace.get("/groups?q=RUNNER").await.has("night shift"));
    assert!(grace.get("/roles?q=run-act").await.has("/role?id=runner"));
    assert!(!grace.get("/privileges?q=actions").await.has("keys:see"));

    changed(&mut grace, "/users/leave", &[("id", "ada"), ("group", "night shift")]).await;
    let page = changed(&mut grace, "/groups/leave", &[("id", "night shift"), ("user", "eve")]).await;
    assert!(!page.has("/user?id=eve"));
    assert!(world.store.list_users_of_group(&"night shift".into(), None, 9).await.expect("users").is_empty());
    changed(&mut grace, "/groups/take", &[("id", "night shift"), ("role", "runner")]).await;
    changed(&mut grace, "/roles/take", &[("id", "runner"), ("privilege", "run-actions")]).await;
    assert!(grace.get("/role?id=runner").await.has("It has no privilege."));

    // What is deleted is ticked first.
    for (list, id) in [("/groups", "night shift"), ("/roles", "runner"), ("/privileges", "run-actions")] {
        let path = format!("{list}/delete");
        let answer = change(&mut grace, &path, &[("id", id)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{list}");
        assert!(answer.has("Tick that you are sure") && answer.has(id), "{list}");
        assert!(grace.get(list).await.has(id), "{list}");
        let page = changed(&mut grace, &path, &[("id", id), ("sure", "1")]).await;
        assert!(page.has("It was removed.") && !page.has(id), "{list}");
    }
    assert!(
        world.store.list_groups().await.expect("groups").iter().all(|held| held.id.as_str() != "night shift")
    );
    assert!(world.store.list_roles().await.expect("roles").iter().all(|held| held.id.as_str() != "runner"));
    assert_eq!(
        changes(&world.events),
        [
            "privilege-added",
            "privilege-added",
            "role-added",
            "group-added",
            "privilege-given-to-role",
            "role-given-to-group",
            "user-added-to-group",
            "user-added-to-group",
            "user-removed-from-group",
            "user-removed-from-group",
            "role-taken-from-group",
            "privilege-taken-from-role",
            "group-removed",
            "role-removed",
            "privilege-removed",
        ]
        .map(|name| (name.to_owned(), "grace".to_owned()))
    );
}

#[tokio::test]
async fn the_key_of_a_user_who_is_switched_off_opens_nothing_from_the_next_request_on() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    changed(&mut grace, "/users/add", &[("new", "robot"), ("account", "acme")]).await;
    let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("robot"));
    let secret = world.issue(key).await.secret;
    let secret = secret.expose_text().expect("text").to_owned();
    assert!(world.opens(&secret).await);
    for (path, id) in [("/users", "robot"), ("/accounts", "acme")] {
        let page = changed(&mut grace, &format!("{path}/disable"), &[("id", id)]).await;
        assert!(page.has("It is switched off."), "{path}");
        assert!(!world.opens(&secret).await, "{path}");
        changed(&mut grace, &format!("{path}/enable"), &[("id", id)]).await;
        assert!(world.opens(&secret).await, "{path}");
    }
}
