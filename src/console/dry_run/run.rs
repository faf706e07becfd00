//! From the form to its answer.

use std::net::IpAddr;

use maud::html;

use super::form::{Kept, form};
use super::result::result;
use crate::Timestamp;
use crate::console::form::Fields;
use crate::console::keys::realm;
use crate::console::layout::Section;
use crate::console::moments::read;
use crate::console::reply::{Answer, Failure, Page};
use crate::console::visit::{Change, Visit};
use crate::explain::{ExplainedRequest, Explainer, Explanation};
use crate::store::SavedEntryPoint;

const TITLE: &str = "Dry run";
/// The longest of what a client says that it signed, in bytes: as long as a request.
const LONGEST_CLIENT_TEXT: usize = 256 * 1024;

pub(super) async fn empty(visit: Visit) -> Answer {
    let saved = visit.store().entry_points().await?;
    Ok(Page::new(Section::DryRun, TITLE, form(&visit, &saved, &Kept::default())).into())
}

pub(super) async fn run(change: Change) -> Answer {
    // Nothing is asked through the store that records who does what: nothing is done.
    let visit = &change.visit;
    let saved = visit.store().entry_points().await?;
    let kept = Kept::of(&change.form, &saved);
    let page = match explained(visit, &change.form, &saved).await {
        Ok(explanation) => {
            let body = html! {
                (result(visit, &explanation))
                h2 { "Another request" }
                (form(visit, &saved, &kept))
            };
            Page::new(Section::DryRun, TITLE, body)
        }
        Err(failure) => Page::new(Section::DryRun, TITLE, form(visit, &saved, &kept)).with_error(&failure),
    };
    Ok(page.into())
}

async fn explained(visit: &Visit, form: &Fields, saved: &[SavedEntryPoint]) -> Result<Explanation, Failure> {
    let asked = realm(form, &visit.shared.settings)?;
    let explainer = visit.shared.explainers.iter().find(|held| *held.realm() == asked);
    let explainer: &Explainer = explainer.ok_or(Failure::Unknown("realm"))?;
    let mut request = request(form)?;
    if let Some(peer) = peer(form)? {
        request = request.with_peer(peer);
    }
    if let Some(name) = form.text("entry_point") {
        let known = saved.iter().any(|saved| saved.entry_point.name() == name);
        // A name that is not saved can only be mistyped, unless nothing is saved at all.
        if !known && !saved.is_empty() {
            return Err(Failure::Unknown("entry point"));
        }
        request = request.with_entry_point(name);
    }
    let at = moment(form)?.unwrap_or(visit.now);
    let client = form.unique("client").map(with_plain_ends).filter(|text| !text.is_empty());
    if client.as_ref().is_some_and(|text| text.len() > LONGEST_CLIENT_TEXT) {
        return Err(Failure::invalid("what the client signed is longer than 256 KiB"));
    }
    let ask = async |client: Option<&[u8]>| visit.store().explain(explainer, &request, client, at).await;
    let explanation = ask(client.as_deref().map(str::as_bytes)).await?;
    // Browsers do not say which ends lines have. Only a body that is signed as it stands has such.
    let has_long_ends = explanation.canonical().is_some_and(|text| text.windows(2).any(|two| two == b"\r\n"));
    match client {
        Some(client) if has_long_ends => Ok(ask(Some(with_long_ends(&client).as_bytes())).await?),
        _ => Ok(explanation),
    }
}

fn request(form: &Fields) -> Result<ExplainedRequest, Failure> {
    let text = form.unique("request").filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Failure::invalid("the request is missing"))?;
    let text = with_plain_ends(text);
    let text = if form.is_set("long_ends") { with_long_ends(&text) } else { text };
    ExplainedRequest::parse(text.trim_start()).map_err(|error| Failure::invalid(error.to_string()))
}

/// The moment that a form says.
pub(super) fn moment(form: &Fields) -> Result<Option<Timestamp>, Failure> {
    form.text("moment").map(|text| read(text, "the moment")).transpose()
}

/// The address that a form says.
pub(super) fn peer(form: &Fields) -> Result<Option<IpAddr>, Failure> {
    let wrong = |_| Failure::invalid("the address is one of IPv4 or IPv6, such as 192.0.2.8");
    form.text("peer").map(|text| text.parse().map_err(wrong)).transpose()
}

/// Browsers send each end of a line in a text area as CR LF, whatever was pasted.
fn with_plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn with_long_ends(text: &str) -> String {
    text.replace('\n', "\r\n")
}
