//! Making the keys.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::scan;
use super::template::Template;
use crate::console::store::Store;
use crate::store::{AdminError, BulkStop, SiteKey, SiteKeys};
use crate::{Clock, SiteId, Timestamp, UserId};

/// How long after the end of a job its secrets are there.
pub(super) const KEPT: Duration = Duration::from_secs(15 * 60);

/// Keys for sites, of a user.
pub(in crate::console) struct Job {
    pub(super) user: UserId,
    pub(super) began: Timestamp,
    pub(super) total: usize,
    made: AtomicUsize,
    end: Mutex<Option<End>>,
}

/// How a job has ended.
struct End {
    at: Timestamp,
    stopped: Option<Arc<Stopped>>,
    result: Outcome,
}

/// What is to be had of a job that has ended.
pub(super) enum Outcome {
    /// The keys, once.
    Ready(Vec<SiteKey>),
    /// Somebody had them, or they have lapsed, or there are none.
    Empty(Why),
}

/// Why there is nothing to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// No key was made.
    None,
    /// It was downloaded.
    Downloaded,
    /// Nobody has downloaded it in time.
    Lapsed,
    /// The job came to nothing in the middle.
    Lost,
}

/// Where a job stopped.
pub(super) struct Stopped {
    /// Why.
    pub(super) reason: String,
    /// The sites that are the reason, as far as they are known.
    pub(super) wrong: Vec<SiteId>,
    /// Whether the sites of the change that failed may have keys all the same.
    pub(super) uncertain: bool,
    /// The sites of the change that failed.
    pub(super) failed: Vec<SiteId>,
    /// Those for which nothing was tried.
    pub(super) untried: Vec<SiteId>,
}

/// How a job stands.
pub(super) enum State {
    /// It runs.
    Running,
    /// It has ended.
    Ended {
        /// When the result lapses; none where there is none, and why.
        result: Result<Timestamp, Why>,
        /// Where it stopped, if it did.
        stopped: Option<Arc<Stopped>>,
    },
}

/// What a job does.
pub(super) struct Work {
    pub(super) store: Store,
    pub(super) template: Template,
    pub(super) sites: Vec<SiteId>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Job {
    pub(super) const fn new(user: UserId, total: usize, began: Timestamp) -> Self {
        Self { user, began, total, made: AtomicUsize::new(0), end: Mutex::new(None) }
    }

    /// How many keys are made.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    /// How it stands; what has lapsed at `now` is wiped first.
    pub(super) fn state(&self, now: Timestamp) -> State {
        let mut end = self.end();
        let Some(end) = &mut *end else { return State::Running };
        let lapses = end.at.saturating_add(KEPT);
        if lapses <= now {
            end.lapse();
        }
        let result = match &end.result {
            Outcome::Ready(_) => Ok(lapses),
            Outcome::Empty(why) => Err(*why),
        };
        State::Ended { result, stopped: end.stopped.clone() }
    }

    /// When it ended.
    pub(super) fn ended(&self) -> Option<Timestamp> {
        self.end().as_ref().map(|end| end.at)
    }

    /// Takes the keys, which nobody gets again.
    pub(super) fn take(&self, now: Timestamp) -> Option<Vec<SiteKey>> {
        let mut end = self.end();
        let end = end.as_mut()?;
        if end.at.saturating_add(KEPT) <= now {
            end.lapse();
        }
        match &mut end.result {
            Outcome::Ready(keys) => {
                let keys = std::mem::take(keys);
                end.result = Outcome::Empty(Why::Downloaded);
                Some(keys)
            }
            Outcome::Empty(_) => None,
        }
    }

    pub(super) fn finish(&self, at: Timestamp, stopped: Option<Stopped>, result: Outcome) {
        *self.end() = Some(End { at, stopped: stopped.map(Arc::new), result });
    }

    fn end(&self) -> MutexGuard<'_, Option<End>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn lapse(&mut self) {
        if matches!(self.result, Outcome::Ready(_)) {
            self.result = Outcome::Empty(Why::Lapsed);
        }
    }
}

/// Does the work behind the pages, and wipes its result when that has lapsed.
pub(super) fn run(job: Arc<Job>, work: Work) {
    tokio::spawn(async move {
        let clock = Arc::clone(&work.clock);
        // A store that panics ends the job, and does not leave it running for ever.
        if tokio::spawn(make(Arc::clone(&job), work)).await.is_err() {
            job.finish(clock.now(), None, Outcome::Empty(Why::Lost));
        }
        // For jobs that nobody looks at again.
        tokio::time::sleep(KEPT).await;
        if let Some(end) = job.end().as_mut() {
            end.lapse();
        }
    });
}

async fn make(job: Arc<Job>, work: Work) {
    let Work { store, template, sites, clock } = work;
    let mut progress = |made, _| job.made.store(made, Ordering::Relaxed);
    let key = |site: &SiteId| template.key(site);
    let SiteKeys { issued, stopped } = store.issue_for_sites(&key, &sites, clock.now(), &mut progress).await;
    job.made.store(issued.len(), Ordering::Relaxed);
    let stopped = match stopped {
        Some(stop) => Some(explained(&store, &template, stop).await),
        None => None,
    };
    let result = if issued.is_empty() { Outcome::Empty(Why::None) } else { Outcome::Ready(issued) };
    job.finish(clock.now(), stopped, result);
}

/// Says which sites are the reason, where sites are.
async fn explained(store: &Store, template: &Template, stop: BulkStop) -> Stopped {
    let BulkStop { error, failed, untried } = stop;
    let mut wrong = Vec::new();
    if matches!(error, AdminError::UnknownOwner | AdminError::ForeignOwner) {
        for site in &failed {
            // Where the store cannot say, the page does not either.
            let Ok(held) = scan::site(store, site.as_str()).await else { break };
            let is_wrong = match (&error, held) {
                (AdminError::UnknownOwner, held) => held.is_none(),
                (_, held) => held.is_some_and(|held| {
                    let account = held.account.as_ref().map(|account| account.as_str());
                    template.account().is_some_and(|wanted| account != Some(wanted))
                }),
            };
            if is_wrong {
                wrong.push(site.clone());
            }
        }
    }
    let reason = match (&error, wrong.is_empty()) {
        (AdminError::UnknownOwner, false) => "there are sites that are not known".to_owned(),
        (AdminError::UnknownOwner, true) => "the user or the account is not known".to_owned(),
        (AdminError::ForeignOwner, false) => "there are sites of another account".to_owned(),
        (AdminError::ForeignOwner, true) => "the user belongs to another account than a site".to_owned(),
        (error, _) => error.to_string(),
    };
    Stopped { reason, wrong, uncertain: matches!(error, AdminError::Store(_)), failed, untried }
}
