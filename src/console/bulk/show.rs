//! How far a job is, and its result.

use std::sync::Arc;

use maud::{Markup, html};

use super::NO_JOB;
use super::csv::table;
use super::job::{Job, State, Stopped, Why};
use crate::SiteId;
use crate::console::form::Fields;
use crate::console::layout::{Section, sentence, token};
use crate::console::moments::moment;
use crate::console::reply::{Answer, Failure, Page, Reply};
use crate::console::visit::{Change, Visit};

const TITLE: &str = "Keys for sites";

pub(super) async fn show(visit: Visit) -> Answer {
    let (id, job) = named(&visit, &visit.query)?;
    let state = job.state(visit.now);
    let (made, total) = (job.made(), job.total);
    let State::Ended { result, stopped } = state else {
        let body = html! {
            p #progress-words { (made) " of " (total) " keys are made." }
            progress max=(total) value=(made) aria-labelledby="progress-words" {}
            p.hint { "This page shows by itself how far it is. The keys are made whether somebody looks or not." }
            p { a.button.quiet href=(visit.link(&address(&id))) { "Look again" } }
        };
        return Ok(Page::new(Section::Bulk, TITLE, body).refreshed_after(1).into());
    };
    let body = html! {
        p role="status" { b { (made) " of " (total) " keys are made." } }
        @if let Some(stopped) = &stopped { (stop(stopped)) }
        @match result {
            Ok(lapses) => (result_form(&visit, &id, lapses)),
            Err(why) => p { (words(why)) },
        }
        p { a.button.quiet href=(visit.link("/bulk")) { "More keys for sites" } " " a.button.quiet href=(visit.link("/")) { "All keys" } }
    };
    Ok(Page::new(Section::Bulk, TITLE, body).into())
}

/// The result, which nobody gets again.
pub(super) async fn download(change: Change) -> Answer {
    let visit = &change.visit;
    let (_, job) = named(visit, &change.form)?;
    let Some(keys) = job.take(visit.now) else {
        return Err(match job.state(visit.now) {
            State::Running => Failure::invalid("the keys are still being made"),
            State::Ended { result: Err(why), .. } => Failure::Gone(words(why)),
            State::Ended { .. } => NO_JOB,
        });
    };
    let content = bytes::Bytes::from_owner(table(&keys));
    Ok(Reply::File { name: "keys.csv", content_type: "text/csv; charset=utf-8; header=present", content })
}

/// The job that fields name, if it is this user's.
fn named(visit: &Visit, fields: &Fields) -> Result<(String, Arc<Job>), Failure> {
    let id = fields.text("id").ok_or(NO_JOB)?;
    let job = visit.shared.jobs.find(id, visit.me.user(), visit.now);
    job.map(|job| (id.to_owned(), job)).ok_or(NO_JOB)
}

fn address(id: &str) -> String {
    format!("/bulk/job?{}", crate::console::form::query(&[("id", id)]))
}

const fn words(why: Why) -> &'static str {
    match why {
        Why::None => "There is nothing to download.",
        Why::Downloaded => "The secrets were downloaded, and are gone from here.",
        Why::Lapsed => {
            "Nobody downloaded the secrets in time: they are gone. Regenerate the keys, or clear them."
        }
        Why::Lost => {
            "The job broke off in the middle. There may be keys whose secrets nobody has: look at the list, and revoke them."
        }
    }
}

fn result_form(visit: &Visit, id: &str, lapses: crate::Timestamp) -> Markup {
    html! {
        form.panel method="post" action=(visit.link("/bulk/download")) {
            (token(&visit.me))
            input type="hidden" name="id" value=(id);
            p { "The secrets can be downloaded " b { "once" } ", until " (moment(lapses)) " UTC. After that they are gone." }
            p.hint {
                "A file of comma-separated values: site, key id and secret. A cell that a spreadsheet would take for a formula, "
                "because it begins with " code { "= + - @" } ", has an apostrophe in front, as has one that begins with an apostrophe: "
                "the first apostrophe is not part of it."
            }
            @if visit.may_change() { button type="submit" { "Download the secrets" } }
            @else { p { "Your user may not change anything any more, and so not download them." } }
        }
    }
}

/// Where it stopped, and what to do now.
fn stop(stopped: &Stopped) -> Markup {
    let left: Vec<&SiteId> = stopped.failed.iter().chain(&stopped.untried).collect();
    html! {
        div.error role="alert" {
            p { "It stopped before the end: " (sentence(&stopped.reason)) }
            @if !stopped.wrong.is_empty() {
                ul { @for site in &stopped.wrong { li { code { (site) } } } }
            }
            @if stopped.uncertain {
                p { "The answer of the store may be lost: the first " (stopped.failed.len()) " of these sites may have new keys whose secrets nobody has. Look at the list, and revoke those." }
            }
        }
        @if let Some(first) = left.first() {
            p {
                (stopped.failed.len()) " sites were in the change that failed, from " code { (first) } " on; "
                (stopped.untried.len()) " behind them were not tried. Put right what is wrong, and begin another job for these:"
            }
            p {
                label for="left" { "Sites without a new key" }
                textarea #left readonly rows="6" spellcheck="false" { "\n" @for site in &left { (site) "\n" } }
            }
        }
    }
}
