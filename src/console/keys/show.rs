//! One key.

use maud::{Markup, html};

use super::fields::{allowed, entry_points};
use super::light::{is_due, light};
use super::named;
use super::switch::hidden;
use crate::console::form::query;
use crate::console::layout::{Section, token};
use crate::console::moments::{distance, minute, moment, moment_or};
use crate::console::reply::{Answer, Failure, Page};
use crate::console::visit::Visit;
use crate::store::{KeyRef, KeyState, KeySummary, SavedEntryPoint};

pub(super) async fn show(visit: Visit) -> Answer {
    let key = named(&visit.query, &visit.shared.settings)?;
    let held = visit.store().find_key(&key).await?.ok_or(Failure::Unknown("key"))?;
    let saved = visit.store().entry_points().await?;
    let title = if held.label.is_empty() { format!("Key {}", held.id) } else { held.label.clone() };
    let body = html! {
        (facts(&visit, &held))
        @if visit.shared.activity.is_some() {
            p { a href=(visit.link(&format!("/activity?{}", query(&[("realm", key.realm.as_str()), ("key", key.id.as_str())])))) { "What happened with it" } }
        }
        @if visit.may_change() {
            @if held.state == KeyState::Revoked {
                p { "A revoked key cannot be changed." }
            } @else {
                (edit(&visit, &key, &held, &saved))
                (switches(&visit, &key, &held))
            }
        }
    };
    Ok(Page::new(Section::Keys, title, body).into())
}

fn facts(visit: &Visit, key: &KeySummary) -> Markup {
    let (settings, now) = (&visit.shared.settings, visit.now);
    let of = |name: &'static str, id: Option<&str>| {
        html! {
            @if let Some(id) = id {
                dt { (name) }
                dd { a href=(visit.link(&format!("/?{}", query(&[("realm", key.realm.as_str()), (&name.to_lowercase(), id)])))) { (id) } }
            }
        }
    };
    html! {
        div.panel {
            dl {
                dt { "Status" } dd { (light(key, settings, now)) @if is_due(key, settings, now) { " " span.light.warn { "Due for renewal" } } }
                dt { "Id" } dd { code { (key.id) } }
                @if settings.realms.len() > 1 { dt { "Realm" } dd { (key.realm) } }
                @if !key.hint.is_none() { dt { "Secret" } dd { code { (key.hint) } } }
                dt { "Scheme" } dd { (key.scheme.name()) }
                (of("User", key.owner.user.as_ref().map(|id| id.as_str())))
                (of("Account", key.owner.account.as_ref().map(|id| id.as_str())))
                (of("Site", key.owner.site.as_ref().map(|id| id.as_str())))
                @if let Some(url) = &key.site_url { dt { "Site URL" } dd { (url) } }
                dt { "Scopes" } dd { @if key.scopes.iter().next().is_none() { "none" } @for scope in key.scopes.iter() { code { (scope) } " " } }
                dt { "Entry points" }
                dd { @match key.entry_points.names() { None => "all", Some(names) => @for name in names { code { (name) } " " } } }
                dt { "Networks" }
                dd {
                    @if key.networks.allowed().is_empty() { "all" }
                    @for network in key.networks.allowed() { code { (network) } " " }
                    @for network in key.networks.denied() { "not " code { (network) } " " }
                }
                @if !key.limits.is_none() {
                    dt { "Limits" }
                    dd { @for limit in key.limits.iter() { (limit.count()) " in " (limit.period().as_secs()) " s " } }
                }
                dt { "Created" } dd { (moment(key.created_at)) }
                dt { "Newest secret" } dd { (moment(key.renewed_at)) " (" (distance(key.renewed_at, now)) ")" }
                @if let Some(end) = key.previous_until.filter(|end| *end > now) { dt { "Old secret until" } dd { (moment(end)) } }
                dt { "Last used" } dd { (moment_or(key.last_used, "never")) }
                @if let Some(start) = key.not_before { dt { "Valid from" } dd { (moment(start)) } }
                dt { "Expires" } dd { (moment_or(key.expires_at, "never")) }
                @if let Some(revoked) = &key.revoked { dt { "Revoked" } dd { (moment(revoked.at)) ": " (revoked.reason) } }
                @if !key.note.is_empty() { dt { "Note" } dd { pre { (key.note) } } }
            }
        }
    }
}

