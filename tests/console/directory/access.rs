//! Who may change the directory, and who would lose access.

use http::StatusCode;
use portcullis::audit::RecentEvents;
use portcullis::console::{Asks, Console};
use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
use portcullis::store::{Enabled, KeyAdmin, OwnerKind, Privilege, RoleAdmin};
use portcullis::{RoleId, Scope, UserId};

use super::{change, changed, changes, owner, rights};
use crate::harness::{BASE, PASSWORD, World};

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
    let hash = PasswordHash::bcrypt(&PASSWORD.into(), 4).expect("a hash");
    let users = SinglePassword::new(ivy, hash);
    let users = UserVerifier::single(users).expect("a verifier");
    let console = Console::new(BASE, world.store.clone(), users);
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
    let mut paths = Vec::new();
    let world = World::with(|console| {
        let console = console.with_directory_privilege(scope.clone());
        let routes = console.routes();
        assert!(!routes.iter().any(|route| route.path.contains("/users/") && route.asks == Asks::Change));
        paths
            .extend(routes.into_iter().filter(|route| route.asks == Asks::Directory).map(|route| route.path));
        console
    })
    .await;
    assert!(paths.len() > 20, "{paths:?}");
    let mut grace = world.logged_in("grace").await;
    let page = grace.get("/users").await;
    assert!(page.status == StatusCode::OK && page.text.matches("method=\"post\"").count() == 1);
    for path in &paths {
        let path = path.strip_prefix(BASE).expect("under the base");
        let answer = change(&mut grace, path, &[("new", "x"), ("id", "ada"), ("sure", "1")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(changes(&world.events), []);
    assert!(grace.get("/keys/new").await.has("Issue"), "keys are changed as before");

    world.store.add_privilege(&Privilege::new(scope.clone())).await.expect("added");
    world.store.give_privilege_to_role(&scope, &"grace-role".into()).await.expect("given");
    changed(&mut grace, "/users/add", &[("new", "x")]).await;
    let fields = [("id", "grace-role"), ("privilege", "directory:change")];
    let refused = change(&mut grace, "/roles/take", &fields).await;
    assert!(refused.has("You would lose access"), "{}", refused.text);
}
