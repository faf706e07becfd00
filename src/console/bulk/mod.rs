//! Keys for many sites: which sites, what the keys are like, how far it is, and the result.
//!
//! Keys are made by a job behind the pages. It belongs to the user who began it: nobody else is
//! shown it. What was begun is finished, whatever becomes of the user meanwhile; the result is
//! given out once, to a form that needs the privilege to change like any other.
//!
//! The secrets are in memory until then, and no longer than 15 minutes after the end of the job.

mod csv;
mod form;
mod job;
mod jobs;
mod scan;
mod show;
mod start;
mod template;

use super::gate::Administrator;
use super::reply::Failure;
use super::routes::{Asks, Routes};
use crate::Authenticator;

pub(super) use jobs::Jobs;

/// Adds the pages about keys for many sites.
pub(super) fn add<A: Authenticator<Principal = Administrator>>(routes: Routes<A>) -> Routes<A> {
    routes
        .page("/bulk", form::show)
        .form("/bulk/choose", Asks::Change, form::choose)
        .change("/bulk", start::start)
        .page("/bulk/job", show::show)
        .change("/bulk/download", show::download)
}

/// What is said of a job that is not there, or not this user's.
const NO_JOB: Failure = Failure::Unknown("job");
