//! What happened lately: requests that were let through or refused, and changes.

mod chart;
mod facts;
mod filter;
mod table;
mod visible;
mod words;

use maud::{Markup, html};

use super::form::query;
use super::gate::Administrator;
use super::layout::Section;
use super::reply::{Answer, Failure, Page};
use super::routes::Routes;
use super::visit::Visit;
use crate::Authenticator;
use crate::audit::{ActivityLog, SharedActivity};
use filter::PAGE;
use table::Links;

/// Adds the page of what happened.
pub(super) fn add<A: Authenticator<Principal = Administrator>>(routes: Routes<A>) -> Routes<A> {
    routes.page("/activity", show)
}

async fn show(visit: Visit) -> Answer {
    let Some(log) = visit.shared.activity.clone() else {
        return Ok(Page::new(Section::Activity, "Activity", without()).into());
    };
    let body = body(&visit, &log).await?;
    Ok(Page::new(Section::Activity, "Activity", body).into())
}

async fn body(visit: &Visit, log: &SharedActivity) -> Result<Markup, Failure> {
    let wanted = filter::query(visit)?;
    let outage = |_| Failure::Outage("the log of events");
    let mut events = log.find(&wanted).await.map_err(outage)?;
    let hours = log.hours(visit.now, chart::HOURS).await.map_err(outage)?;
    let more = events.len() > PAGE;
    events.truncate(PAGE);
    let rest = visit.query.query_without(&["before", "done"]);
    let next = events.last().filter(|_| more).map(|last| {
        let before = query(&[("before", &last.sequence.to_string())]);
        visit.link(&format!("/activity?{rest}{}{before}", if rest.is_empty() { "" } else { "&" }))
    });
    let first = wanted.before.map(|_| visit.link(&format!("/activity?{rest}")));
    let settings = &visit.shared.settings;
    let realm = wanted.key.as_ref().map(|key| &key.realm);
    let links = Links { base: &settings.base, realms: &settings.realms, realm };
    Ok(html! {
        (chart::chart(&hours))
        h2 { "Events" }
        (filter::form(visit))
        @if events.is_empty() {
            p { "No event fits." }
        } @else {
            (table::table(&links, &events))
        }
        nav.row aria-label="Pages" {
            @if let Some(first) = first { a.button.quiet href=(first) { "Newest" } }
            @if let Some(next) = next { a.button.quiet rel="next" href=(next) { "Older" } }
        }
    })
}

/// What is said where nobody keeps events.
fn without() -> Markup {
    html! {
        p { "Nothing is kept of what happens: this console was given no log." }
        p {
            "The application has one as soon as it gives the same " code { "RecentEvents" } " to "
            code { "AuthLayer::with_audit" } ", to " code { "Console::with_audit" } " and to "
            code { "Console::with_activity" } "."
        }
    }
}
