//! Keys for many sites.

use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use portcullis::store::{KeyAdmin, KeyOwner, KeyQuery, KeySummary, RoleAdmin};
use portcullis::{AccountId, Realm, Scope, SiteId};

use crate::harness::{Answer, BASE, Browser, NOW, World, recorded};

const REFRESH: &str = "http-equiv=\"refresh\"";

/// Sends the form for the keys of sites.
async fn begin(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get("/bulk").await;
    let all: Vec<_> = [("scheme", "api-key")].iter().chain(fields).copied().collect();
    browser.submit(&page, "/bulk", &all).await
}

/// Looks at the page of a job until it is over.
async fn settled(browser: &mut Browser, begun: &Answer) -> Answer {
    for _ in 0..10_000 {
        let page = browser.follow(begun).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        if !page.has(REFRESH) {
            return page;
        }
        tokio::task::yield_now().await;
    }
    panic!("the job does not end");
}

async fn download(browser: &mut Browser, page: &Answer) -> Answer {
    browser.submit(page, "/bulk/download", &[]).await
}

/// The cells of a file without its head.
fn cells(file: &Answer) -> Vec<[String; 3]> {
    let mut lines = file.text.split_terminator("\r\n");
    assert_eq!(lines.next(), Some("site,key_id,secret"));
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>().try_into();
    lines.map(|line| cells(line).expect("three cells")).collect()
}

async fn keys(world: &World) -> Vec<KeySummary> {
    let query = KeyQuery::new(Realm::default()).with_limit(20_000);
    world.store.list(&query, NOW).await.expect("a list")
}

async fn add_sites(world: &World, ids: impl Iterator<Item = String>) {
    for id in ids {
        world.store.add_site(&SiteId::from(id), &AccountId::from("acme")).await.expect("added");
    }
}

#[tokio::test]
async fn every_chosen_site_gets_a_key_and_the_secrets_come_once() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let fields = [
        ("sites", "acme-1\r\n\r\n acme-2 \r\nacme-1"),
        ("chosen", "globex-1"),
        ("chosen", "acme-2"),
        ("label", "fair of {site}"),
        ("scopes", "orders:read"),
        ("entry_point", "orders.read"),
        ("note", "for the fair"),
    ];
    let begun = begin(&mut grace, &fields).await;
    let running = grace.follow(&begun).await;
    assert!(running.has(REFRESH) && running.has("<progress max=\"3\" value=\"0\""), "{}", running.text);
    assert!(running.has("0 of 3 keys are made"));

    let page = settled(&mut grace, &begun).await;
    assert!(page.has("3 of 3 keys are made") && page.has("<b>once</b>"), "{}", page.text);
    let file = download(&mut grace, &page).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text);
    let header = |name| file.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    assert_eq!(header(CONTENT_TYPE), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(header(CONTENT_DISPOSITION), Some("attachment; filename=\"keys.csv\""));
    assert_eq!(header(http::header::CACHE_CONTROL), Some("no-store"));

    let lines = cells(&file);
    assert_eq!(
        lines.iter().map(|[site, ..]| site.as_str()).collect::<Vec<_>>(),
        ["acme-1", "acme-2", "globex-1"]
    );
    for [site, id, secret] in &lines {
        assert!(world.opens(secret).await, "{site}");
        let key = world.key(id).await;
        let account = site.split('-').next().expect("a part");
        assert_eq!(key.owner, KeyOwner::account(account).for_site(site.as_str()));
        assert_eq!((key.label, key.note.as_str()), (format!("fair of {site}"), "for the fair"));
        assert_eq!(key.scopes.to_string(), "orders:read");
        assert!(key.entry_points.allow("orders.read") && !key.entry_points.allow("orders.create"));
        assert!(!page.has(secret) && !recorded(&world.events).contains(secret));
    }
    assert_eq!(keys(&world).await.len(), 3);
    assert!(recorded(&world.events).contains("grace"));

    let again = download(&mut grace, &page).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(
        again.has("were downloaded, and are gone") && lines.iter().all(|[.., secret]| !again.has(secret))
    );
    let page = grace.follow(&begun).await;
    assert!(page.has("were downloaded, and are gone") && !page.has("/bulk/download"));
}

#[tokio::test]
async fn a_site_that_is_not_known_stops_it_and_the_page_says_which() {
    let world = World::new().await;
    let ids = || (0..250).map(|number| format!("many-{number:03}"));
    add_sites(&world, ids().filter(|id| id != "many-150")).await;
    let mut grace = world.logged_in("grace").await;
    let sites = ids().collect::<Vec<_>>().join("\r\n");
    let begun = begin(&mut grace, &[("sites", &sites)]).await;
    let page = settled(&mut grace, &begun).await;
    assert!(page.has("100 of 250 keys are made"), "{}", page.text);
    assert!(page.has("There are sites that are not known") && page.has("<li><code>many-150</code></li>"));
    assert_eq!(page.text.matches("<li><code>").count(), 1);
    assert!(
        page.has("100 sites were in the change that failed") && page.has("50 behind them were not tried")
    );
    let left =
        page.text.split("<textarea").nth(1).expect("a text").split("</textarea").next().expect("an end");
    let left: Vec<_> = left.lines().skip(1).collect();
    assert_eq!(left, ids().skip(100).collect::<Vec<_>>());
    let file = download(&mut grace, &page).await;
    assert_eq!(
        cells(&file).iter().map(|[site, ..]| site.clone()).collect::<Vec<_>>(),
        ids().take(100).collect::<Vec<_>>()
    );
    assert_eq!(keys(&world).await.len(), 100);
}