fn edit(visit: &Visit, key: &KeyRef, held: &KeySummary, saved: &[SavedEntryPoint]) -> Markup {
    let is_ticked =
        |name: &str| held.entry_points.names().is_some_and(|mut names| names.any(|held| held == name));
    let scopes = held.scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let expires = held.expires_at.map(minute).unwrap_or_default();
    html! {
        h2 { "Edit" }
        form method="post" action=(visit.link("/keys/edit")) {
            (token(&visit.me)) (hidden(key))
            div.grid {
                div { label for="label" { "Label" } input #label name="label" value=(held.label) maxlength="255" autocomplete="off"; }
                div { label for="scopes" { "Scopes" } input #scopes name="scopes" value=(scopes) autocomplete="off" spellcheck="false"; }
                div { label for="networks" { "Networks" } input #networks name="networks" value=(allowed(held)) autocomplete="off" spellcheck="false"; p.hint { "Empty: from everywhere." } }
                div { label for="expires" { "Expires (UTC)" } input #expires type="datetime-local" name="expires" value=(expires); p.hint { "Empty: it does not." } }
                (entry_points(saved, &is_ticked))
                @if held.entry_points.names().is_some() {
                    div.wide { label.tick { input type="checkbox" name="everything" value="1"; "Without a ticked entry point, it may call everything" } }
                }
                div.wide { label for="note" { "Note" } textarea #note name="note" rows="3" { (held.note) } }
            }
            p { button type="submit" { "Save" } }
        }
    }
}

fn switches(visit: &Visit, key: &KeyRef, held: &KeySummary) -> Markup {
    let post = |path: &str, inside: Markup| {
        html! { form.panel method="post" action=(visit.link(path)) { (token(&visit.me)) (hidden(key)) (inside) } }
    };
    html! {
        h2 { "Switch" }
        @if held.state == KeyState::Enabled {
            (post("/keys/disable", html! { p { "While it is off, requests with it are refused." } button.quiet type="submit" { "Disable" } }))
        } @else {
            (post("/keys/enable", html! { p { "It is off: requests with it are refused." } button type="submit" { "Enable" } }))
        }
        h2 { "New secret" }
        (post("/keys/rotate", html! {
            (visit.once_field())
            div.row {
                div { label for="overlap" { "Days that the old secret lives on" } input #overlap type="number" name="overlap" min="0" max="90" value="7" required; }
                button type="submit" { "Rotate" }
            }
        }))
        (post("/keys/regenerate", html! {
            (visit.once_field())
            p { "The old secret ends at once: whoever uses it is refused until it has the new one." }
            button.danger type="submit" { "Regenerate" }
        }))
        h2 { "Revoke" }
        (post("/keys/revoke", html! {
            p { label for="reason" { "Reason" } input #reason name="reason" maxlength="255" required autocomplete="off"; }
            p { label.tick { input type="checkbox" name="sure" value="1" required; "This is for good" } }
            button.danger type="submit" { "Revoke" }
        }))
        @if let Some(site) = &held.owner.site {
            h2 { "Clear the site" }
            (post("/keys/clear", html! {
                input type="hidden" name="site" value=(site);
                p { "Revokes every key of the site " b { (site) } "." }
                p { label for="clear-reason" { "Reason" } input #clear-reason name="reason" maxlength="255" required autocomplete="off"; }
                p { label.tick { input type="checkbox" name="sure" value="1" required; "All of them, for good" } }
                button.danger type="submit" { "Clear" }
            }))
        }
    }
}
