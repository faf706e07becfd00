//! Beginning a job.

use std::sync::Arc;

use super::form;
use super::job::{Job, Work, run};
use super::template::{MOST_SITES, Template, sites};
use crate::console::form::query;
use crate::console::reply::{Answer, Failure, Reply};
use crate::console::visit::Change;

pub(super) async fn start(change: Change) -> Answer {
    match begin(&change).await {
        Ok(id) => Ok(Reply::see(format!("/bulk/job?{}", query(&[("id", &id)])))),
        Err(failure) => form::again(&change.visit, &change.form, &failure).await,
    }
}

/// Begins the job that a form asks for, and says what its id is.
async fn begin(change: &Change) -> Result<String, Failure> {
    let (visit, shared) = (&change.visit, &change.visit.shared);
    let template = Template::read(&change.form, &shared.settings)?;
    let sites = sites(&change.form);
    if sites.is_empty() {
        return Err(Failure::invalid("no site is chosen"));
    }
    if sites.len() > MOST_SITES {
        let count = sites.len();
        return Err(Failure::invalid(format!("{count} sites are chosen: a job is for at most {MOST_SITES}")));
    }
    template.check(&sites)?;
    shared.once(change).await?;
    let job = Arc::new(Job::new(visit.me.user().clone(), sites.len(), visit.now));
    let id = shared.jobs.add(&job, visit.now)?;
    let (store, clock) = (change.store.clone(), Arc::clone(&shared.clock));
    run(job, Work { store, template, sites, clock });
    Ok(id)
}
