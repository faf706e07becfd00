//! Users, accounts and sites; groups, roles and privileges.

mod access;
mod added;
mod lists;
mod mistakes;

use http::StatusCode;
use portcullis::Scopes;
use portcullis::audit::{ActivityQuery, RecentEvents};
use portcullis::store::{KeyAdmin, OwnerKind, OwnerSummary, RoleStore, UserRights};

use crate::harness::{Answer, Browser, World};

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
