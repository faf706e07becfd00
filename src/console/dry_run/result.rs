//! What was found out.

use maud::{Markup, html};

use super::lines;
use crate::console::keys::{light, page_of, reference};
use crate::console::layout::sentence;
use crate::console::moments::distance;
use crate::console::visit::Visit;
use crate::explain::{Explanation, Refusal, Verdict, printable};
use crate::{ErrorKind, Reason};

pub(super) fn result(visit: &Visit, explanation: &Explanation) -> Markup {
    html! {
        h2 { "Answer" }
        (decision(explanation))
        (facts(visit, explanation))
        @if let Some(diagnosis) = explanation.diagnosis() {
            p { strong { "Found: " } (sentence(&diagnosis.to_string())) }
        }
        @if !explanation.hints().is_empty() {
            h2 { "Hints" }
            ul { @for hint in explanation.hints() { li { (sentence(&hint.to_string())) } } }
        }
        (texts(explanation))
    }
}

fn decision(explanation: &Explanation) -> Markup {
    let (class, text) = match explanation.verdict() {
        Verdict::Accepted => ("notice", "Accepted: its credential is good.".to_owned()),
        Verdict::Absent => (
            "error",
            "Nobody claims it: it has no credential. Where one is asked for, it is refused with 401."
                .to_owned(),
        ),
        Verdict::Refused(refusal) => ("error", refused(refusal)),
    };
    html! { p class=(class) role="status" { (text) } }
}

fn refused(refusal: Refusal) -> String {
    let status = refusal.status();
    let nobody = if refusal.reason() == Reason::UnclaimedCredential { "Nobody claims it. " } else { "" };
    let cause = match refusal.kind() {
        ErrorKind::Unavailable => "Not decided",
        _ => "Refused",
    };
    format!("{nobody}{cause} with {status}: {}", sentence(refusal.text()))
}

fn facts(visit: &Visit, explanation: &Explanation) -> Markup {
    let (key, at) = (explanation.key(), explanation.received_at());
    let presented = explanation.presented_key();
    let exact = at.to_rfc3339();
    html! {
        div.panel {
            dl {
                dt { "Scheme" }
                dd { @match explanation.scheme() { Some(scheme) => (scheme.name()), None => "none that claims it" } }
                dt { "Key" }
                dd {
                    @match (key, presented) {
                        (Some(key), _) => {
                            a href=(visit.link(&page_of(&reference(key)))) { code { (printable(key.id.as_str().as_bytes())) } }
                            @if !key.label.is_empty() { " " (key.label) }
                        }
                        (None, Some(id)) => { code { (printable(id.as_bytes())) } " (there is no such key)" }
                        (None, None) => "none that is known",
                    }
                }
                @if let Some(key) = key {
                    dt { "Status" } dd { (light(key, &visit.shared.settings, visit.now)) }
                }
                dt { "Judged at" }
                dd { time datetime=(exact) { (exact) } @if at != visit.now { " (" (distance(at, visit.now)) ")" } }
            }
        }
    }
}

/// The texts that are signed: no secret and no signature is in them.
fn texts(explanation: &Explanation) -> Markup {
    let Some(canonical) = explanation.canonical() else { return html! {} };
    html! {
        @if let Some(lines) = explanation.string_to_sign() {
            h2 { "String to sign" }
            (lines::alone(lines.as_bytes()))
        }
        h2 { "Canonical request" }
        p.hint { (lines::LEGEND) }
        @match explanation.comparison() {
            Some(comparison) => (lines::beside(&comparison)),
            None => (lines::alone(canonical)),
        }
    }
}
