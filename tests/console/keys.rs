//! The list, a key, new keys, and what is done with them.

use std::time::Duration;

use http::StatusCode;
use portcullis::store::{EntryPoints, KeyAdmin, KeyOwner, KeyState, NewKey};
use portcullis::{Realm, Scheme, Timestamp};

use crate::harness::{Browser, NOW, World, recorded};

async fn key_page(browser: &mut Browser, id: &str) -> crate::harness::Answer {
    browser.get(&format!("/key?realm=default&id={id}")).await
}

#[tokio::test]
async fn a_key_is_issued_and_its_secret_is_shown_once() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let form = grace.get("/keys/new").await;
    let fields = [
        ("scheme", "api-key"),
        ("label", "Shop <b>robot</b>"),
        ("site", "acme-1"),
        ("scopes", "orders:read  orders:write"),
        ("networks", "192.0.2.0/24, 2001:db8::/32"),
        ("expires", "2027-06-01T12:30"),
        ("entry_point", "orders.read"),
        ("note", "asked for\r\nby Ada"),
    ];
    let shown = grace.submit(&form, "/keys/new", &fields).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    let (id, secret) = (shown.value("key-id").expect("an id"), shown.value("secret").expect("a secret"));
    assert!(world.opens(&secret).await);
    assert!(shown.has(&format!("Authorization: Bearer {secret}")) && shown.has("https://api.example/whoami"));

    let key = world.key(&id).await;
    assert_eq!((key.label.as_str(), key.note.as_str()), ("Shop <b>robot</b>", "asked for\nby Ada"));
    assert_eq!(key.owner, KeyOwner::account("acme").for_site("acme-1"));
    assert_eq!(key.scopes.to_string(), "orders:read orders:write");
    assert_eq!(key.networks.allowed().len(), 2);
    assert_eq!(key.expires_at, Timestamp::parse_rfc3339("2027-06-01T12:30:00Z"));
    assert!(key.entry_points.allow("orders.read") && !key.entry_points.allow("orders.create"));

    // Sent again, it makes no other key, and no page has the secret.
    let again = grace.submit(&form, "/keys/new", &fields).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.has("This form was sent before"));
    for path in ["/", "/keys/new", &format!("/key?id={id}")] {
        let page = grace.get(path).await;
        assert!(page.status == StatusCode::OK && !page.has(&secret) && !page.has("<b>robot"), "{path}");
    }
    assert!(!recorded(&world.events).contains(&secret));
    assert!(recorded(&world.events).contains("grace"));
}

#[tokio::test]
async fn a_form_with_a_mistake_is_shown_again_with_what_was_filled_in() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for (field, value, message) in [
        ("scheme", "jwt", "no such scheme"),
        ("scopes", "a\"b", "A scope is a word"),
        ("networks", "300.0.0.1", "network"),
        ("expires", "tomorrow", "is a date such as"),
        ("user", "nobody<script>", "owner is not known"),
        ("site", "globex-1", "another account"),
        ("entry_point", "nowhere", "no such entry point"),
    ] {
        let form = grace.get("/keys/new").await;
        let mut fields = vec![("scheme", "api-key"), ("account", "acme"), ("label", "kept \"<i>\"")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = grace.submit(&form, "/keys/new", &fields).await;
        assert!(answer.status.is_client_error() && answer.has(message), "{field}: {}", answer.text);
        assert_eq!(answer.value("label").as_deref(), Some("kept \"<i>\""), "{field}");
        assert!(!answer.has("<i>") && !answer.has("nobody<script>"), "{field}");
        let none = world.store.list(&portcullis::store::KeyQuery::new(Realm::default()), NOW).await;
        assert!(none.expect("a list").is_empty(), "{field}");
    }
}

