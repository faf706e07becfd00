//! The jobs of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::job::{Job, State};
use crate::Timestamp;
use crate::UserId;
use crate::console::reply::Failure;
use crate::crypto::random;

/// How many jobs of one user may run, or have a result that nobody took.
const MOST_OF_USER: usize = 5;
/// How many of all users may.
const MOST: usize = 20;
/// How many are remembered, with those that are over.
const MOST_HELD: usize = 100;
/// How long after its end a job is remembered, without secrets.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Jobs by their random ids.
#[derive(Default)]
pub(in crate::console) struct Jobs(Mutex<HashMap<String, Arc<Job>>>);

impl Jobs {
    /// Keeps a job, and says under which id.
    ///
    /// # Errors
    /// [`Failure::Invalid`] where there are too many.
    pub(super) fn add(&self, job: &Arc<Job>, now: Timestamp) -> Result<String, Failure> {
        let id = random::hex::<16>()?;
        let mut held = self.tidied(now);
        let counts = |job: &&Arc<Job>| is_open(job, now);
        let open: Vec<_> = held.values().filter(counts).collect();
        if open.iter().filter(|other| other.user == job.user).count() >= MOST_OF_USER {
            return Err(Failure::invalid(format!(
                "{MOST_OF_USER} of your jobs run, or have a result to download: download those first"
            )));
        }
        if open.len() >= MOST {
            return Err(Failure::invalid("too many jobs run at once: try again in some minutes"));
        }
        if held.len() >= MOST_HELD {
            let over = held.iter().filter(|(_, job)| !is_open(job, now));
            let oldest = over.min_by_key(|(_, job)| job.began).map(|(id, _)| id.clone());
            oldest.and_then(|id| held.remove(&id));
        }
        held.insert(id.clone(), Arc::clone(job));
        Ok(id)
    }

    /// The job of this id, if it is of this user.
    pub(super) fn find(&self, id: &str, user: &UserId, now: Timestamp) -> Option<Arc<Job>> {
        self.tidied(now).get(id).filter(|job| job.user == *user).cloned()
    }

    /// All jobs of a user with their ids, the newest first.
    pub(super) fn of_user(&self, user: &UserId, now: Timestamp) -> Vec<(String, Arc<Job>)> {
        let held = self.tidied(now);
        let own = held.iter().filter(|(_, job)| job.user == *user);
        let mut own: Vec<_> = own.map(|(id, job)| (id.clone(), Arc::clone(job))).collect();
        own.sort_by(|(id, job), (other, than)| than.began.cmp(&job.began).then_with(|| id.cmp(other)));
        own
    }

    /// The jobs, without those that ended long ago.
    fn tidied(&self, now: Timestamp) -> MutexGuard<'_, HashMap<String, Arc<Job>>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, job| {
            // Wipes what has lapsed.
            drop(job.state(now));
            job.ended().is_none_or(|end| now < end.saturating_add(REMEMBERED))
        });
        held
    }
}

/// Whether a job runs, or has a result.
fn is_open(job: &Job, now: Timestamp) -> bool {
    matches!(job.state(now), State::Running | State::Ended { result: Ok(_), .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::console::bulk::job::{KEPT, Outcome, Why};
    use crate::store::{IssuedKey, SiteKey};

    const BEGAN: Timestamp = Timestamp::from_unix_seconds(1_000);

    fn job(user: &str) -> Arc<Job> {
        Arc::new(Job::new(user.into(), 1, BEGAN))
    }

    fn finish(job: &Job, at: Timestamp) {
        let key = IssuedKey::new("id".into(), Secret::from("secret"));
        job.finish(at, None, Outcome::Ready(vec![SiteKey { site: "shop".into(), key }]));
    }

    fn result(job: &Job, now: Timestamp) -> Option<Result<Timestamp, Why>> {
        match job.state(now) {
            State::Running => None,
            State::Ended { result, .. } => Some(result),
        }
    }

    #[test]
    fn a_result_is_taken_once() {
        let job = job("ada");
        assert!(job.take(BEGAN).is_none() && result(&job, BEGAN).is_none());
        finish(&job, BEGAN);
        assert_eq!(result(&job, BEGAN), Some(Ok(BEGAN.saturating_add(KEPT))));
        assert_eq!(job.take(BEGAN).expect("keys").len(), 1);
        assert!(job.take(BEGAN).is_none());
        assert_eq!(result(&job, BEGAN), Some(Err(Why::Downloaded)));
    }

    #[test]
    fn a_result_lapses_fifteen_minutes_after_the_end() {
        let (last, late) = (KEPT - Duration::from_secs(1), KEPT);
        for (after, there) in [(last, true), (late, false)] {
            let job = job("ada");
            finish(&job, BEGAN);
            assert_eq!(job.take(BEGAN.saturating_add(after)).is_some(), there);
        }
        let job = job("ada");
        finish(&job, BEGAN);
        assert_eq!(result(&job, BEGAN.saturating_add(late)), Some(Err(Why::Lapsed)));
        // A clock that is set back brings nothing back.
        assert!(job.take(BEGAN).is_none());
    }

    #[test]
    fn a_job_is_its_users_alone_and_forgotten_an_hour_after_its_end() {
        let (jobs, mine) = (Jobs::default(), job("ada"));
        let id = jobs.add(&mine, BEGAN).expect("kept");
        let finds = |user: &str, now| jobs.find(&id, &user.into(), now).is_some();
        let later = BEGAN.saturating_add(REMEMBERED);
        assert!(finds("ada", BEGAN) && finds("ada", later) && !finds("bob", BEGAN));
        assert!(jobs.find("", &"ada".into(), BEGAN).is_none());
        assert_eq!(jobs.of_user(&"ada".into(), BEGAN).len(), 1);
        assert!(jobs.of_user(&"bob".into(), BEGAN).is_empty());
        finish(&mine, BEGAN);
        assert!(finds("ada", later.saturating_sub(Duration::from_secs(1))) && !finds("ada", later));
    }

    #[test]
    fn jobs_that_run_or_have_a_result_are_limited() {
        let jobs = Jobs::default();
        let own: Vec<_> = (0..MOST_OF_USER).map(|_| job("ada")).collect();
        for job in &own {
            jobs.add(job, BEGAN).expect("kept");
        }
        let more = || jobs.add(&job("ada"), BEGAN);
        assert!(matches!(more(), Err(Failure::Invalid(_))));
        finish(&own[0], BEGAN);
        assert!(more().is_err());
        assert!(own[0].take(BEGAN).is_some());
        more().expect("one is over");
        for number in 0..MOST - MOST_OF_USER {
            jobs.add(&job(&format!("user {}", number / MOST_OF_USER)), BEGAN).expect("kept");
        }
        assert!(matches!(jobs.add(&job("bob"), BEGAN), Err(Failure::Invalid(_))));
    }

    #[test]
    fn jobs_that_are_over_make_place() {
        let jobs = Jobs::default();
        for _ in 0..MOST_HELD + 5 {
            let job = job("ada");
            jobs.add(&job, BEGAN).expect("kept");
            finish(&job, BEGAN);
            assert!(job.take(BEGAN).is_some());
        }
        assert_eq!(jobs.of_user(&"ada".into(), BEGAN).len(), MOST_HELD);
    }
}
