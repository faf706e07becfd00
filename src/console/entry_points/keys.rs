//! The table of keys that are limited to an entry point.

use maud::{Markup, html};

use crate::console::keys::{light, page_of, reference};
use crate::console::visit::Visit;
use crate::store::KeySummary;

/// A line for each key, with a box where it can be taken away.
pub(super) fn table(visit: &Visit, keys: &[KeySummary]) -> Markup {
    let may_change = visit.may_change();
    html! {
        div.scroll {
            table.stack {
                caption { "Keys that are limited to this entry point, perhaps among others" }
                thead {
                    tr {
                        @if may_change { th scope="col" { "Take away" } }
                        th scope="col" { "Key" } th scope="col" { "Status" } th scope="col" { "Owner" } th scope="col" { "Entry points" }
                    }
                }
                tbody #limited {
                    @for key in keys {
                        tr data-item {
                            @if may_change {
                                td data-label="Take away" { input type="checkbox" name="key" value=(key.id) aria-label=(format!("Take it from {}", key.id)); }
                            }
                            td data-label="Key" {
                                div {
                                    a href=(visit.link(&page_of(&reference(key)))) { @if key.label.is_empty() { (key.id) } @else { (key.label) } }
                                    @if !key.label.is_empty() { div.hint { (key.id) } }
                                }
                            }
                            td data-label="Status" { div { (light(key, &visit.shared.settings, visit.now)) } }
                            td data-label="Owner" { (owner(key)) }
                            td data-label="Entry points" { (key.entry_points.names().map_or(0, Iterator::count)) }
                        }
                    }
                }
            }
        }
    }
}

fn owner(key: &KeySummary) -> String {
    let owner = &key.owner;
    let site = owner.site.as_ref().map(|id| id.as_str());
    let (user, account) = (owner.user.as_ref().map(|id| id.as_str()), owner.account.as_ref());
    let parts = [site, user, account.map(|id| id.as_str())].into_iter().flatten();
    let words = parts.collect::<Vec<_>>().join(", ");
    if words.is_empty() { "–".to_owned() } else { words }
}
