//! Lists of users, accounts and sites, and new ones.

use maud::{Markup, html};

use super::limits::shown;
use super::{listing, name_field, panel};
use crate::console::form::{Fields, query};
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::{AdminError, Enabled, OwnerKind, OwnerRef, OwnerSummary};
use crate::{AccountId, SiteId, UserId};

/// A kind of owner, as pages name it.
pub(super) struct Kind {
    pub(super) kind: OwnerKind,
    pub(super) section: Section,
    /// One of them, in the middle of a sentence; its page.
    pub(super) one: &'static str,
    /// The same, at the beginning of a title.
    pub(super) name: &'static str,
    /// The title and the address of the list.
    title: &'static str,
    many: &'static str,
}

pub(super) static USERS: Kind = Kind {
    kind: OwnerKind::User,
    section: Section::Users,
    one: "user",
    name: "User",
    title: "Users",
    many: "users",
};
pub(super) static ACCOUNTS: Kind = Kind {
    kind: OwnerKind::Account,
    section: Section::Accounts,
    one: "account",
    name: "Account",
    title: "Accounts",
    many: "accounts",
};
pub(super) static SITES: Kind = Kind {
    kind: OwnerKind::Site,
    section: Section::Sites,
    one: "site",
    name: "Site",
    title: "Sites",
    many: "sites",
};

impl Kind {
    pub(super) fn reference(&self, id: &str) -> OwnerRef {
        match self.kind {
            OwnerKind::User => OwnerRef::User(UserId::from(id)),
            OwnerKind::Account => OwnerRef::Account(AccountId::from(id)),
            OwnerKind::Site => OwnerRef::Site(SiteId::from(id)),
        }
    }

    /// The path of the list.
    pub(super) fn list(&self) -> String {
        format!("/{}", self.many)
    }

    /// The path of a form.
    pub(super) fn below(&self, word: &str) -> String {
        format!("/{}/{word}", self.many)
    }

    /// The path of the page of one.
    pub(super) fn page(&self) -> String {
        format!("/{}", self.one)
    }

    /// The page of this one.
    pub(super) fn page_of(&self, id: &str) -> String {
        format!("/{}?{}", self.one, query(&[("id", id)]))
    }
}

pub(super) async fn list(visit: Visit, kind: &Kind) -> Answer {
    Ok(page(&visit, kind, &visit.query).await?.into())
}

/// Makes one known.
pub(super) async fn add(change: Change, kind: &Kind) -> Answer {
    match added(&change, kind).await {
        Ok(id) => Ok(Reply::done(kind.page_of(&id), Notice::Added)),
        Err(failure) => Ok(page(&change.visit, kind, &change.form).await?.with_error(&failure).into()),
    }
}

async fn added(change: &Change, kind: &Kind) -> Result<String, Failure> {
    let (form, store) = (&change.form, &change.store);
    let id = form.required("new", "the id")?;
    let account = form.text("account").map(AccountId::from);
    let added = match kind.reference(id) {
        OwnerRef::User(user) => store.add_user(&user, account.as_ref()).await,
        OwnerRef::Account(account) => store.add_account(&account).await,
        OwnerRef::Site(site) => {
            let account = account.ok_or_else(|| Failure::invalid("the account is missing"))?;
            store.add_site(&site, &account).await
        }
    };
    added.map_err(|error| match error {
        AdminError::UnknownOwner => Failure::invalid("there is no such account"),
        AdminError::Duplicate => Failure::invalid(format!("the {} {id} exists already", kind.one)),
        other => other.into(),
    })?;
    Ok(id.to_owned())
}

async fn page(visit: &Visit, kind: &Kind, filled: &Fields) -> Result<Page, Failure> {
    let listing = listing::load(visit, &kind.kind).await?;
    let path = kind.list();
    let hint = match kind.kind {
        OwnerKind::User => "Part of an id or of an account.",
        OwnerKind::Account => "Part of an id.",
        OwnerKind::Site => "Part of an id, of an account or of a URL.",
    };
    let body = html! {
        (listing::search(visit, &path, &[], hint))
        @if !listing.lines.is_empty() { (table(visit, kind, &listing.lines)) }
        (listing::pages(visit, &path, &[], &listing))
        @if visit.may_change_directory() { (new_one(visit, kind, filled)) }
    };
    Ok(Page::new(kind.section, kind.title, body))
}

fn table(visit: &Visit, kind: &Kind, lines: &[OwnerSummary]) -> Markup {
    html! {
        div.scroll {
            table.stack {
                caption { (kind.title) " in the order of their ids" }
                thead {
                    tr {
                        th scope="col" { "Id" }
                        @if kind.kind != OwnerKind::Account { th scope="col" { "Account" } }
                        @if kind.kind == OwnerKind::Site { th scope="col" { "URL" } }
                        th scope="col" { "Status" } th scope="col" { "Limits" } th scope="col" { "Keys" }
                    }
                }
                tbody {
                    @for line in lines {
                        @let id = line.owner.id();
                        tr {
                            td data-label="Id" { a href=(visit.link(&kind.page_of(id))) { (id) } }
                            @if kind.kind != OwnerKind::Account { td data-label="Account" { (account(visit, line)) } }
                            @if kind.kind == OwnerKind::Site { td data-label="URL" { (line.url.as_deref().unwrap_or("–")) } }
                            td data-label="Status" { div { (light(line.active)) } }
                            td data-label="Limits" { div { (shown(&line.limits)) } }
                            td data-label="Keys" { a href=(keys(visit, kind, id)) aria-label=(format!("Keys of {id}")) { "Keys" } }
                        }
                    }
                }
            }
        }
    }
}

fn new_one(visit: &Visit, kind: &Kind, filled: &Fields) -> Markup {
    html! {
        h2 { "Add a" @if kind.kind == OwnerKind::Account { "n" } " " (kind.one) }
        (panel(visit, &kind.below("add"), &html! {
            div.grid {
                (name_field(filled, "new", "Id", "At most 255 bytes."))
                @match kind.kind {
                    OwnerKind::User => (name_field(filled, "account", "Account", "Empty: it belongs to none.")),
                    OwnerKind::Site => (name_field(filled, "account", "Account", "")),
                    OwnerKind::Account => {},
                }
            }
            p { button type="submit" { "Add" } }
        }))
    }
}

/// The switch, as a light.
pub(super) fn light(active: Enabled) -> Markup {
    match active {
        Enabled::Yes => html! { span.light.good { "Active" } },
        Enabled::No => html! { span.light { "Switched off" } },
    }
}

/// The account of an owner.
pub(super) fn account(visit: &Visit, of: &OwnerSummary) -> Markup {
    html! {
        @match &of.account {
            Some(account) => a href=(visit.link(&ACCOUNTS.page_of(account.as_str()))) { (account) },
            None => "–",
        }
    }
}

/// The keys of an owner.
pub(super) fn keys(visit: &Visit, kind: &Kind, id: &str) -> String {
    visit.link(&format!("/?{}", query(&[(kind.one, id)])))
}
