//! An entry point, and the keys that may call it.

use maud::{Markup, html};

use super::assign::MOST_KEYS;
use super::list::state;
use super::{keys, page_of, scan};
use crate::Realm;
use crate::console::form::query;
use crate::console::layout::{Section, token};
use crate::console::reply::{Answer, Page};
use crate::console::visit::Visit;
use crate::store::SavedEntryPoint;

pub(super) async fn show(visit: &Visit, realm: &Realm, held: &SavedEntryPoint) -> Answer {
    let name = held.entry_point.name();
    let after = visit.query.text("after").map(Into::into);
    let is_later = after.is_some();
    let found = scan::keys(visit.store(), realm, name, after, visit.now).await?;
    let next = found
        .next
        .as_ref()
        .map(|id| format!("{}&{}", page_of(name, realm), query(&[("after", id.as_str())])));
    let body = html! {
        dl {
            dt { "Pattern" } dd { code { (held.entry_point.pattern()) } }
            dt { "State" } dd { (state(held)) }
            dt { "Access" } dd { "Guarded" }
        }
        (realms(visit, name, realm))
        h2 { "Keys" }
        p {
            b { "Keys without a limit may call every entry point, this one too: " (found.unlimited) " of the " (found.looked_at) " keys looked at here." }
            @if found.next.is_some() { " There are more keys than were looked at." }
        }
        @if found.limited.is_empty() {
            p { "None of the keys looked at here is limited to this entry point." }
        } @else if visit.may_change() {
            form method="post" action=(visit.link("/entry-points/take")) {
                (token(&visit.me)) (hidden(name, realm))
                p hidden { label.tick { input type="checkbox" data-ticks="limited"; "All of these" } }
                (keys::table(visit, &found.limited))
                p.hint { "A key whose only entry point this is keeps it: it is disabled instead." }
                p { button.danger type="submit" { "Take it from the ticked keys" } }
            }
        } @else {
            (keys::table(visit, &found.limited))
        }
        nav.row aria-label="Pages" {
            @if is_later { a.button.quiet href=(visit.link(&page_of(name, realm))) { "First page" } }
            @if let Some(next) = next { a.button.quiet rel="next" href=(visit.link(&next)) { "Next page" } }
        }
        @if visit.may_change() && held.live { (give(visit, name, realm)) }
        p { a.button.quiet href=(visit.link("/entry-points")) { "All entry points" } }
    };
    Ok(Page::new(Section::EntryPoints, format!("Entry point {name}"), body).into())
}

/// Where there are several realms: whose keys are shown.
fn realms(visit: &Visit, name: &str, shown: &Realm) -> Markup {
    let realms = &visit.shared.settings.realms;
    html! {
        @if realms.len() > 1 {
            p {
                "Keys of the realm " b { (shown) } "."
                @for realm in realms.iter().filter(|realm| *realm != shown) {
                    " " a href=(visit.link(&page_of(name, realm))) { "Those of " (realm) }
                }
            }
        }
    }
}

fn give(visit: &Visit, name: &str, realm: &Realm) -> Markup {
    html! {
        h2 { "Give it to keys" }
        form.panel method="post" action=(visit.link("/entry-points/give")) {
            (token(&visit.me)) (hidden(name, realm))
            p {
                label for="keys" { "Key ids" }
                textarea #keys name="keys" rows="4" required spellcheck="false" autocomplete="off" aria-describedby="keys-hint" {}
            }
            p #keys-hint.hint { "One on each line, at most " (MOST_KEYS) "." }
            p { label.tick { input type="checkbox" name="limits" value="1"; "This limits keys that may call everything now: they may call this entry point alone then" } }
            button type="submit" { "Give" }
        }
    }
}

/// What the forms are about.
fn hidden(name: &str, realm: &Realm) -> Markup {
    html! {
        input type="hidden" name="name" value=(name);
        input type="hidden" name="realm" value=(realm);
    }
}
