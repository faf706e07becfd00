//! Who is logged in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::administrator::{Administrator, SessionName};
use crate::crypto::{RandomError, digest, random};
use crate::{Secret, Timestamp, UserId};

/// More are no administrators: whoever logged in first is logged out.
const MOST: usize = 1_000;

/// The sessions of this process. Kept of each is the SHA-256 of its random id.
pub(in crate::console) struct Sessions {
    held: Mutex<HashMap<SessionName, Session>>,
    idle: Duration,
    longest: Duration,
}

struct Session {
    administrator: Administrator,
    began: Timestamp,
    seen: Timestamp,
}

impl Sessions {
    /// Sessions that end `idle` after the last request, and `longest` after the log-in.
    pub(in crate::console) fn new(idle: Duration, longest: Duration) -> Self {
        Self { held: Mutex::default(), idle, longest }
    }

    /// Begins a session: 256 random bits, for a cookie.
    pub(in crate::console) fn begin(&self, user: UserId, now: Timestamp) -> Result<Secret, RandomError> {
        let (id, token) = (random::base64url::<32>()?, random::base64url::<32>()?);
        let name = digest::sha256(id.as_bytes());
        let administrator = Administrator::new(user, Secret::from(token)).in_session(name);
        let mut held = self.held();
        held.retain(|_, session| self.lives(session, now));
        if held.len() >= MOST
            && let Some(oldest) = held.iter().min_by_key(|(_, session)| session.began).map(|(id, _)| *id)
        {
            held.remove(&oldest);
        }
        held.insert(name, Session { administrator, began: now, seen: now });
        Ok(Secret::from(id))
    }

    /// Whose session it is, if it lives; it is seen at `now`.
    pub(in crate::console) fn find(&self, id: &str, now: Timestamp) -> Option<Administrator> {
        let mut held = self.held();
        let session = held.get_mut(&digest::sha256(id.as_bytes()))?;
        if !self.lives(session, now) {
            return None;
        }
        session.seen = session.seen.max(now);
        Some(session.administrator.clone())
    }

    /// Ends a session.
    pub(in crate::console) fn end(&self, name: &SessionName) {
        self.held().remove(name);
    }

    /// For how long a cookie is of use.
    pub(in crate::console) const fn longest(&self) -> Duration {
        self.longest
    }

    fn lives(&self, session: &Session, now: Timestamp) -> bool {
        now < session.seen.saturating_add(self.idle) && now < session.began.saturating_add(self.longest)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<SessionName, Session>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_unix_seconds(0).saturating_add(MINUTE * minutes)
    }

    #[test]
    fn a_session_ends_when_nobody_uses_it_when_it_is_long_enough_and_when_it_is_ended() {
        let sessions = Sessions::new(MINUTE * 30, MINUTE * 70);
        let begin = || sessions.begin("ada".into(), at(0)).expect("random");
        let finds =
            |id: &Secret, minute| sessions.find(id.expose_text().expect("text"), at(minute)).is_some();
        let (used, unused, ended) = (begin(), begin(), begin());
        assert!(finds(&used, 29) && finds(&used, 58) && finds(&used, 69) && !finds(&used, 70));
        assert!(!finds(&unused, 30));
        assert!(finds(&ended, 1));
        sessions.end(&digest::sha256(ended.expose()));
        assert!(!finds(&ended, 1));
    }

    #[test]
    fn there_are_no_more_than_a_thousand() {
        let sessions = Sessions::new(MINUTE * 30, MINUTE * 70);
        let first = sessions.begin("first".into(), at(0)).expect("random");
        for _ in 0..MOST {
            drop(sessions.begin("ada".into(), at(1)).expect("random"));
        }
        assert_eq!(sessions.held().len(), MOST);
        assert!(sessions.find(first.expose_text().expect("text"), at(1)).is_none());
    }
}
