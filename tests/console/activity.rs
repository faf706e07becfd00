//! What happened: requests at a service behind the same log, and what administrators did.

use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{Request, StatusCode};
use portcullis::Timestamp;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::audit::{ActivityKind, ActivityLog, ActivityQuery, HourCount, RecentEvent, RecentEvents};
use portcullis::store::memory::MemoryAddresses;
use portcullis::store::{Enabled, KeyAdmin, KeyOwner, KeyRef, NewKey, StoreError};
use portcullis::tower::AuthLayer;
use regex::Regex;
use tower::ServiceExt;

use crate::harness::{Answer, World, recorded};

/// A console that shows what is recorded, and a service whose requests are.
struct Watched {
    world: World,
    service: Router,
}

impl Watched {
    async fn new() -> Self {
        let events = RecentEvents::default();
        let shown = events.clone();
        let world = World::with(|console| console.with_audit(shown.clone()).with_activity(shown)).await;
        let layer = AuthLayer::new(ApiKeyAuthenticator::new(world.store.clone(), KeyShape::any()))
            .with_clock(world.clock.clone())
            .with_peer(|extensions| extensions.get::<IpAddr>().copied())
            .with_known_addresses(MemoryAddresses::new())
            .with_audit(events.clone());
        let service = Router::new().fallback(get(async || "orders")).layer(layer);
        Self { world: World { events, ..world }, service }
    }

    /// A key of an account, and its secret.
    async fn issue(&self, id: &str, account: &str) -> String {
        let key = NewKey::new(portcullis::Scheme::ApiKey, KeyOwner::account(account)).with_id(id);
        self.world.issue(key).await.secret.expose_text().expect("text").to_owned()
    }

    /// Asks the service, from an address.
    async fn ask(&self, path: &str, secret: &str, address: [u8; 4]) -> StatusCode {
        let request = Request::get(path).header("authorization", format!("Bearer {secret}"));
        let request = request.extension(IpAddr::from(address)).body(axum::body::Body::empty());
        self.service.clone().oneshot(request.expect("a request")).await.expect("an answer").status()
    }

    async fn switch_off(&self, id: &str) {
        let key = KeyRef { realm: "default".into(), id: id.into() };
        self.world.store.set_enabled(&key, Enabled::No).await.expect("switched off");
    }
}

