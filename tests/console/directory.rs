//! Users, accounts and sites; groups, roles and privileges.

use std::time::Duration;

use http::StatusCode;
use portcullis::audit::{ActivityQuery, RecentEvents};
use portcullis::store::{
    Enabled, KeyAdmin, KeyOwner, NewKey, OwnerKind, OwnerSummary, Privilege, RoleAdmin, RoleStore, UserRights,
};
use portcullis::{GroupId, Limits, RoleId, Scheme, Scope, Scopes, UserId};

use crate::harness::{Answer, Browser, PASSWORD, World};

async fn token(browser: &mut Browser) -> String {
    let page = browser.get("/").await;
    let hidden = page.hidden("/log-out");
    hidden.into_iter().find(|(name, _)| name == "token").expect("a token").1
}

/// Sends fields with the token of whoever is logged in.
async fn change(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = token(browser).await;
    let all: Vec<_> = [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(path, &all).await
}

/// The page that a change leads to.
async fn changed(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = change(browser, path, fields).await;
    let page = browser.follow(&answer).await;
    assert_eq!(page.status, StatusCode::OK, "{path} {fields:?}: {}", page.text);
    page
}

async fn owner(world: &World, kind: OwnerKind, id: &str) -> Option<OwnerSummary> {
    let all = world.store.list_owners(kind, None, 100_000).await.expect("a list");
    all.into_iter().find(|held| held.owner.id() == id)
}

async fn rights(world: &World, user: &str) -> Scopes {
    match world.store.rights_of(user).await.expect("an answer") {
        Some(UserRights::Active(scopes)) => scopes,
        other => panic!("{user}: {other:?}"),
    }
}

/// The names of the changes that were recorded, the first one first, and who made them.
fn changes(events: &RecentEvents) -> Vec<(String, String)> {
    let found = events.find(&ActivityQuery::new().with_limit(1_000));
    let lines = found.iter().rev().map(|found| {
        let line: serde_json::Value = serde_json::from_str(&found.event.to_json()).expect("JSON");
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        let name = if line["change"].is_string() { text("change") } else { text("event") };
        (name, text("by"))
    });
    lines.filter(|(_, by)| !by.is_empty()).collect()
}

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
async fn a_name_that_cannot_be_is_shown_again_with_what_is_wrong() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let long = "x".repeat(256);
    let (users, groups) = (grace.get("/users").await, grace.get("/groups").await);
    for (path, field, value, message) in [
        ("/users/add", "new", "ada", "The user ada exists already"),
        ("/accounts/add", "new", "acme", "The account acme exists already"),
        ("/sites/add", "new", "acme-1", "The site acme-1 exists already"),
        ("/groups/add", "new", "adas", "There is a group of this name already"),
        ("/roles/add", "new", "ada-role", "There is a role of this name already"),
        ("/privileges/add", "new", "keys:see", "There is a privilege of this name already"),
        ("/users/add", "new", "", "The id is missing"),
        ("/sites/add", "new", "", "The id is missing"),
        ("/groups/add", "new", " ", "The name is missing"),
        ("/roles/add", "new", "", "The name is missing"),
        ("/privileges/add", "new", "", "The name and the label are missing"),
        ("/users/add", "new", &long, "255 bytes"),
        ("/accounts/add", "new", &long, "255 bytes"),
        ("/sites/add", "new", &long, "255 bytes"),
        ("/groups/add", "new", &long, "255 bytes"),
        ("/roles/add", "new", &long, "255 bytes"),
        ("/privileges/add", "new", &long, "255 bytes"),
        ("/privileges/add", "new", "a \"b\"", "The name is one word"),
        ("/privileges/add", "label", "???", "A label is"),
    ] {
        let mut fields = vec![(field, value)];
        if path == "/sites/add" {
            fields.push(("account", "acme"));
        }
        let answer = change(&mut grace, path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {value}");
        assert!(answer.has("role=\"alert\"") && answer.has(message), "{path} {value}: {}", answer.text);
        assert_eq!(answer.value(field).as_deref(), Some(value), "{path}");
    }
    for (path, fields, shown, message) in [
        ("/users/add", [("new", "tom"), ("account", "<b>")], "account", "There is no such account"),
        ("/sites/add", [("new", "s"), ("account", "<b>")], "account", "There is no such account"),
        ("/sites/add", [("new", "<b>"), ("account", "")], "new", "The account is missing"),
        ("/groups/join", [("id", "adas"), ("user", "<b>")], "user", "There is no such user"),
        ("/sites/url", [("id", "acme-1"), ("url", "<b> x")], "url", "URL"),
        ("/users/limits", [("count", "<b>"), ("period", "60")], "count-1", "A limit is"),
    ] {
        let mut fields = fields.to_vec();
        if path == "/users/limits" {
            fields.push(("id", "ada"));
        }
        let answer = change(&mut grace, path, &fields).await;
        assert!(answer.status.is_client_error() && answer.has(message), "{path}: {}", answer.text);
        assert!(
            answer.value(shown).is_some_and(|value| value.starts_with("<b>") || !value.is_empty()),
            "{path}"
        );
        assert!(!answer.has("<b>"), "{path}");
    }
    for (path, fields) in [
        ("/users/disable", [("id", "nobody"), ("x", "")]),
        ("/users/join", [("id", "nobody"), ("group", "adas")]),
        ("/users/join", [("id", "ada"), ("group", "nobodies")]),
        ("/users/leave", [("id", "ada"), ("group", "nobodies")]),
        ("/groups/give", [("id", "adas"), ("role", "nothing")]),
        ("/groups/take", [("id", "adas"), ("role", "nothing")]),
        ("/groups/delete", [("id", "nobodies"), ("sure", "1")]),
        ("/roles/give", [("id", "ada-role"), ("privilege", "nothing")]),
        ("/roles/take", [("id", "ada-role"), ("privilege", "a\"b")]),
        ("/roles/delete", [("id", "nothing"), ("sure", "1")]),
        ("/privileges/delete", [("id", "nothing"), ("sure", "1")]),
        ("/sites/limits", [("id", ""), ("count", "")]),
        ("/accounts/enable", [("id", "a\nb"), ("x", "")]),
    ] {
        let answer = change(&mut grace, path, &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {fields:?}: {}", answer.text);
        assert!(answer.has("There is no such"), "{path} {fields:?}");
    }
    for path in
        ["/user?id=nobody", "/user", "/group?id=x", "/role?id=x", "/site?id=x&id=y", "/account?id=%00"]
    {
        assert_eq!(grace.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(grace.get("/users").await.text, users.text, "nothing was changed");
    assert_eq!(grace.get("/groups").await.text, groups.text, "nothing was changed");
    assert_eq!(changes(&world.events), []);
}

#[tokio::test]
async fn a_name_that_looks_like_markup_is_shown_as_text() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let name = "<script>alert(\"1\")</script>&'";
    for (path, list) in [
        ("/accounts/add", "/accounts"),
        ("/users/add", "/users"),
        ("/groups/add", "/groups"),
        ("/roles/add", "/roles"),
    ] {
        let shown = changed(&mut grace, path, &[("new", name)]).await;
        for page in [shown, grace.get(list).await] {
            assert!(
                page.has("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"),
                "{path}: {}",
                page.text
            );
            assert!(!page.has("<script>alert"), "{path}");
        }
    }
    changed(&mut grace, "/users/join", &[("id", name), ("group", name)]).await;
    let page = changed(&mut grace, "/groups/give", &[("id", name), ("role", name)]).await;
    assert!(!page.has("<script>alert"));
    let groups = world.store.list_groups_of_user(&UserId::from(name)).await.expect("groups");
    assert_eq!(groups, [GroupId::from(name)]);
    let page = changed(&mut grace, "/groups/take", &[("id", name), ("role", name)]).await;
    assert!(page.has("It has no role."));
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

#[tokio::test]
async fn nobody_loses_access_without_a_tick() {
    for (path, fields) in [
        ("/users/disable", vec![("id", "grace")]),
        ("/users/leave", vec![("id", "grace"), ("group", "graces")]),
        ("/groups/leave", vec![("id", "graces"), ("user", "grace")]),
        ("/groups/take", vec![("id", "graces"), ("role", "grace-role")]),
        ("/groups/delete", vec![("id", "graces"), ("sure", "1")]),
        ("/roles/take", vec![("id", "grace-role"), ("privilege", "keys:change")]),
        ("/roles/take", vec![("id", "grace-role"), ("privilege", "keys:see")]),
        ("/roles/delete", vec![("id", "grace-role"), ("sure", "1")]),
        ("/privileges/delete", vec![("id", "keys:change"), ("sure", "1")]),
        ("/privileges/delete", vec![("id", "keys:see"), ("sure", "1")]),
    ] {
        let world = World::new().await;
        let mut grace = world.logged_in("grace").await;
        let before = rights(&world, "grace").await;
        let refused = change(&mut grace, path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {fields:?}");
        assert!(refused.has("You would lose access") && refused.has("Even if I lose access"), "{path}");
        assert_eq!(rights(&world, "grace").await, before, "{path} {fields:?}");
        assert_eq!(changes(&world.events), [], "{path}");
        assert!(grace.get("/").await.has("Issue a key"), "{path}");

        // The page that refuses asks for the same again.
        let done = grace.submit(&refused, path, &[("lose", "1")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{path} {fields:?}: {}", done.text);
        assert!(!grace.get("/").await.has("Issue a key"), "{path} {fields:?}");
        assert_eq!(changes(&world.events).len(), 1, "{path}");
    }
}

#[tokio::test]
async fn whoever_keeps_access_or_takes_it_from_others_is_not_asked() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for (path, fields) in [
        ("/groups/add", [("new", "second"), ("x", "")]),
        ("/groups/give", [("id", "second"), ("role", "grace-role")]),
        ("/users/join", [("id", "grace"), ("group", "second")]),
        // There is another group that gives the same.
        ("/users/leave", [("id", "grace"), ("group", "graces")]),
        ("/groups/take", [("id", "graces"), ("role", "grace-role")]),
        ("/groups/delete", [("id", "graces"), ("sure", "1")]),
        ("/groups/leave", [("id", "gones"), ("user", "gone")]),
        ("/roles/take", [("id", "gone-role"), ("privilege", "keys:see")]),
        ("/users/disable", [("id", "gone"), ("x", "")]),
        ("/accounts/disable", [("id", "acme"), ("x", "")]),
        ("/sites/disable", [("id", "globex-1"), ("x", "")]),
    ] {
        changed(&mut grace, path, &fields).await;
    }
    let answer = change(&mut grace, "/groups/delete", &[("id", "second"), ("sure", "1")]).await;
    assert!(answer.has("You would lose access"), "{}", answer.text);
}

#[tokio::test]
async fn the_account_of_whoever_switches_it_off_takes_a_tick() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    // A user of the account acme, whom the console knows by a password: none but these four.
    let (ivy, role) = (UserId::from("ivy"), RoleId::from("grace-role"));
    world.store.add_user(&ivy, Some(&"acme".into())).await.expect("added");
    world.store.add_user_to_group(&ivy, &"graces".into()).await.expect("added");
    world.store.give_role_to_group(&role, &"graces".into()).await.expect("given");
    let hash = portcullis::password::PasswordHash::bcrypt(&PASSWORD.into(), 4).expect("a hash");
    let users = portcullis::password::SinglePassword::new(ivy, hash);
    let users = portcullis::password::UserVerifier::single(users).expect("a verifier");
    let console = portcullis::console::Console::new(crate::harness::BASE, world.store.clone(), users);
    let console = console.expect("a console").with_clock(world.clock.clone());
    let second = World {
        store: world.store.clone(),
        clock: world.clock.clone(),
        events: RecentEvents::default(),
        router: console.into_router(),
    };
    let mut ivy = second.logged_in("ivy").await;
    let refused = change(&mut ivy, "/accounts/disable", &[("id", "acme")]).await;
    assert!(refused.has("You would lose access"), "{}", refused.text);
    assert_eq!(owner(&world, OwnerKind::Account, "acme").await.expect("acme").active, Enabled::Yes);
    changed(&mut ivy, "/accounts/disable", &[("id", "globex")]).await;
    // Whoever is of no account switches off any.
    changed(&mut grace, "/accounts/disable", &[("id", "acme")]).await;
}

#[tokio::test]
async fn whoever_may_only_see_is_offered_no_change() {
    let world = World::new().await;
    let mut ada = world.logged_in("ada").await;
    for path in [
        "/users",
        "/user?id=grace",
        "/accounts",
        "/account?id=acme",
        "/sites",
        "/site?id=acme-1",
        "/groups",
        "/group?id=graces",
        "/roles",
        "/role?id=grace-role",
        "/privileges",
    ] {
        let page = ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        // Logging out is the only form that changes anything.
        assert_eq!(page.text.matches("method=\"post\"").count(), 1, "{path}: {}", page.text);
    }
    let page = ada.get("/user?id=grace").await;
    assert!(page.has("<code>keys:change</code>") && page.has("/group?id=graces"));
}

#[tokio::test]
async fn a_further_privilege_can_be_asked_for_to_change_the_directory() {
    let scope = Scope::new("directory:change").expect("a scope");
    let world = World::with(|console| {
        let console = console.with_directory_privilege(scope.clone());
        let routes = console.routes();
        let asked = routes.iter().filter(|route| route.asks == portcullis::console::Asks::Directory);
        assert!(asked.clone().count() > 20 && asked.clone().all(|route| route.method == http::Method::POST));
        assert!(
            !routes.iter().any(
                |route| route.path.contains("/users/") && route.asks == portcullis::console::Asks::Change
            )
        );
        console
    })
    .await;
    let mut grace = world.logged_in("grace").await;
    let page = grace.get("/users").await;
    assert!(page.status == StatusCode::OK && page.text.matches("method=\"post\"").count() == 1);
    for path in ["/users/add", "/groups/give", "/privileges/delete", "/accounts/disable", "/sites/url"] {
        assert_eq!(change(&mut grace, path, &[("new", "x")]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(grace.get("/keys/new").await.has("Issue"), "keys are changed as before");

    world.store.add_privilege(&Privilege::new(scope.clone())).await.expect("added");
    world.store.give_privilege_to_role(&scope, &"grace-role".into()).await.expect("given");
    changed(&mut grace, "/users/add", &[("new", "x")]).await;
    let fields = [("id", "grace-role"), ("privilege", "directory:change")];
    let refused = change(&mut grace, "/roles/take", &fields).await;
    assert!(refused.has("You would lose access"), "{}", refused.text);
}

#[tokio::test]
async fn lists_are_paged_and_searched() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for number in 0..120 {
        let user = UserId::from(format!("u{number:03}"));
        world.store.add_user(&user, None).await.expect("added");
        world.store.add_user_to_group(&user, &"adas".into()).await.expect("added");
        world.store.add_group(&GroupId::from(format!("v{number:03}"))).await.expect("added");
    }
    let next = |page: &Answer| {
        let pattern = regex::Regex::new(r#"rel="next" href="/admin/keys([^"]*)""#).expect("a pattern");
        pattern.captures(&page.text).map(|found| found[1].replace("&amp;", "&"))
    };
    for (start, link, number) in [
        ("/users", "/user?id=u", 120),
        ("/users?q=U0", "/user?id=u0", 100),
        ("/group?id=adas", "/user?id=u", 120),
        ("/group?id=adas&q=u1", "/user?id=u1", 20),
        ("/groups", "/group?id=v", 120),
        ("/groups?q=v1", "/group?id=v1", 20),
    ] {
        let (mut path, mut seen, mut pages) = (start.to_owned(), Vec::new(), 0);
        loop {
            let page = grace.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let rows = page.text.match_indices(link);
            let rows = rows.filter_map(|(at, _)| Some(page.text[at..].split_once('"')?.0.to_owned()));
            let rows: Vec<_> = rows.collect();
            assert!(rows.len() <= 50, "{path}");
            seen.extend(rows);
            pages += 1;
            match next(&page) {
                Some(next) => path = next,
                None => break,
            }
        }
        let mut unique = seen.clone();
        unique.dedup();
        assert_eq!((unique.len(), seen.len()), (number, number), "{start}");
        assert!(pages >= number / 50, "{start}");
    }
    assert!(grace.get("/users?q=zzz").await.has("Nothing fits."));
}