#[tokio::test]
async fn each_scheme_has_lines_to_paste_with_its_secret() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for (scheme, part) in [
        ("api-key", "Authorization: Bearer "),
        ("query-signature", "timestamp="),
        ("x-auth", "x-auth-signature"),
        ("sigv4", "aws:amz:eu-central-1:orders"),
        ("message-signature", "Signature-Input"),
    ] {
        let form = grace.get("/keys/new").await;
        let shown = grace.submit(&form, "/keys/new", &[("scheme", scheme), ("account", "acme")]).await;
        let secret = shown.value("secret").unwrap_or_else(|| panic!("{scheme}: {}", shown.text));
        let line =
            shown.text.split("<pre").nth(1).and_then(|rest| rest.split("</pre>").next()).expect("a line");
        assert!(line.contains(part) && line.contains(&secret) && line.contains("curl"), "{scheme}: {line}");
    }
}

#[tokio::test]
async fn a_key_is_edited_and_what_the_form_does_not_say_stays() {
    let world = World::new().await;
    let end = Timestamp::from_unix_seconds(1_900_000_017);
    let networks = portcullis::store::Networks::any().with_denied(["192.0.2.7"]).expect("networks");
    let key = World::api_key("k").with_expires_at(end).with_networks(networks);
    drop(world.issue(key.with_note("old")).await);
    let mut grace = world.logged_in("grace").await;
    let page = key_page(&mut grace, "k").await;
    let expires = page.value("expires").expect("the end");
    let fields = [("label", "new"), ("scopes", "a b"), ("networks", "192.0.2.0/24"), ("expires", &expires)];
    let answer = grace.submit(&page, "/keys/edit", &fields).await;
    assert!(grace.follow(&answer).await.has("The change is saved."));
    let key = world.key("k").await;
    assert_eq!((key.label.as_str(), key.note.as_str(), key.scopes.to_string().as_str()), ("new", "", "a b"));
    assert_eq!(key.expires_at, Some(end), "to the second");
    assert_eq!((key.networks.allowed().len(), key.networks.denied().len()), (1, 1));
    let page = key_page(&mut grace, "k").await;
    let answer = grace.submit(&page, "/keys/edit", &[("label", "new"), ("expires", "")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(world.key("k").await.expires_at, None);
}

#[tokio::test]
async fn a_key_is_switched_rotated_regenerated_and_revoked() {
    let world = World::new().await;
    let first = world.issue(World::api_key("k")).await;
    let first = first.secret.expose_text().expect("text").to_owned();
    let mut grace = world.logged_in("grace").await;

    let page = key_page(&mut grace, "k").await;
    let answer = grace.submit(&page, "/keys/disable", &[]).await;
    let page = grace.follow(&answer).await;
    assert!(page.has("It is switched off.") && world.key("k").await.state == KeyState::Disabled);
    grace.submit(&page, "/keys/enable", &[]).await;
    assert_eq!(world.key("k").await.state, KeyState::Enabled);

    let page = key_page(&mut grace, "k").await;
    for wrong in ["", "91", "-1", "x"] {
        let answer = grace.submit(&page, "/keys/rotate", &[("overlap", wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let shown = grace.submit(&page, "/keys/rotate", &[("overlap", "7")]).await;
    let second = shown.value("secret").expect("a secret");
    assert!(first != second && world.opens(&first).await && world.opens(&second).await);
    let week = NOW.saturating_add(Duration::from_secs(7 * 86_400));
    assert_eq!(world.key("k").await.previous_until, Some(week));
    let again = grace.submit(&page, "/keys/rotate", &[("overlap", "7")]).await;
    assert!(again.has("This form was sent before"));

    let shown = grace.submit(&page, "/keys/regenerate", &[]).await;
    let third = shown.value("secret").expect("a secret");
    assert!(!world.opens(&first).await && !world.opens(&second).await && world.opens(&third).await);

    let page = key_page(&mut grace, "k").await;
    for fields in [vec![("reason", "left")], vec![("sure", "1")], vec![("reason", " "), ("sure", "1")]] {
        let answer = grace.submit(&page, "/keys/revoke", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let answer = grace.submit(&page, "/keys/revoke", &[("reason", "left <us>"), ("sure", "1")]).await;
    let page = grace.follow(&answer).await;
    assert!(page.has("revoked, for good") && page.has("left &lt;us&gt;") && !page.has("/keys/enable"));
    assert_eq!(world.key("k").await.state, KeyState::Revoked);
}

#[tokio::test]
async fn the_keys_of_a_site_are_cleared() {
    let world = World::new().await;
    let of =
        |site: &str, id: &str| NewKey::new(Scheme::ApiKey, KeyOwner::default().for_site(site)).with_id(id);
    for (site, id) in [("acme-1", "a"), ("acme-1", "b"), ("acme-2", "c")] {
        drop(world.issue(of(site, id)).await);
    }
    let mut grace = world.logged_in("grace").await;
    let page = key_page(&mut grace, "a").await;
    let answer = grace.submit(&page, "/keys/clear", &[("reason", "closed"), ("sure", "1")]).await;
    let list = grace.follow(&answer).await;
    assert!(list.has("The keys of the site are revoked") && list.has("Only keys of site"));
    for (id, state) in [("a", KeyState::Revoked), ("b", KeyState::Revoked), ("c", KeyState::Enabled)] {
        assert_eq!(world.key(id).await.state, state, "{id}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_there_is_a_404_and_so_is_a_realm() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for path in ["/key", "/key?id=", "/key?id=nobody", "/key?id=k&realm=other", "/?realm=other"] {
        assert_eq!(grace.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn who_may_only_see_is_offered_nothing_to_change() {
    let world = World::new().await;
    drop(world.issue(World::api_key("k")).await);
    let mut ada = world.logged_in("ada").await;
    for path in ["/", "/key?id=k"] {
        let page = ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.text.matches("method=\"post\"").count(), 1, "the one to log out: {path}");
        assert!(!page.has("/keys/new"), "{path}");
    }
}

#[tokio::test]
async fn a_key_that_is_limited_is_freed_only_where_that_is_ticked() {
    let world = World::new().await;
    let only = EntryPoints::only(["orders.read"]).expect("names");
    drop(world.issue(World::api_key("k").with_entry_points(only)).await);
    let mut grace = world.logged_in("grace").await;
    let page = key_page(&mut grace, "k").await;
    let answer = grace.submit(&page, "/keys/edit", &[("label", "new")]).await;
    assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("may call everything"));
    let key = world.key("k").await;
    assert!(key.label.is_empty() && !key.entry_points.allow("orders.create"), "nothing is changed");
    let answer = grace.submit(&page, "/keys/edit", &[("label", "new"), ("everything", "1")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(world.key("k").await.entry_points.names().is_none());
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_refused_and_never_taken_for_none() {
    let world = World::new().await;
    drop(world.issue(World::api_key("k")).await);
    let mut grace = world.logged_in("grace").await;
    for path in [
        "/key?id=k&id=k",
        "/?status=active&status=revoked",
        "/?q=a&q=b",
        "/activity?account=a&account=b",
        "/site?id=x&id=y",
    ] {
        let answer = grace.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    for field in [("networks", "192.0.2.0/24"), ("expires", "2027-06-01T12:30"), ("user", "ada")] {
        let form = grace.get("/keys/new").await;
        let fields = [("scheme", "api-key"), ("account", "acme"), field, field];
        let answer = grace.submit(&form, "/keys/new", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field:?}");
        assert!(answer.has("A field is there more than once"), "{field:?}");
    }
    let keys = world.store.list(&portcullis::store::KeyQuery::new(Realm::default()), NOW).await;
    assert_eq!(keys.expect("a list").len(), 1, "no key was issued");
}

#[tokio::test]
async fn keys_are_bound_to_users_of_the_filter_alone_and_no_others_are_offered() {
    let world = World::with(|console| console.with_user_filter(|user| user.as_str() == "ada")).await;
    let mut grace = world.logged_in("grace").await;
    for path in ["/keys/new", "/bulk"] {
        let form = grace.get(path).await;
        assert!(form.has("<option value=\"ada\"") && !form.has("<option value=\"eve\""), "{path}");
    }
    let form = grace.get("/keys/new").await;
    let refused = grace.submit(&form, "/keys/new", &[("scheme", "api-key"), ("user", "eve")]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("not bound to this user"));
    let form = grace.get("/keys/new").await;
    let issued = grace.submit(&form, "/keys/new", &[("scheme", "api-key"), ("user", "ada")]).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.text);
}
