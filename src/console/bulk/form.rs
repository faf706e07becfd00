//! Choosing sites, and saying what their keys are like.

use maud::{Markup, html};

use super::job::State;
use super::scan::{self, Found, MOST_LOOKED_AT};
use super::template::{MOST_SITES, sites};
use crate::console::form::{Fields, query};
use crate::console::keys::{Choices, NewKeyForm};
use crate::console::layout::{Section, token};
use crate::console::moments::moment;
use crate::console::reply::{Answer, Failure, Page};
use crate::console::visit::{Change, Visit};

const TITLE: &str = "Keys for sites";

pub(super) async fn show(visit: Visit) -> Answer {
    Ok(page(&visit, &visit.query).await?.into())
}

/// The same form with another part of the list; what was ticked is in the text then.
pub(super) async fn choose(change: Change) -> Answer {
    Ok(page(&change.visit, &change.form).await?.into())
}

/// The same form, with what is wrong with it.
pub(super) async fn again(visit: &Visit, filled: &Fields, failure: &Failure) -> Answer {
    Ok(page(visit, filled).await?.with_error(failure).into())
}

async fn page(visit: &Visit, filled: &Fields) -> Result<Page, Failure> {
    if !visit.may_change() {
        let body = html! { p { "Your user may see keys, and not issue any." } };
        return Ok(Page::new(Section::Bulk, TITLE, body));
    }
    let part = filled.text("q").unwrap_or_default();
    // A button says which part of the list is wanted: behind what was shown, or the first one. A
    // form that is shown again for another reason shows the part that it had.
    let after = match filled.text("go") {
        Some("next") => filled.text("next"),
        Some(_) => None,
        None => filled.text("after"),
    };
    let found = scan::sites(visit.store(), part, after).await?;
    let choices = Choices::load(visit.store(), &visit.shared.settings).await?;
    let body = html! {
        (own_jobs(visit))
        form method="post" action=(visit.link("/bulk")) {
            (token(&visit.me)) (visit.once_field())
            @if let Some(after) = after { input type="hidden" name="after" value=(after); }
            (list(visit, filled, &found, after.is_some()))
            (fields(visit, filled, &choices))
            p { button type="submit" { "Issue the keys" } " " a.button.quiet href=(visit.link("/")) { "Cancel" } }
        }
    };
    Ok(Page::new(Section::Bulk, TITLE, body))
}

/// The sites to choose from, and those that are chosen.
fn list(visit: &Visit, filled: &Fields, found: &Found, is_later: bool) -> Markup {
    let chosen = sites(filled);
    let held: std::collections::HashSet<_> = chosen.iter().map(|site| site.as_str()).collect();
    let choose = visit.link("/bulk/choose");
    html! {
        h2 { "Sites" }
        div.panel {
            div.row {
                div { label for="q" { "Search" } input #q type="search" name="q" value=(filled.text("q").unwrap_or_default()) aria-describedby="q-hint"; }
                div { button.quiet type="submit" name="go" value="first" formaction=(choose) { "Show" } }
            }
            p #q-hint.hint { "Part of an id, a URL or an account. What is ticked stays chosen." }
            @if found.sites.is_empty() {
                p { @if found.next.is_some() { "None of the " (MOST_LOOKED_AT) " sites that were looked at fits: there are more." } @else { "No site fits." } }
            } @else {
                p hidden { label.tick { input type="checkbox" data-ticks="found"; "All of these" } }
                div.scroll {
                    table.stack {
                        caption { "Sites to choose from" }
                        thead { tr { th scope="col" { "Site" } th scope="col" { "URL" } th scope="col" { "Account" } } }
                        tbody #found {
                            @for site in &found.sites {
                                @let id = site.owner.id();
                                tr data-item {
                                    td data-label="Site" {
                                        @if held.contains(id) { span { (id) " " span.light.info { "Chosen" } } }
                                        @else { label.tick { input type="checkbox" name="chosen" value=(id); (id) } }
                                    }
                                    td data-label="URL" { (site.url.as_deref().unwrap_or("–")) }
                                    td data-label="Account" { (site.account.as_ref().map_or("–", |account| account.as_str())) }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = &found.next { input type="hidden" name="next" value=(next); }
            p.row {
                @if is_later { button.quiet type="submit" name="go" value="first" formaction=(choose) { "First sites" } }
                @if found.next.is_some() { button.quiet type="submit" name="go" value="next" formaction=(choose) { "More sites" } }
            }
        }
        p {
            label for="chosen-sites" { "Chosen sites" }
            textarea #chosen-sites name="sites" rows="6" spellcheck="false" autocomplete="off" aria-describedby="chosen-hint" {
                // A browser takes the first line feed away.
                "\n" @for site in &chosen { (site) "\n" }
            }
        }
        p #chosen-hint.hint { "An id on each line, at most " (MOST_SITES) ". Paste a list here, or tick sites above." }
    }
}

/// What the keys are like.
fn fields(visit: &Visit, filled: &Fields, choices: &Choices) -> Markup {
    let form = NewKeyForm { settings: &visit.shared.settings, choices, filled };
    html! {
        h2 { "Their keys" }
        div.grid {
            div {
                label for="label" { "Label" }
                input #label name="label" value=(filled.unique("label").unwrap_or_default()) maxlength="255" autocomplete="off" aria-describedby="label-hint";
                p #label-hint.hint { "With the id of the site in place of " code { "{site}" } ", or behind it." }
            }
            (form.kind()) (form.owner(false)) (form.limits())
        }
    }
}

/// The jobs of this user that are remembered.
fn own_jobs(visit: &Visit) -> Markup {
    let jobs = visit.shared.jobs.of_user(visit.me.user(), visit.now);
    html! {
        @if !jobs.is_empty() {
            h2 { "Your jobs" }
            div.scroll {
                table.stack {
                    caption { "Those of the last hour. Times are in UTC." }
                    thead { tr { th scope="col" { "Begun" } th scope="col" { "Keys" } th scope="col" { "State" } } }
                    tbody {
                        @for (id, job) in &jobs {
                            tr {
                                td.nowrap data-label="Begun" { a href=(visit.link(&format!("/bulk/job?{}", query(&[("id", id)])))) { (moment(job.began)) } }
                                td data-label="Keys" { (job.made()) " of " (job.total) }
                                td data-label="State" { (state(&job.state(visit.now))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn state(state: &State) -> Markup {
    let (class, words) = match state {
        State::Running => ("light info", "Running"),
        State::Ended { result: Ok(_), .. } => ("light good", "To download"),
        State::Ended { stopped: Some(_), .. } => ("light bad", "Stopped"),
        State::Ended { .. } => ("light", "Over"),
    };
    html! { span class=(class) { (words) } }
}
