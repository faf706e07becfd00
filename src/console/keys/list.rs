//! The list of keys.

use maud::{Markup, html};

use super::filter::{self, PAGE, head};
use super::light::{is_due, light};
use super::{page_of, reference};
use crate::console::form::query;
use crate::console::layout::Section;
use crate::console::moments::{distance, moment, moment_or};
use crate::console::reply::{Answer, Page};
use crate::console::visit::Visit;
use crate::store::KeySummary;

pub(super) async fn list(visit: Visit) -> Answer {
    let wanted = filter::query(&visit)?;
    let mut keys = visit.store().list(&wanted, visit.now).await?;
    let more = keys.len() > PAGE;
    keys.truncate(PAGE);
    let next = keys.last().filter(|_| more).map(|last| {
        let rest = visit.query.query_without(&["after", "done"]);
        let after = query(&[("after", last.id.as_str())]);
        visit.link(&format!("/?{rest}{}{after}", if rest.is_empty() { "" } else { "&" }))
    });
    let first = visit
        .query
        .is_set("after")
        .then(|| visit.link(&format!("/?{}", visit.query.query_without(&["after", "done"]))));
    let body = html! {
        @if visit.may_change() {
            p.row {
                a.button href=(visit.link("/keys/new")) { "Issue a key" }
                a.button.quiet href=(visit.link("/bulk")) { "Keys for sites" }
            }
        }
        (filter::form(&visit))
        (owners(&visit))
        @if keys.is_empty() {
            p { "No key fits." }
        } @else {
            (table(&visit, &keys))
        }
        nav.row aria-label="Pages" {
            @if let Some(first) = first { a.button.quiet href=(first) { "First page" } }
            @if let Some(next) = next { a.button.quiet rel="next" href=(next) { "Next page" } }
        }
    };
    Ok(Page::new(Section::Keys, "Keys", body).into())
}

/// Whose keys these are, where the list is of one owner's.
fn owners(visit: &Visit) -> Markup {
    let named = ["user", "account", "site"].into_iter();
    let named: Vec<_> = named.filter_map(|name| Some((name, visit.query.text(name)?))).collect();
    html! {
        @for (name, value) in named {
            p { "Only keys of " (name) " " b { (value) } ". "
                a href=(visit.link(&format!("/?{}", visit.query.query_without(&[name, "after"])))) { "Show those of every " (name) } }
        }
    }
}

fn table(visit: &Visit, keys: &[KeySummary]) -> Markup {
    let (settings, now) = (&visit.shared.settings, visit.now);
    html! {
        div.scroll {
            table.stack {
                caption { "Times are in UTC." }
                thead {
                    tr {
                        (head(visit, "Label", "label")) (head(visit, "Key", "id")) th scope="col" { "Status" }
                        th scope="col" { "Scheme" } th scope="col" { "User" } th scope="col" { "Account" }
                        th scope="col" { "Site" } (head(visit, "Created", "created"))
                        (head(visit, "Last used", "used")) (head(visit, "Renewal", "renewed"))
                        (head(visit, "Expires", "expires"))
                    }
                }
                tbody {
                    @for key in keys {
                        tr {
                            td data-label="Label" {
                                a href=(visit.link(&page_of(&reference(key)))) { @if key.label.is_empty() { (key.id) } @else { (key.label) } }
                            }
                            td data-label="Key" { div { code { (key.id) } @if !key.hint.is_none() { div.hint { code { (key.hint) } } } } }
                            td data-label="Status" { div { (light(key, settings, now)) } }
                            td.nowrap data-label="Scheme" { (key.scheme.name()) }
                            td data-label="User" { (owner(key.owner.user.as_ref().map(|id| id.as_str()))) }
                            td data-label="Account" { (owner(key.owner.account.as_ref().map(|id| id.as_str()))) }
                            td data-label="Site" {
                                div {
                                    (owner(key.owner.site.as_ref().map(|id| id.as_str())))
                                    @if let Some(url) = &key.site_url { div.hint { (url) } }
                                }
                            }
                            td.nowrap data-label="Created" { (moment(key.created_at)) }
                            td.nowrap data-label="Last used" { (moment_or(key.last_used, "never")) }
                            td data-label="Renewal" {
                                @if is_due(key, settings, now) { span.light.warn { "Due" } }
                                @else { (distance(key.renewed_at.saturating_add(settings.renewal), now)) }
                            }
                            td.nowrap data-label="Expires" { (moment_or(key.expires_at, "never")) }
                        }
                    }
                }
            }
        }
    }
}

fn owner(id: Option<&str>) -> Markup {
    html! { (id.unwrap_or("–")) }
}
