//! The form of a dry run.

use std::net::IpAddr;

use maud::{Markup, html};

use super::run::{moment, peer};
use crate::console::form::Fields;
use crate::console::layout::token;
use crate::console::visit::Visit;
use crate::store::SavedEntryPoint;

/// What of a form is in the next one: nothing that could be a secret in the wrong field.
#[derive(Default)]
pub(super) struct Kept {
    moment: Option<String>,
    peer: Option<IpAddr>,
    entry_point: Option<String>,
    realm: Option<String>,
    has_long_ends: bool,
}

impl Kept {
    pub(super) fn of(form: &Fields, saved: &[SavedEntryPoint]) -> Self {
        let named = form.text("entry_point");
        let entry_point =
            saved.iter().map(|saved| saved.entry_point.name()).find(|name| named == Some(*name));
        let exact = |text: String| text.get(..19).map(str::to_owned);
        Self {
            moment: moment(form).ok().flatten().and_then(|at| exact(at.to_rfc3339())),
            peer: peer(form).ok().flatten(),
            entry_point: entry_point.map(str::to_owned),
            realm: form.text("realm").map(str::to_owned),
            has_long_ends: form.is_set("long_ends"),
        }
    }
}

pub(super) fn form(visit: &Visit, saved: &[SavedEntryPoint], kept: &Kept) -> Markup {
    let settings = &visit.shared.settings;
    html! {
        p { "Paste a request, and this page says what the service would make of it. Nothing is changed, sent, used up or recorded." }
        form.panel method="post" action=(visit.link("/dry-run")) {
            (token(&visit.me))
            div.grid {
                div.wide {
                    label for="request" { "Request" }
                    textarea #request name="request" rows="10" required autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="request-hint" {}
                    p.hint #request-hint {
                        "A " code { "curl" } " line, or the request as HTTP/1.1 has it: request line, headers, an empty line, body. At most 256 KiB. "
                        "It is not sent back, for there may be secrets in it: after each answer this field is empty."
                    }
                }
                div.wide {
                    label for="client" { "What the client signed" }
                    textarea #client name="client" rows="5" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="client-hint" {}
                    p.hint #client-hint { "Where the client can say it: it is shown beside what the service signs. Paste no secret here." }
                }
                div {
                    label for="moment" { "Moment (UTC)" }
                    input #moment type="datetime-local" step="1" name="moment" value=[kept.moment.as_deref()] aria-describedby="moment-hint";
                    p.hint #moment-hint { "When it came. Empty: now." }
                }
                div {
                    label for="peer" { "Address" }
                    input #peer name="peer" value=[kept.peer] maxlength="45" autocomplete="off" spellcheck="false" aria-describedby="peer-hint";
                    p.hint #peer-hint { "Of the client, such as " code { "192.0.2.8" } ". Empty: not known." }
                }
                div {
                    label for="entry-point" { "Entry point" }
                    input #entry-point name="entry_point" list="entry-points" value=[kept.entry_point.as_deref()] maxlength="255" autocomplete="off" spellcheck="false" aria-describedby="entry-point-hint";
                    datalist #entry-points {
                        @for saved in saved.iter().filter(|saved| saved.live) { option value=(saved.entry_point.name()) {} }
                    }
                    p.hint #entry-point-hint { "What the route is called. Empty: by its path." }
                }
                @if settings.realms.len() > 1 {
                    div {
                        label for="realm" { "Realm" }
                        select #realm name="realm" {
                            @for held in &settings.realms {
                                option value=(held) selected[kept.realm.as_deref() == Some(held.as_str())] { (held) }
                            }
                        }
                    }
                }
                div.wide {
                    label.tick {
                        input type="checkbox" name="long_ends" value="1" checked[kept.has_long_ends];
                        "Lines of the body end with CR LF"
                    }
                    p.hint { "Browsers do not say how they ended. Without this, they end with LF." }
                }
            }
            p { button type="submit" { "Explain" } }
        }
    }
}
