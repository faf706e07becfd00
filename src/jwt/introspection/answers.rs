//! What issuers have said of tokens, for as long as it counts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::answer;
use super::flights::{Digest, Flights};
use super::{IntrospectionEndpoint, IntrospectionError};
use crate::Timestamp;
use crate::client::{HttpClient, HttpClientError, ResponseLimits};
use crate::crypto::digest::sha256;
use crate::jwt::{JwtPolicy, VerifiedToken};

/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// How many answers are kept of each kind.
const CAPACITY: usize = 10_000;
/// How many questions are under way at once.
const QUESTIONS: usize = 64;

/// An active token, or none.
type Answer = Option<Arc<VerifiedToken>>;

/// The answers of one endpoint, to one authenticator, with its policy: no other sees them.
/// Those about active tokens and the others are kept apart, so that a flood of the one does
/// not wash out the other. Failures are not kept.
pub(super) struct Answers {
    client: Arc<dyn HttpClient>,
    endpoint: IntrospectionEndpoint,
    pub(super) policy: JwtPolicy,
    pub(super) deadline: Duration,
    pub(super) ttl: Duration,
    pub(super) inactive_ttl: Duration,
    capacity: usize,
    most_questions: usize,
    active: Cache<Digest, (Arc<VerifiedToken>, Timestamp)>,
    inactive: Cache<Digest, Timestamp>,
    flights: Flights<Result<Answer, Arc<IntrospectionError>>>,
    /// One for each question that may be under way.
    questions: Semaphore,
}

impl Answers {
    pub(super) fn new(
        client: Arc<dyn HttpClient>,
        endpoint: IntrospectionEndpoint,
        policy: JwtPolicy,
    ) -> Self {
        Self {
            client,
            endpoint,
            policy,
            deadline: Duration::from_secs(5),
            ttl: Duration::from_secs(60),
            inactive_ttl: Duration::from_secs(5),
            capacity: CAPACITY,
            most_questions: QUESTIONS,
            active: Cache::new(CAPACITY),
            inactive: Cache::new(CAPACITY),
            flights: Flights::new(),
            questions: Semaphore::new(QUESTIONS),
        }
    }

    /// The same settings, and nothing that is kept.
    pub(super) fn empty(&self) -> Self {
        let (client, endpoint) = (Arc::clone(&self.client), self.endpoint.clone());
        let mut empty = Self::new(client, endpoint, self.policy.clone());
        (empty.deadline, empty.ttl, empty.inactive_ttl) = (self.deadline, self.ttl, self.inactive_ttl);
        empty.capacity(self.capacity);
        empty.most_questions(self.most_questions);
        empty
    }

    /// Allows so many questions at once.
    pub(super) fn most_questions(&mut self, most: usize) {
        self.most_questions = most.clamp(1, Semaphore::MAX_PERMITS);
        self.questions = Semaphore::new(self.most_questions);
    }

    /// Makes room for so many answers of each kind, in place of what is kept.
    pub(super) fn capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.active = Cache::new(capacity);
        self.inactive = Cache::new(capacity);
    }

    /// What the issuer says of a token, or has said as long as that counts.
    pub(super) async fn about(&self, token: &str, now: Timestamp) -> Result<Answer, Arc<IntrospectionError>> {
        let digest = sha256(token.as_bytes());
        if let Some(known) = self.known(&digest, now) {
            return Ok(known);
        }
        let ask = || async move {
            // Another one may have landed between our look and our lead.
            match self.known(&digest, now) {
                Some(known) => Ok(known),
                None => self.ask(token, digest, now).await.map_err(Arc::new),
            }
        };
        self.flights.join(digest, ask).await
    }

    fn known(&self, digest: &Digest, now: Timestamp) -> Option<Answer> {
        if let Some((token, since)) = self.active.get(digest)
            && since.abs_diff(now) < self.ttl
        {
            return Some(Some(token));
        }
        let since = self.inactive.get(digest)?;
        (since.abs_diff(now) < self.inactive_ttl.min(self.ttl)).then_some(None)
    }

    async fn ask(&self, token: &str, digest: Digest, now: Timestamp) -> Result<Answer, IntrospectionError> {
        let started = Instant::now();
        let turn = timeout(self.deadline, self.questions.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(IntrospectionError::Busy) };
        let question = self.endpoint.question(token)?;
        let limits = ResponseLimits::new(LONGEST, self.deadline);
        // Whatever the client does about its limits.
        let left = self.deadline.saturating_sub(started.elapsed());
        let answer = timeout(left, self.client.send(question, limits)).await;
        let answer = answer.map_err(|_| HttpClientError::TimedOut)??;
        let answer = answer::read(answer, LONGEST, &self.policy)?.map(Arc::new);
        match &answer {
            Some(token) => {
                self.inactive.remove(&digest);
                self.active.insert(digest, (Arc::clone(token), now));
            }
            None => {
                self.active.remove(&digest);
                self.inactive.insert(digest, now);
            }
        }
        Ok(answer)
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("endpoint", &self.endpoint)
            .field("policy", &self.policy)
            .field("active", &self.active.len())
            .field("inactive", &self.inactive.len())
            .finish_non_exhaustive()
    }
}
