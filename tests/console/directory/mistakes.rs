//! What cannot be, and names that look like markup.

use http::StatusCode;
use portcullis::store::RoleAdmin;
use portcullis::{GroupId, UserId};

use super::{change, changed, changes};
use crate::harness::World;

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
        assert!(answer.value(shown).is_some_and(|value| value.starts_with("<b>")), "{path}");
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
    for path in ["/user?id=nobody", "/user", "/group?id=x", "/role?id=x", "/site?id=x", "/account?id=%00"] {
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
