//! What is around each page.

use maud::{DOCTYPE, Markup, html};

use super::assets::{SCRIPT, STYLE};
use super::gate::Administrator;
use super::reply::{Notice, Page};

/// The parts of the console, as its navigation has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Keys,
    Bulk,
    EntryPoints,
    Users,
    Groups,
    Roles,
    Accounts,
    Sites,
    Activity,
    DryRun,
    /// Outside of them.
    None,
}

/// The navigation: path, words, part.
const SECTIONS: [(&str, &str, Section); 10] = [
    ("/", "Keys", Section::Keys),
    ("/bulk", "Keys for sites", Section::Bulk),
    ("/entry-points", "Entry points", Section::EntryPoints),
    ("/users", "Users", Section::Users),
    ("/groups", "Groups", Section::Groups),
    ("/roles", "Roles", Section::Roles),
    ("/accounts", "Accounts", Section::Accounts),
    ("/sites", "Sites", Section::Sites),
    ("/activity", "Activity", Section::Activity),
    ("/dry-run", "Dry run", Section::DryRun),
];

/// A whole page, for a user who is logged in.
pub(super) fn whole(
    base: &str,
    me: &Administrator,
    logs_out: bool,
    notice: Option<Notice>,
    page: &Page,
) -> Markup {
    let inside = html! {
        header.top {
            a.brand href=(format!("{base}/")) { "Keys" }
            div.me {
                span { (me.user()) }
                @if logs_out {
                    form method="post" action=(format!("{base}/log-out")) {
                        (token(me))
                        button.quiet type="submit" { "Log out" }
                    }
                }
            }
        }
        nav aria-label="Console" {
            ul {
                @for (path, words, section) in SECTIONS {
                    li {
                        a href=(format!("{base}{path}")) aria-current=[(section == page.section).then_some("page")] { (words) }
                    }
                }
            }
        }
        main #main {
            h1 { (page.title) }
            @if let Some(notice) = notice { p.notice role="status" { (notice.text()) } }
            @if let Some(error) = &page.error { p.error role="alert" { (sentence(error)) } }
            (page.body)
        }
    };
    document(base, &page.title, page.refresh, &inside)
}

/// A page without navigation: for whoever is not logged in.
pub(super) fn bare(base: &str, title: &str, inside: &Markup) -> Markup {
    document(base, title, None, &html! { main #main.alone { h1 { (title) } (inside) } })
}

fn document(base: &str, title: &str, refresh: Option<u32>, inside: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(seconds) = refresh { meta http-equiv="refresh" content=(seconds); }
                title { (title) " · Keys" }
                link rel="stylesheet" href=(format!("{base}{}", STYLE.path()));
                link rel="icon" href="data:,";
                script defer src=(format!("{base}{}", SCRIPT.path())) {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (inside)
            }
        }
    }
}

/// What each form of a user has to carry.
pub(super) fn token(me: &Administrator) -> Markup {
    html! { input type="hidden" name="token" value=(me.token()); }
}

/// The text of an error, as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>());
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}