/// The lines of the list.
fn lines(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let list = page.text.split("<caption>The newest first.").nth(1).unwrap_or_default();
    list.split("<tr").skip(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_refused_attempt_stands_out_and_leads_to_its_key() {
    let watched = Watched::new().await;
    let secret = watched.issue("robot", "acme").await;
    watched.switch_off("robot").await;
    assert_eq!(watched.ask("/orders/7?token=veiled", &secret, [192, 0, 2, 7]).await, 401);
    assert_eq!(watched.ask("/orders/8", "no-such-key-1234567890-abcdefghij", [192, 0, 2, 8]).await, 401);
    let mut ada = watched.world.logged_in("ada").await;
    let page = ada.get("/activity").await;
    let lines = lines(&page);
    assert_eq!(lines.len(), 3, "{}", page.text);
    assert!(lines[0].contains("Accepted") && lines[0].contains("User ada"), "{}", lines[0]);
    assert!(!lines[0].contains("stands-out"), "{}", lines[0]);
    for (line, text, path, address) in [
        (&lines[1], "Refused: the key is unknown", "GET /orders/8<", "192.0.2.8"),
        (&lines[2], "Refused: the key is disabled", "GET /orders/7<", "192.0.2.7"),
    ] {
        assert!(line.contains(r#" class="stands-out">"#), "{line}");
        for part in [text, path, address] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    let link = Regex::new(r#"<a href="/admin/keys(/key\?[^"]*)">robot</a>"#).expect("a pattern");
    let link = link.captures(&lines[2]).expect("a link")[1].replace("&amp;", "&");
    let key = ada.get(&link).await;
    assert!(key.status == StatusCode::OK && key.has("<code>robot</code>"), "{}", key.text);
    assert!(
        !page.has("veiled") && !page.has(&secret) && !page.has("no-such-key-1234567890-abcdefghij"),
        "{}",
        page.text
    );

    // The page of the key leads back to what happened with it.
    assert!(key.has("/admin/keys/activity?realm=default&amp;key=robot"), "{}", key.text);
    let about = ada.get("/activity?realm=default&key=robot").await;
    let about = self::lines(&about);
    assert!(about.len() == 1 && about[0].contains("GET /orders/7<"), "{about:?}");
}

#[tokio::test]
async fn a_first_use_from_a_new_address_stands_out() {
    let watched = Watched::new().await;
    let secret = watched.issue("robot", "acme").await;
    for address in [[192, 0, 2, 7], [192, 0, 2, 7], [198, 51, 100, 3]] {
        assert_eq!(watched.ask("/orders", &secret, address).await, 200);
    }
    let mut ada = watched.world.logged_in("ada").await;
    let lines = lines(&ada.get("/activity?outcome=first-use").await);
    let new: Vec<_> = lines.iter().filter(|line| line.contains(r#" class="new-address">"#)).collect();
    assert_eq!((new.len(), lines.len()), (2, 2), "{lines:?}");
    assert!(new[0].contains("First use from 198.51.100.3") && new[0].contains(">robot</a>"), "{}", new[0]);
    assert!(new[1].contains("First use from 192.0.2.7") && new[1].contains(">acme</a>"), "{}", new[1]);
}

#[tokio::test]
async fn a_filter_narrows_the_list_and_is_shown_again() {
    let watched = Watched::new().await;
    let (acme, globex) = (watched.issue("one", "acme").await, watched.issue("two", "globex").await);
    for secret in [&acme, &globex] {
        assert_eq!(watched.ask("/orders", secret, [192, 0, 2, 7]).await, 200);
    }
    watched.switch_off("two").await;
    assert_eq!(watched.ask("/orders", &globex, [192, 0, 2, 7]).await, 401);
    let mut ada = watched.world.logged_in("ada").await;
    // A request and the first use of its address are two events each; the log-in is one.
    for (query, expected) in [
        ("", 6),
        ("?key=&account=&outcome=", 6),
        ("?key=one", 2),
        ("?key=two", 3),
        ("?account=globex", 3),
        ("?account=acme&key=two", 0),
        ("?outcome=refused", 1),
        ("?outcome=accepted", 3),
        ("?key=two&outcome=accepted", 1),
        ("?key=three", 0),
    ] {
        let page = ada.get(&format!("/activity{query}")).await;
        assert_eq!(lines(&page).len(), expected, "{query}: {}", page.text);
        assert_eq!(page.has("No event fits"), expected == 0, "{query}");
    }
    let page = ada.get("/activity?key=%3Cb%3Etwo&account=%22acme&outcome=refused").await;
    assert_eq!((page.value("key"), page.value("account")), (Some("<b>two".into()), Some("\"acme".into())));
    assert!(page.has(r#"<option value="refused" selected>"#) && !page.has("<b>two"), "{}", page.text);
    for wrong in ["?outcome=maybe", "?before=x", "?before=-1", "?key=one&realm=elsewhere"] {
        let page = ada.get(&format!("/activity{wrong}")).await;
        assert!(page.status == StatusCode::NOT_FOUND && page.has("There is no such"), "{wrong}");
    }
}

#[tokio::test]
async fn pages_go_on_without_repeats_while_more_happens() {
    let watched = Watched::new().await;
    let mut ada = watched.world.logged_in("ada").await;
    for number in 0..120 {
        assert_eq!(watched.ask(&format!("/orders/{number}"), "wrong", [192, 0, 2, 7]).await, 401);
    }
    let older =
        Regex::new(r#"<a class="button quiet" rel="next" href="/admin/keys([^"]*)""#).expect("a pattern");
    let path = Regex::new("GET /orders/([0-9]+)<").expect("a pattern");
    let (mut next, mut seen, mut pages) = (Some("/activity?outcome=refused".to_owned()), Vec::new(), 0);
    while let Some(address) = next {
        let page = ada.get(&address).await;
        let of = |line: &String| path.captures(line).expect("a path")[1].parse::<u32>().expect("a number");
        seen.extend(lines(&page).iter().map(of));
        next = older.captures(&page.text).map(|found| found[1].replace("&amp;", "&"));
        assert_eq!(page.has(">Newest</a>"), pages > 0, "{address}");
        pages += 1;
        assert_eq!(watched.ask("/orders/999", "wrong", [192, 0, 2, 7]).await, 401);
    }
    assert_eq!((pages, seen), (3, (0..120).rev().collect::<Vec<_>>()));
}

#[tokio::test]
async fn what_an_administrator_did_is_there_with_the_name() {
    let watched = Watched::new().await;
    watched.issue("robot", "acme").await;
    let mut grace = watched.world.logged_in("grace").await;
    let key = grace.get("/key?id=robot").await;
    let fields = [("reason", "left the <b>company"), ("sure", "1")];
    let answer = grace.submit(&key, "/keys/revoke", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = grace.get("/activity?outcome=change").await;
    let lines = lines(&page);
    assert_eq!(lines.len(), 1, "{}", page.text);
    assert!(lines[0].contains("Key revoked by grace: left the &lt;b&gt;company"), "{}", lines[0]);
    assert!(lines[0].contains(">robot</a>"), "{}", lines[0]);
    assert!(recorded(&watched.world.events).contains("KeyRevoked"));
}

#[tokio::test]
async fn a_path_is_text_and_never_markup() {
    let watched = Watched::new().await;
    let long = format!("/{}/<script>alert('x')</script>", "a".repeat(300));
    let error = portcullis::AuthError::new(portcullis::Reason::UnknownKey);
    let request = portcullis::audit::RequestFacts::new("GET", &long);
    let event = portcullis::audit::AuditEvent::refused(crate::harness::NOW, request, &error);
    portcullis::audit::AuditSink::record(&watched.world.events, &event);
    let mut ada = watched.world.logged_in("ada").await;
    let page = ada.get("/activity?outcome=refused").await;
    assert!(page.has("&lt;script&gt;alert(") && !page.has("<script>"), "{}", page.text);
    assert!(!page.has(" style="), "the policy forbids it");
}

#[tokio::test]
async fn each_hour_is_counted_in_the_picture() {
    let watched = Watched::new().await;
    let secret = watched.issue("robot", "acme").await;
    let mut ada = watched.world.logged_in("ada").await;
    for _ in 0..3 {
        watched.ask("/orders", &secret, [192, 0, 2, 7]).await;
    }
    watched.world.clock.advance(Duration::from_secs(20 * 60));
    for _ in 0..5 {
        watched.ask("/orders", "wrong", [192, 0, 2, 7]).await;
    }
    // It is 08:20, an hour in which there was the log-in, too.
    let page = ada.get("/activity?outcome=change").await;
    let hour = "<title>08:00: 5 refused, 1 other, 4 accepted</title>";
    assert!(page.has(hour) && page.has("5 refused, 1 other and 4 accepted;"), "{}", page.text);
    assert_eq!(page.text.matches(" refused, 0 other, 0 accepted</title>").count(), 23);
    assert_eq!(page.text.matches(r#"<td class="nowrap" data-label="From">"#).count(), 24);
}

#[tokio::test]
async fn who_may_not_see_sees_no_event() {
    let watched = Watched::new().await;
    let mut eve = watched.world.logged_in("eve").await;
    let page = eve.get("/activity").await;
    assert!(page.status == StatusCode::FORBIDDEN && !page.has("Accepted"), "{}", page.text);
    // That she tried is an event.
    let mut ada = watched.world.logged_in("ada").await;
    let lines = lines(&ada.get("/activity?outcome=refused").await);
    assert!(lines.len() == 1 && lines[0].contains("GET /admin/keys/activity<"), "{lines:?}");
}

#[tokio::test]
async fn without_a_log_the_page_says_how_to_have_one() {
    let world = World::new().await;
    let _ = world.issue(World::api_key("robot")).await;
    let mut ada = world.logged_in("ada").await;
    let page = ada.get("/activity").await;
    assert!(page.status == StatusCode::OK && page.has("Console::with_activity"), "{}", page.text);
    let key = ada.get("/key?id=robot").await;
    assert!(key.status == StatusCode::OK && !key.has("/activity?"), "{}", key.text);
}

/// A log whose events, or whose counts, cannot be read.
struct Broken {
    finds: bool,
}

impl ActivityLog for Broken {
    async fn find(&self, _: &ActivityQuery) -> Result<Vec<RecentEvent>, StoreError> {
        if self.finds { Ok(Vec::new()) } else { Err(StoreError::unavailable("db.internal is down")) }
    }

    async fn hours(&self, now: Timestamp, _: usize) -> Result<Vec<HourCount>, StoreError> {
        let hour = HourCount::new(now).with(ActivityKind::Refused, 1);
        if self.finds { Err(StoreError::Full) } else { Ok(vec![hour]) }
    }
}

#[tokio::test]
async fn an_outage_of_the_log_is_said_and_the_rest_goes_on() {
    for finds in [false, true] {
        let world = World::with(|console| console.with_activity(Broken { finds })).await;
        let mut ada = world.logged_in("ada").await;
        let page = ada.get("/activity").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.has("The log of events cannot be read now: try again soon."), "{}", page.text);
        assert!(!page.has("db.internal"), "{}", page.text);
        assert_eq!(ada.get("/").await.status, StatusCode::OK);
    }
}
