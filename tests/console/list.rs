//! Searching, filtering, sorting and paging.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use portcullis::store::{Enabled, KeyAdmin, KeyOwner, KeyRef, NewKey};
use portcullis::{Realm, Scheme};
use regex::Regex;

use crate::harness::{Answer, Browser, NOW, World};

const DAY: Duration = Duration::from_secs(86_400);

/// The ids of the keys that a page lists, in their order.
fn ids(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let cell = Regex::new(r#"data-label="Key"><div><code>([^<]*)</code>"#).expect("a pattern");
    cell.captures_iter(&page.text).map(|found| found[1].to_owned()).collect()
}

/// Where the link of these words leads.
fn link(page: &Answer, words: &str) -> Option<String> {
    let pattern = format!(r#"href="/admin/keys([^"]*)"[^>]*>{words}</a>"#);
    let found = Regex::new(&pattern).expect("a pattern").captures(&page.text)?;
    Some(found[1].replace("&amp;", "&"))
}

fn named(id: &str) -> KeyRef {
    KeyRef { realm: Realm::default(), id: id.into() }
}

#[tokio::test]
async fn pages_go_on_without_gaps_or_repeats_and_keep_the_filter() {
    let world = World::new().await;
    for number in 0..130 {
        let label = if number % 2 == 0 { "even" } else { "odd" };
        drop(world.issue(World::api_key(&format!("key-{number:03}")).with_label(label)).await);
    }
    let mut ada = world.logged_in("ada").await;
    for (query, count) in [("/", 130), ("/?q=even&sort=created&dir=up", 65)] {
        let mut seen = BTreeSet::new();
        let mut page = ada.get(query).await;
        assert_eq!(link(&page, "First page"), None);
        loop {
            let ids = ids(&page);
            assert!((1..=50).contains(&ids.len()), "{}", ids.len());
            for id in ids {
                assert!(seen.insert(id.clone()), "{id} twice");
            }
            let Some(next) = link(&page, "Next page") else { break };
            page = ada.get(&next).await;
            assert!(link(&page, "First page").is_some());
        }
        assert_eq!(seen.len(), count, "{query}");
    }
}

#[tokio::test]
async fn the_list_shows_how_each_key_stands_and_finds_it_by_that() {
    let world = World::new().await;
    let key = |id: &str| World::api_key(id);
    drop(world.issue(key("used")).await);
    world.store.record_uses(&[(named("used"), NOW)]).await.expect("recorded");
    drop(world.issue(key("unused")).await);
    drop(world.issue(key("expiring").with_expires_at(NOW.saturating_add(DAY))).await);
    drop(world.issue(key("expired").with_expires_at(NOW.saturating_sub(DAY))).await);
    drop(world.issue(key("future").with_not_before(NOW.saturating_add(DAY))).await);
    for (id, off) in [("off", true), ("revoked", false)] {
        drop(world.issue(key(id)).await);
        match off {
            true => world.store.set_enabled(&named(id), Enabled::No).await.expect("off"),
            false => world.store.revoke(&named(id), "left", NOW).await.expect("revoked"),
        }
    }
    let mut ada = world.logged_in("ada").await;
    let page = ada.get("/").await;
    for (word, words, wanted) in [
        ("active", "Active", vec!["expiring", "unused", "used"]),
        ("never-used", "Never used", vec!["expiring", "unused"]),
        ("expiring", "Expiring", vec!["expiring"]),
        ("not-yet-valid", "Not yet valid", vec!["future"]),
        ("disabled", "Disabled", vec!["off"]),
        ("expired", "Expired", vec!["expired"]),
        ("revoked", "Revoked", vec!["revoked"]),
        ("owner-inactive", "Owner inactive", vec![]),
    ] {
        let light = Regex::new(&format!(r#"class="light[a-z ]*">{words}<"#)).expect("a pattern");
        assert_eq!(light.is_match(&page.text), !wanted.is_empty(), "{words}");
        assert_eq!(ids(&ada.get(&format!("/?status={word}")).await), wanted, "{word}");
    }
    assert_eq!(ada.get("/?status=nonsense").await.status, StatusCode::NOT_FOUND);

    assert!(ids(&ada.get("/?due=1").await).is_empty());
    world.clock.advance(DAY * 91);
    let mut ada = world.logged_in("ada").await;
    assert!(ids(&ada.get("/?due=1").await).contains(&"used".to_owned()));
    assert!(ada.get("/").await.has(">Due<"));
}

#[tokio::test]
async fn a_search_finds_a_key_by_all_that_the_list_shows() {
    let world = World::new().await;
    let owner = KeyOwner::user("ada").for_site("acme-2");
    let shop = NewKey::new(Scheme::ApiKey, owner)
        .with_id("one")
        .with_label("Shop <i>robot</i>")
        .with_prefix("igny8_");
    let shop = world.issue(shop).await;
    drop(world.issue(NewKey::new(Scheme::XAuth, KeyOwner::account("globex")).with_id("two")).await);
    let last: String = shop.secret.expose_text().expect("text").chars().rev().take(4).collect();
    let last: String = last.chars().rev().collect();
    let mut ada = world.logged_in("ada").await;
    let page = ada.get("/").await;
    assert!(page.has(&format!("igny8_…{last}")) && page.has("Shop &lt;i&gt;robot&lt;/i&gt;"));
    assert!(!page.has(shop.secret.expose_text().expect("text")));
    for query in [
        "q=one",
        "q=ROBOT+shop",
        "q=ada",
        "q=acme-2",
        "q=2.acme.example",
        "q=igny8",
        "scheme=api-key",
        "user=ada",
        "site=acme-2",
        "account=acme",
    ] {
        assert_eq!(ids(&ada.get(&format!("/?{query}")).await), ["one"], "{query}");
    }
    let by_end = ids(&ada.get(&format!("/?q={last}")).await);
    assert!(by_end.contains(&"one".to_owned()), "{by_end:?}");
    for query in ["q=globex", "scheme=x-auth", "account=globex"] {
        assert_eq!(ids(&ada.get(&format!("/?{query}")).await), ["two"], "{query}");
    }
    for query in ["q=%25", "q=_x_", "q=one+two", "q=%22", "q=nobody", "site=acme-1"] {
        let page = ada.get(&format!("/?{query}")).await;
        assert!(ids(&page).is_empty() && page.has("No key fits."), "{query}");
    }
    let page = ada.get("/?q=%22%3E%3Cscript%3E").await;
    assert!(!page.has("\"><script>") && page.has("&quot;&gt;&lt;script&gt;"));
}

#[tokio::test]
async fn a_click_on_a_head_sorts_and_another_turns_it_round() {
    let world = World::new().await;
    for (id, label) in [("a", "third"), ("b", "first"), ("c", "second")] {
        drop(world.issue(World::api_key(id).with_label(label)).await);
    }
    world.store.record_uses(&[(named("b"), NOW)]).await.expect("recorded");
    let mut ada = world.logged_in("ada").await;
    let click = async |ada: &mut Browser, page: &Answer, words: &str| {
        let place = link(page, words).expect("a link");
        ada.get(&place).await
    };
    let page = ada.get("/?q=").await;
    let up = click(&mut ada, &page, "Label").await;
    assert_eq!(ids(&up), ["b", "c", "a"]);
    assert!(up.has("aria-sort=\"ascending\""));
    let down = click(&mut ada, &up, "Label").await;
    assert_eq!(ids(&down), ["a", "c", "b"]);
    assert!(down.has("aria-sort=\"descending\""));
    let used = click(&mut ada, &down, "Last used").await;
    assert_eq!(ids(&used)[0], "b");
    for wrong in ["/?sort=nonsense", "/?sort=label&dir=x"] {
        assert_eq!(ada.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}
