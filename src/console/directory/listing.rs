//! Lists in pages, of which a text picks some.

use std::future::Future;

use maud::{Markup, html};

use crate::GroupId;
use crate::UserId;
use crate::console::form::query;
use crate::console::store::Store;
use crate::console::visit::Visit;
use crate::store::{AdminError, GroupSummary, OwnerKind, OwnerSummary, Privilege, RoleSummary};

/// How many lines a page has.
const PAGE: usize = 50;
/// How many lines the store is asked for at once, where a text picks some.
const CHUNK: usize = 1_000;
/// How many lines one page looks at, where a text picks some. The next page goes on from there.
const MOST_SEEN: usize = 20_000;

/// Where lines come from: in the order of their ids, from behind one of them.
pub(super) trait Source: Sync {
    type Line: Send;

    fn fetch(
        &self,
        store: &Store,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Self::Line>, AdminError>> + Send;

    fn id(line: &Self::Line) -> &str;

    /// What else of it one can search for.
    fn others(_: &Self::Line) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
}

/// A page of a list.
pub(super) struct Listing<L> {
    pub(super) lines: Vec<L>,
    /// The id behind which the next page begins.
    next: Option<String>,
    /// Whether there may be more that fit, because only so many were looked at.
    cut: bool,
}

/// The page that the fields `q` and `after` of the query ask for.
pub(super) async fn load<S: Source>(visit: &Visit, source: &S) -> Result<Listing<S::Line>, AdminError> {
    let wanted = visit.query.text("q").map(str::to_lowercase);
    let fits = |line: &S::Line| {
        let has = |text: &str| wanted.as_ref().is_none_or(|wanted| text.to_lowercase().contains(wanted));
        has(S::id(line)) || S::others(line).any(has)
    };
    let chunk = if wanted.is_some() { CHUNK } else { PAGE + 1 };
    let mut after = visit.query.unique("after").filter(|id| !id.is_empty()).map(str::to_owned);
    let (mut lines, mut seen) = (Vec::new(), 0);
    loop {
        let came = source.fetch(visit.store(), after.as_deref(), chunk).await?;
        let is_last = came.len() < chunk;
        seen += came.len();
        after = came.last().map(|line| S::id(line).to_owned()).or(after);
        lines.extend(came.into_iter().filter(fits));
        if lines.len() > PAGE {
            lines.truncate(PAGE);
            let next = lines.last().map(|line| S::id(line).to_owned());
            return Ok(Listing { lines, next, cut: false });
        }
        if is_last {
            return Ok(Listing { lines, next: None, cut: false });
        }
        if seen >= MOST_SEEN {
            return Ok(Listing { lines, next: after, cut: true });
        }
    }
}

/// The form above a list; `own` are the fields that name the page.
pub(super) fn search(visit: &Visit, path: &str, own: &[(&str, &str)], hint: &str) -> Markup {
    html! {
        form.panel role="search" method="get" action=(visit.link(path)) {
            @for (name, value) in own { input type="hidden" name=(name) value=(value); }
            div.row {
                div { label for="q" { "Search" } input #q type="search" name="q" value=(visit.query.text("q").unwrap_or_default()) aria-describedby="q-hint"; }
                div { button type="submit" { "Show" } }
                @if visit.query.text("q").is_some() {
                    div { a.button.quiet href=(address(visit, path, own, None, None)) { "Show all" } }
                }
            }
            p #q-hint.hint { (hint) }
        }
    }
}

/// The links below a list.
pub(super) fn pages<L>(visit: &Visit, path: &str, own: &[(&str, &str)], listing: &Listing<L>) -> Markup {
    let wanted = visit.query.text("q");
    html! {
        @if listing.cut {
            p.hint { "This page has looked at " (MOST_SEEN) " entries; the next one looks further." }
        } @else if listing.lines.is_empty() {
            p { @if wanted.is_some() { "Nothing fits." } @else { "There is nothing yet." } }
        }
        nav.row aria-label="Pages" {
            @if visit.query.is_set("after") { a.button.quiet href=(address(visit, path, own, wanted, None)) { "First page" } }
            @if let Some(next) = &listing.next { a.button.quiet rel="next" href=(address(visit, path, own, wanted, Some(next))) { "Next page" } }
        }
    }
}

fn address(
    visit: &Visit,
    path: &str,
    own: &[(&str, &str)],
    wanted: Option<&str>,
    after: Option<&str>,
) -> String {
    let mut fields = own.to_vec();
    fields.extend(wanted.map(|wanted| ("q", wanted)));
    fields.extend(after.map(|after| ("after", after)));
    if fields.is_empty() {
        return visit.link(path);
    }
    visit.link(&format!("{path}?{}", query(&fields)))
}

/// Owners of a kind: their account and their URL can be searched for too.
impl Source for OwnerKind {
    type Line = OwnerSummary;

    async fn fetch(
        &self,
        store: &Store,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        store.list_owners(*self, after, limit).await
    }

    fn id(line: &OwnerSummary) -> &str {
        line.owner.id()
    }

    fn others(line: &OwnerSummary) -> impl Iterator<Item = &str> {
        line.account.iter().map(|account| account.as_str()).chain(line.url.as_deref())
    }
}

/// The users of a group.
impl Source for GroupId {
    type Line = UserId;

    async fn fetch(
        &self,
        store: &Store,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<UserId>, AdminError> {
        store.list_users_of_group(self, after.map(UserId::from).as_ref(), limit).await
    }

    fn id(line: &UserId) -> &str {
        line.as_str()
    }
}

/// Lists that stores give out whole.
macro_rules! whole {
    ($($(#[$doc:meta])* $source:ident $line:ident $method:ident |$one:ident| $id:expr, $others:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $source;

        impl Source for $source {
            type Line = $line;

            async fn fetch(
                &self,
                store: &Store,
                after: Option<&str>,
                limit: usize,
            ) -> Result<Vec<$line>, AdminError> {
                let all = store.$method().await?.into_iter();
                Ok(all.filter(|line| after.is_none_or(|after| Self::id(line) > after)).take(limit).collect())
            }

            fn id($one: &$line) -> &str {
                $id
            }

            fn others($one: &$line) -> impl Iterator<Item = &str> {
                $others
            }
        }
    )*};
}

whole! {
    /// Groups: their roles can be searched for too.
    Groups GroupSummary list_groups |line| line.id.as_str(), line.roles.iter().map(|role| role.as_str());
    /// Roles: their privileges can be searched for too.
    Roles RoleSummary list_roles |line| line.id.as_str(), line.privileges.iter().map(|name| name.as_str());
    /// Privileges: their labels can be searched for too.
    Privileges Privilege list_privileges |line| line.name().as_str(), std::iter::once(line.label());
}