#[tokio::test]
async fn sites_of_another_account_and_unknown_users_are_told_apart() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let sites = ("sites", "acme-1\r\nglobex-2");
    for (field, value, reason, wrong) in [
        ("account", "acme", "There are sites of another account", Some("globex-2")),
        ("user", "nobody", "The user or the account is not known", None),
    ] {
        let begun = begin(&mut grace, &[sites, (field, value)]).await;
        let page = settled(&mut grace, &begun).await;
        assert!(page.has(reason) && page.has("0 of 2 keys are made"), "{}", page.text);
        assert!(page.has("There is nothing to download") && !page.has("/bulk/download"));
        let listed = page.text.matches("<li><code>").count();
        assert_eq!(listed, usize::from(wrong.is_some()));
        assert!(wrong.is_none_or(|site| page.has(&format!("<li><code>{site}</code></li>"))));
    }
    assert!(keys(&world).await.is_empty());
}

#[tokio::test]
async fn a_form_that_is_sent_twice_begins_one_job() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let form = grace.get("/bulk").await;
    let fields = [("scheme", "api-key"), ("sites", "acme-1")];
    let begun = grace.submit(&form, "/bulk", &fields).await;
    let again = grace.submit(&form, "/bulk", &fields).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.has("This form was sent before"));
    settled(&mut grace, &begun).await;
    assert_eq!(keys(&world).await.len(), 1);
    // The page has the way to the job that there is.
    let link = format!("{BASE}{}", begun.leads_to());
    assert!(again.has(&link) && grace.get("/bulk").await.has(&link));
}

#[tokio::test]
async fn a_job_is_shown_to_nobody_else() {
    let world = World::new().await;
    let (mut grace, mut other) = (world.logged_in("grace").await, world.logged_in("gone").await);
    let begun = begin(&mut grace, &[("sites", "acme-1")]).await;
    let page = settled(&mut grace, &begun).await;
    let (place, id) = (begun.leads_to(), begun.leads_to().split('=').nth(1).expect("an id"));
    assert_eq!(id.len(), 32);
    assert_eq!(other.get(place).await.status, StatusCode::NOT_FOUND);
    assert!(!other.get("/bulk").await.has(id));
    let own = other.get("/bulk").await.hidden("/bulk");
    let token = own.into_iter().find(|(name, _)| name == "token").expect("a token").1;
    let stolen = other.post("/bulk/download", &[("token", &token), ("id", id)]).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    for wrong in ["/bulk/job", "/bulk/job?id=", "/bulk/job?id=x"] {
        assert_eq!(grace.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    assert_eq!(cells(&download(&mut grace, &page).await).len(), 1);
}

#[tokio::test]
async fn what_was_begun_is_finished_and_the_secrets_are_for_who_may_change() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let begun = begin(&mut grace, &[("sites", "acme-1\nacme-2")]).await;
    let offered = settled(&mut grace, &begun).await;
    let second = begin(&mut grace, &[("sites", "acme-3")]).await;
    let privilege = Scope::new("keys:change").expect("a scope");
    world.store.take_privilege_from_role(&privilege, &"grace-role".into()).await.expect("taken");
    let page = settled(&mut grace, &second).await;
    assert!(
        page.has("1 of 1 keys are made") && page.has("may not change anything any more"),
        "{}",
        page.text
    );
    assert!(!page.has("Download the secrets"));
    assert_eq!(download(&mut grace, &offered).await.status, StatusCode::FORBIDDEN);
    assert_eq!(keys(&world).await.len(), 3);
    world.store.give_privilege_to_role(&privilege, &"grace-role".into()).await.expect("given");
    assert_eq!(cells(&download(&mut grace, &offered).await).len(), 2);
}

#[tokio::test]
async fn a_job_goes_on_when_its_user_logs_out() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let begun = begin(&mut grace, &[("sites", "acme-1")]).await;
    let page = grace.get("/").await;
    grace.submit(&page, "/log-out", &[]).await;
    assert_eq!(grace.get(begun.leads_to()).await.status, StatusCode::UNAUTHORIZED);
    let mut grace = world.logged_in("grace").await;
    let page = settled(&mut grace, &begun).await;
    assert_eq!(cells(&download(&mut grace, &page).await).len(), 1);
}

