//! All entry points, and the routes that are open.

use maud::{Markup, html};

use super::{one, page_of};
use crate::Realm;
use crate::console::keys::realm;
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Page};
use crate::console::visit::Visit;
use crate::store::SavedEntryPoint;

const TITLE: &str = "Entry points";

pub(super) async fn show(visit: Visit) -> Answer {
    let realm = realm(&visit.query, &visit.shared.settings)?;
    let saved = visit.store().entry_points().await?;
    if let Some(name) = visit.query.text("name") {
        let found = saved.iter().find(|held| held.entry_point.name() == name);
        return one::show(&visit, &realm, found.ok_or(Failure::Unknown("entry point"))?).await;
    }
    let open = &visit.shared.settings.open_routes;
    let body = html! {
        p { "Each of these asks for a credential. A key may call all of them, or those that it is limited to." }
        @if saved.is_empty() {
            p { "The application has saved no list of its entry points." }
        } @else {
            (guarded(&visit, &realm, &saved))
        }
        h2 { "Open routes" }
        @if open.is_empty() {
            p { "The application names no route that is open to everybody." }
        } @else {
            p { "The application says of these that everybody may call them, without a credential:" }
            ul { @for route in open { li { code { (route) } } } }
        }
    };
    Ok(Page::new(Section::EntryPoints, TITLE, body).into())
}

fn guarded(visit: &Visit, realm: &Realm, saved: &[SavedEntryPoint]) -> Markup {
    html! {
        div.scroll {
            table.stack {
                caption { "The list that the application saved. What is gone is kept, because keys may name it." }
                thead { tr { th scope="col" { "Name" } th scope="col" { "Pattern" } th scope="col" { "State" } th scope="col" { "Access" } } }
                tbody {
                    @for held in saved {
                        @let name = held.entry_point.name();
                        tr {
                            td data-label="Name" { a href=(visit.link(&page_of(name, realm))) { (name) } }
                            td data-label="Pattern" { code { (held.entry_point.pattern()) } }
                            td data-label="State" { (state(held)) }
                            td data-label="Access" { "Guarded" }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the application still has it.
pub(super) fn state(held: &SavedEntryPoint) -> Markup {
    html! { @if held.live { span.light.good { "Live" } } @else { span.light.bad { "Gone" } } }
}
