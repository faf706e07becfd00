//! What the directory holds: users, accounts and sites, and groups, roles and privileges.
//!
//! Whoever may change the directory can give itself every privilege there is. The privilege to
//! change (`keys:change`) therefore includes all others, unless
//! [`Console::with_directory_privilege`](super::Console::with_directory_privilege) asks for one
//! more on these pages. Nobody is locked out by mistake: see [`lockout`].

mod find;
mod group;
mod groups;
mod limits;
mod listing;
mod lockout;
mod member;
mod owner;
mod owners;
mod privileges;
mod role;
mod roles;
mod user;

use maud::{Markup, html};

use super::form::Fields;
use super::gate::Administrator;
use super::layout::token;
use super::reply::Failure;
use super::routes::Routes;
use super::visit::{Change, Visit};
use crate::Authenticator;
use crate::store::Enabled;
use member::Seen;
use owners::{ACCOUNTS, Kind, SITES, USERS};

/// Adds the pages about the directory.
pub(super) fn add<A: Authenticator<Principal = Administrator>>(routes: Routes<A>) -> Routes<A> {
    let routes = [&USERS, &ACCOUNTS, &SITES].into_iter().fold(routes, add_owners);
    routes
        .directory("/sites/url", owner::set_url)
        .directory("/users/join", |change| member::join(change, Seen::User))
        .directory("/users/leave", |change| member::leave(change, Seen::User))
        .page("/groups", groups::list)
        .page("/group", group::show)
        .directory("/groups/add", groups::add)
        .directory("/groups/delete", groups::delete)
        .directory("/groups/give", group::give)
        .directory("/groups/take", group::take)
        .directory("/groups/join", |change| member::join(change, Seen::Group))
        .directory("/groups/leave", |change| member::leave(change, Seen::Group))
        .page("/roles", roles::list)
        .page("/role", role::show)
        .directory("/roles/add", roles::add)
        .directory("/roles/delete", roles::delete)
        .directory("/roles/give", role::give)
        .directory("/roles/take", role::take)
        .page("/privileges", privileges::list)
        .directory("/privileges/add", privileges::add)
        .directory("/privileges/delete", privileges::delete)
}

/// The pages of owners of one kind.
fn add_owners<A: Authenticator<Principal = Administrator>>(
    routes: Routes<A>,
    kind: &'static Kind,
) -> Routes<A> {
    routes
        .page(&kind.list(), |visit| owners::list(visit, kind))
        .page(&kind.page(), |visit| owner::show(visit, kind))
        .directory(&kind.below("add"), |change| owners::add(change, kind))
        .directory(&kind.below("enable"), |change| owner::switch(change, kind, Enabled::Yes))
        .directory(&kind.below("disable"), |change| owner::switch(change, kind, Enabled::No))
        .directory(&kind.below("limits"), |change| owner::limit(change, kind))
}

/// What fields name: the text of a link or of a hidden field, to the letter.
fn named<'a>(fields: &'a Fields, name: &str, what: &'static str) -> Result<&'a str, Failure> {
    fields.unique(name).filter(|text| !text.is_empty()).ok_or(Failure::Unknown(what))
}

/// What cannot be taken back is ticked first.
fn sure(change: &Change) -> Result<(), Failure> {
    if change.form.is_set("sure") { Ok(()) } else { Err(Failure::invalid("tick that you are sure")) }
}

/// A form in a panel.
fn panel(visit: &Visit, path: &str, inside: &Markup) -> Markup {
    html! { form.panel method="post" action=(visit.link(path)) { (token(&visit.me)) (inside) } }
}

/// A button that is a form of its own, in a line of a table: `words`, and what it is done to.
fn button(visit: &Visit, path: &str, words: &str, object: &str, fields: &[(&str, &str)]) -> Markup {
    html! {
        form method="post" action=(visit.link(path)) {
            (token(&visit.me))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button.quiet type="submit" aria-label=(format!("{words} {object}")) { (words) }
        }
    }
}

/// A field in which one types a name.
fn name_field(filled: &Fields, name: &str, label: &str, hint: &str) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div {
            label for=(name) { (label) }
            input id=(name) name=(name) value=(filled.unique(name).unwrap_or_default()) autocomplete="off"
                autocapitalize="none" spellcheck="false" aria-describedby=[(!hint.is_empty()).then_some(&hint_id)];
            @if !hint.is_empty() { p.hint id=(hint_id) { (hint) } }
        }
    }
}

/// A choice of one of these.
fn choice(filled: &Fields, name: &str, label: &str, names: &[String]) -> Markup {
    let chosen = filled.unique(name).unwrap_or_default();
    html! {
        div {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for held in names { option value=(held) selected[held == chosen] { (held) } }
            }
        }
    }
}

/// The tick and the button that delete something.
fn deletion(visit: &Visit, path: &str, id: &str, what: &str, consequence: &str) -> Markup {
    html! {
        h2 { "Delete" }
        (panel(visit, path, &html! {
            input type="hidden" name="id" value=(id);
            p { (consequence) }
            p { label.tick { input type="checkbox" name="sure" value="1" required; "I am sure" } }
            button.danger type="submit" { "Delete the " (what) }
        }))
    }
}