#[tokio::test]
async fn secrets_that_nobody_downloads_are_gone_after_fifteen_minutes() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let begun = begin(&mut grace, &[("sites", "acme-1")]).await;
    let offered = settled(&mut grace, &begun).await;
    world.clock.advance(Duration::from_secs(15 * 60));
    let late = download(&mut grace, &offered).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert!(late.has("Nobody downloaded the secrets in time"));
    let page = grace.follow(&begun).await;
    assert!(page.has("Nobody downloaded the secrets in time") && !page.has("/bulk/download"));
    assert_eq!(keys(&world).await.len(), 1);
}

#[tokio::test]
async fn no_more_than_five_results_wait_for_one_user() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        let begun = begin(&mut grace, &[("sites", "acme-1")]).await;
        jobs.push(settled(&mut grace, &begun).await);
    }
    let refused = begin(&mut grace, &[("sites", "acme-1"), ("label", "kept")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("5 of your jobs run") && refused.value("label").as_deref() == Some("kept"));
    assert_eq!(keys(&world).await.len(), 5);
    let mut other = world.logged_in("gone").await;
    let begun = begin(&mut other, &[("sites", "acme-1")]).await;
    settled(&mut other, &begun).await;
    download(&mut grace, &jobs[0]).await;
    let begun = begin(&mut grace, &[("sites", "acme-1")]).await;
    settled(&mut grace, &begun).await;
    assert_eq!(keys(&world).await.len(), 7);
}

#[tokio::test]
async fn a_form_with_a_mistake_makes_no_key_and_is_shown_again() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let many = (0..10_001).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
    let long = "x".repeat(250);
    for (fields, message) in [
        (vec![("sites", " \r\n ")], "No site is chosen"),
        (vec![("sites", many.as_str())], "10001 sites are chosen"),
        (vec![("sites", "acme-1"), ("label", long.as_str())], "The key of site acme-1"),
        (vec![("sites", "acme-1"), ("scopes", "a\"b")], "A scope is a word"),
        (vec![("sites", "acme-1"), ("expires", "tomorrow")], "is a date such as"),
        (vec![("sites", "acme-1"), ("networks", "300.0.0.1")], "network"),
    ] {
        let answer = begin(&mut grace, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        assert!(answer.has(message), "{message}: {}", answer.text);
        assert!(fields[0].1.trim().is_empty() || answer.has("name=\"sites\""), "{message}");
    }
    let kept =
        begin(&mut grace, &[("sites", "acme-1\n<b>"), ("chosen", "globex-3"), ("expires", "soon")]).await;
    assert!(kept.has("\nacme-1\n&lt;b&gt;\nglobex-3\n</textarea>"), "{}", kept.text);
    assert!(keys(&world).await.is_empty());
}

#[tokio::test]
async fn sites_are_chosen_from_several_parts_of_the_list() {
    let world = World::new().await;
    add_sites(&world, (0..120).map(|number| format!("many-{number:03}"))).await;
    let mut grace = world.logged_in("grace").await;
    let page = grace.get("/bulk").await;
    assert!(page.has("value=\"acme-1\"") && !page.has("value=\"many-119\"") && page.has("More sites"));
    let fields = [("chosen", "acme-1"), ("label", "kept"), ("scheme", "x-auth"), ("go", "next")];
    let page = grace.submit(&page, "/bulk/choose", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.has("name=\"chosen\" value=\"many-119\"") && !page.has("name=\"chosen\" value=\"acme-1\""));
    assert!(page.has("\nacme-1\n</textarea>") && page.value("label").as_deref() == Some("kept"));
    assert!(page.has("value=\"x-auth\" selected") && !page.has("More sites") && page.has("First sites"));
    for (part, site) in [("2.GLOBEX", "globex-2"), ("many-007", "many-007"), ("globex", "globex-3")] {
        let fields = [("sites", "acme-1"), ("chosen", "many-119"), ("q", part), ("go", "first")];
        let page = grace.submit(&page, "/bulk/choose", &fields).await;
        assert!(page.has(&format!("name=\"chosen\" value=\"{site}\"")), "{part}: {}", page.text);
        assert!(!page.has("value=\"acme-2\"") && page.has("\nacme-1\nmany-119\n</textarea>"));
    }
    assert!(keys(&world).await.is_empty(), "choosing issues nothing");
}

#[tokio::test]
async fn who_may_only_see_is_offered_no_form() {
    let world = World::new().await;
    let mut ada = world.logged_in("ada").await;
    let page = ada.get("/bulk").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.has("may see keys, and not issue any") && !page.has("name=\"sites\"") && !page.has("acme-1")
    );
}

#[tokio::test]
async fn no_cell_of_the_file_is_a_formula() {
    let world = World::new().await;
    add_sites(&world, ["=HYPERLINK(1)", "@sum", "-1", "+1"].map(str::to_owned).into_iter()).await;
    let mut grace = world.logged_in("grace").await;
    let begun = begin(&mut grace, &[("sites", "=HYPERLINK(1)\n@sum\n-1\n+1")]).await;
    let page = settled(&mut grace, &begun).await;
    let file = cells(&download(&mut grace, &page).await);
    let sites: Vec<_> = file.iter().map(|[site, ..]| site.as_str()).collect();
    assert_eq!(sites, ["'=HYPERLINK(1)", "'@sum", "'-1", "'+1"]);
}
