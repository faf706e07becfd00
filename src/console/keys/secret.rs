//! A secret, the one time that it is shown.

use maud::{Markup, html};

use super::lines::lines;
use super::page_of;
use crate::Scheme;
use crate::console::layout::Section;
use crate::console::reply::{Page, Reply};
use crate::console::visit::Visit;
use crate::store::{IssuedSecret, KeyRef};

/// A key whose secret was just made.
pub(super) struct Fresh {
    pub(super) key: KeyRef,
    pub(super) scheme: Scheme,
    pub(super) secret: IssuedSecret,
}

/// The page that shows a secret: it is in this answer and in no other.
pub(super) fn secret_page(visit: &Visit, fresh: &Fresh, title: &'static str) -> Reply {
    let secret = fresh.secret.expose_text().unwrap_or_default();
    let lines = lines(&visit.shared.settings.service, fresh.scheme, fresh.key.id.as_str(), secret);
    let body = html! {
        div.panel {
            p { b { "This secret is shown now and never again." } " Copy it to where it is used." }
            (copied("Key id", "key-id", fresh.key.id.as_str()))
            (copied("Secret", "secret", secret))
        }
        @if let Some(line) = lines {
            h2 { "Try it" }
            p.hint { "Paste this into a shell: it has the secret in it, and calls the service as this key." }
            pre #try tabindex="0" { (line) }
            p { (copy_button("try", "Copy the command")) }
        }
        p { a.button href=(visit.link(&page_of(&fresh.key))) { "Go to the key" } " " a.button.quiet href=(visit.link("/")) { "All keys" } }
    };
    Page::new(Section::Keys, title, body).into()
}

/// A text to copy. Without a script, it is selected by hand.
fn copied(words: &str, id: &str, text: &str) -> Markup {
    html! {
        p { label for=(id) { (words) }
            span.secret { input.mono id=(id) readonly value=(text) autocomplete="off"; (copy_button(id, &format!("Copy the {}", words.to_lowercase()))) }
        }
    }
}

/// A button that a script shows where it can copy.
fn copy_button(of: &str, words: &str) -> Markup {
    html! { button.quiet type="button" hidden data-copy=(of) { (words) } }
}
