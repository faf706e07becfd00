//! One user, account or site.

use maud::{Markup, html};

use super::find::find;
use super::lockout::{Taking, refusal};
use super::owners::{Kind, SITES, account, keys, light};
use super::{limits, named, panel, user};
use crate::SiteId;
use crate::console::form::{Fields, query};
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::{Enabled, OwnerKind, OwnerRef, OwnerSummary};

pub(super) async fn show(visit: Visit, kind: &Kind) -> Answer {
    let id = named(&visit.query, "id", kind.one)?;
    Ok(page(&visit, kind, id, &Fields::default()).await?.into())
}

/// Switches it on or off.
pub(super) async fn switch(change: Change, kind: &Kind, active: Enabled) -> Answer {
    let owner = known(&change, kind).await?.owner;
    if active == Enabled::No
        && let Some(refused) =
            refusal(&change, kind.section, &kind.below("disable"), Taking::Owner(&owner)).await?
    {
        return Ok(refused);
    }
    change.store.set_owner_active(&owner, active).await?;
    let notice = if active == Enabled::Yes { Notice::Enabled } else { Notice::Disabled };
    Ok(Reply::done(kind.page_of(owner.id()), notice))
}

/// Limits how often its keys may be used.
pub(super) async fn limit(change: Change, kind: &Kind) -> Answer {
    let owner = known(&change, kind).await?.owner;
    match limits::read(&change.form) {
        Ok(limits) => {
            change.store.set_owner_limits(&owner, limits).await?;
            Ok(Reply::done(kind.page_of(owner.id()), Notice::Saved))
        }
        Err(failure) => {
            let page = page(&change.visit, kind, owner.id(), &change.form).await?;
            Ok(page.with_error(&failure).into())
        }
    }
}

/// Sets or removes the URL of a site.
pub(super) async fn set_url(change: Change) -> Answer {
    let id = named(&change.form, "id", SITES.one)?;
    let owner = known(&change, &SITES).await?.owner;
    match change.store.set_site_url(&SiteId::from(id), change.form.text("url")).await {
        Ok(()) => Ok(Reply::done(SITES.page_of(owner.id()), Notice::Saved)),
        Err(error) => {
            let page = page(&change.visit, &SITES, id, &change.form).await?;
            Ok(page.with_error(&error.into()).into())
        }
    }
}

/// What the directory knows of the owner that a form names.
async fn known(change: &Change, kind: &Kind) -> Result<OwnerSummary, Failure> {
    let id = named(&change.form, "id", kind.one)?;
    find(&change.store, &kind.reference(id)).await?.ok_or(Failure::Unknown(kind.one))
}

/// The page of an owner; `filled` is what a form said that is shown again.
pub(super) async fn page(visit: &Visit, kind: &Kind, id: &str, filled: &Fields) -> Result<Page, Failure> {
    let held = find(visit.store(), &kind.reference(id)).await?.ok_or(Failure::Unknown(kind.one))?;
    let rights = match &held.owner {
        OwnerRef::User(user) => Some(user::rights(visit, user, filled).await?),
        _ => None,
    };
    let body = html! {
        (facts(visit, kind, &held))
        @if let Some(rights) = rights { (rights) }
        @if visit.may_change_directory() { (edits(visit, kind, &held, filled)) }
    };
    Ok(Page::new(kind.section, format!("{} {id}", kind.name), body))
}

fn facts(visit: &Visit, kind: &Kind, held: &OwnerSummary) -> Markup {
    let id = held.owner.id();
    let found = |path: &str| visit.link(&format!("{path}?{}", query(&[("q", id)])));
    html! {
        div.panel {
            dl {
                dt { "Status" } dd { (light(held.active)) }
                @if kind.kind != OwnerKind::Account { dt { "Account" } dd { (account(visit, held)) } }
                @if kind.kind == OwnerKind::Site { dt { "URL" } dd { (held.url.as_deref().unwrap_or("–")) } }
                dt { "Limits" } dd { (limits::shown(&held.limits)) " (all its keys together)" }
            }
            p {
                a href=(keys(visit, kind, id)) { "Its keys" }
                @if kind.kind == OwnerKind::Account {
                    " · " a href=(found("/users")) { "Its users" } " · " a href=(found("/sites")) { "Its sites" }
                }
            }
        }
    }
}

fn edits(visit: &Visit, kind: &Kind, held: &OwnerSummary, filled: &Fields) -> Markup {
    let hidden = html! { input type="hidden" name="id" value=(held.owner.id()); };
    html! {
        @if kind.kind == OwnerKind::Site {
            h2 { "URL" }
            (panel(visit, "/sites/url", &html! {
                (hidden)
                @let url = filled.unique("url").or(held.url.as_deref()).unwrap_or_default();
                div { label for="url" { "URL" } input #url name="url" value=(url) inputmode="url" autocomplete="off" spellcheck="false" aria-describedby="url-hint"; p #url-hint.hint { "Empty: it has none." } }
                p { button type="submit" { "Save the URL" } }
            }))
        }
        h2 { "Limits" }
        (panel(visit, &kind.below("limits"), &html! {
            (hidden)
            p { "How often all keys of this " (kind.one) " may be used together." }
            (limits::fields(filled, &held.limits))
            p { button type="submit" { "Save the limits" } }
        }))
        h2 { "Switch" }
        @if held.active == Enabled::Yes {
            (panel(visit, &kind.below("disable"), &html! {
                (hidden)
                p { "While it is off, requests with its keys are refused." }
                button.danger type="submit" { "Switch off" }
            }))
        } @else {
            (panel(visit, &kind.below("enable"), &html! {
                (hidden)
                p { "It is off: requests with its keys are refused." }
                button type="submit" { "Switch on" }
            }))
        }
    }
}
