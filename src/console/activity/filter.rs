//! Which events the page shows.

use maud::{Markup, html};

use crate::audit::{ActivityKind, ActivityQuery};
use crate::console::keys::realm;
use crate::console::reply::Failure;
use crate::console::visit::Visit;
use crate::store::KeyRef;

/// How many events a page has.
pub(super) const PAGE: usize = 50;

/// The question to the log.
pub(super) fn query(visit: &Visit) -> Result<ActivityQuery, Failure> {
    let (fields, settings) = (&visit.query, &visit.shared.settings);
    // One more shows whether there is another page.
    let mut query = ActivityQuery::new().with_limit(PAGE + 1);
    if let Some(id) = fields.text("key") {
        query = query.with_key(KeyRef { realm: realm(fields, settings)?, id: id.into() });
    }
    if let Some(account) = fields.text("account") {
        query = query.with_account(account);
    }
    if let Some(name) = fields.text("outcome") {
        query = query.with_outcome(ActivityKind::from_name(name).ok_or(Failure::Unknown("outcome"))?);
    }
    if let Some(number) = fields.text("before") {
        query = query.before(Some(number.parse().map_err(|_| Failure::Unknown("page"))?));
    }
    Ok(query)
}

/// What people call a kind of events.
pub(super) const fn outcome(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Accepted => "Accepted",
        ActivityKind::Refused => "Refused",
        ActivityKind::FirstUse => "First use",
        ActivityKind::Throttled => "Has to wait",
        ActivityKind::Change => "Change",
    }
}

/// The form above the list.
pub(super) fn form(visit: &Visit) -> Markup {
    let (fields, settings) = (&visit.query, &visit.shared.settings);
    let text = |name| fields.text(name).unwrap_or_default();
    html! {
        form.panel role="search" method="get" action=(visit.link("/activity")) data-at-once {
            div.row {
                div { label for="key" { "Key id" } input #key name="key" value=(text("key")) autocomplete="off" spellcheck="false"; }
                @if settings.realms.len() > 1 {
                    div {
                        label for="realm" { "Realm of the key" }
                        select #realm name="realm" {
                            @for realm in &settings.realms {
                                option value=(realm) selected[text("realm") == realm.as_str()] { (realm) }
                            }
                        }
                    }
                }
                div { label for="account" { "Account" } input #account name="account" value=(text("account")) autocomplete="off" spellcheck="false"; }
                div {
                    label for="outcome" { "Outcome" }
                    select #outcome name="outcome" {
                        option value="" { "Any" }
                        @for kind in ActivityKind::ALL {
                            option value=(kind.name()) selected[text("outcome") == kind.name()] { (outcome(kind)) }
                        }
                    }
                }
                div { button type="submit" { "Show" } }
                div { a.button.quiet href=(visit.link("/activity")) { "Clear" } }
            }
        }
    }
}
