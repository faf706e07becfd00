//! How an authenticator gets at the body without owning it.
//!
//! 1. The adapter makes a [`BodyGate`] for each request and lends it to the
//!    [`RequestView`](super::RequestView).
//! 2. An authenticator that needs the body awaits it; the gate notes that.
//! 3. The adapter polls the authenticator. When that is pending and the gate says that
//!    the body [is wanted](BodyGate::is_wanted), the adapter reads the body, up to its
//!    limit, [delivers](BodyGate::deliver) it, and polls on.
//!
//! So a body that no authenticator asks for is never read, and one that is read is read
//! once: everybody who asks gets the same bytes.
//!
//! Instead of asking, an authenticator may leave a [`BodyGuard`] behind, which checks the body
//! while the handler reads it. The adapter [takes](BodyGate::take_guards) them when the request
//! is let through; a body that was delivered already passes them at once.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;

use super::BodyGuard;
use crate::{AuthError, Reason, Timestamp};

/// Why an adapter cannot deliver the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyFailure {
    /// It is longer than the limit.
    #[error("the body is longer than the limit")]
    TooLarge,
    /// The transport failed, or the client went away.
    #[error("the body could not be read")]
    Unreadable,
    /// It did not come in time.
    #[error("the body did not come in time")]
    TooSlow,
    /// It is not in the encoding that its signature announces.
    #[error("the body is not in the announced encoding")]
    Malformed,
    /// It is not the body that was signed.
    #[error("the body is not the one that was signed")]
    NotAsSigned,
}

impl BodyFailure {
    /// The failure behind an error that came out of a body, or out of what reads bodies: the
    /// error itself, or one of its sources. None where the body failed for another reason,
    /// as when the client went away.
    ///
    /// ```
    /// use portcullis::request::BodyFailure;
    /// use portcullis::AuthError;
    ///
    /// fn status(error: &(dyn std::error::Error + 'static)) -> u16 {
    ///     BodyFailure::behind(error).map_or(400, |failure| AuthError::from(failure).kind().status())
    /// }
    /// let error = std::io::Error::other(BodyFailure::NotAsSigned);
    /// assert_eq!(status(&error), 401);
    /// ```
    #[must_use]
    pub fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(failure) = error.downcast_ref() {
                return Some(*failure);
            }
            // What is in an error of I/O is not among its sources.
            next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }
}

impl From<BodyFailure> for AuthError {
    fn from(failure: BodyFailure) -> Self {
        match failure {
            BodyFailure::TooLarge => Self::new(Reason::BodyTooLarge),
            BodyFailure::Unreadable => Self::new(Reason::UnreadableBody),
            BodyFailure::TooSlow => Self::new(Reason::SlowBody),
            BodyFailure::Malformed => Self::new(Reason::MalformedBody),
            BodyFailure::NotAsSigned => Self::new(Reason::DigestMismatch),
        }
    }
}

/// The meeting point of one request's authenticator and adapter.
#[derive(Debug, Default)]
pub struct BodyGate {
    state: Mutex<State>,
    guards: Mutex<Vec<Box<dyn BodyGuard>>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    Wanted(Waker),
    /// With the time at which it came, where it was not there at once.
    Delivered(Result<Bytes, BodyFailure>, Option<Timestamp>),
}

impl BodyGate {
    /// A gate that nobody has asked at yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: Mutex::new(State::Closed), guards: Mutex::new(Vec::new()) }
    }

    /// A gate with the body in place: for tests and for adapters that hold it already.
    #[must_use]
    pub const fn delivered(body: Bytes) -> Self {
        Self { state: Mutex::new(State::Delivered(Ok(body), None)), guards: Mutex::new(Vec::new()) }
    }

    /// Whether an authenticator waits for a body that is not here yet.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        matches!(*self.lock(), State::Wanted(_))
    }

    /// Hands the body, or why there is none, to all that wait or will ask.
    ///
    /// Only the first delivery counts.
    pub fn deliver(&self, body: Result<Bytes, BodyFailure>) {
        // How long it took is not known: whoever waited looks at the key again.
        let waited = self.is_wanted().then_some(Timestamp::from_unix_micros(i64::MIN));
        self.deliver_at(body, waited);
    }

    /// The same, of a body that came at this time, or was there at once.
    pub(crate) fn deliver_at(&self, body: Result<Bytes, BodyFailure>, came: Option<Timestamp>) {
        let mut state = self.lock();
        if matches!(*state, State::Delivered(..)) {
            return;
        }
        let before = std::mem::replace(&mut *state, State::Delivered(body, came));
        drop(state);
        if let State::Wanted(waker) = before {
            waker.wake();
        }
    }

    /// The body, as soon as the adapter has delivered it.
    pub(crate) async fn body(&self) -> Result<Bytes, BodyFailure> {
        poll_fn(|context| {
            let mut state = self.lock();
            match &*state {
                State::Delivered(body, _) => Poll::Ready(body.clone()),
                State::Wanted(waker) if waker.will_wake(context.waker()) => Poll::Pending,
                State::Closed | State::Wanted(_) => {
                    *state = State::Wanted(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Whether the body was delivered, and has no bytes.
    #[cfg(any(feature = "query-signature", feature = "sigv4", feature = "x-auth"))]
    pub(super) fn is_empty(&self) -> bool {
        matches!(&*self.lock(), State::Delivered(Ok(body), _) if body.is_empty())
    }

    /// When the body came, where it had to be waited for.
    pub(crate) fn came(&self) -> Option<Timestamp> {
        match *self.lock() {
            State::Delivered(_, came) => came,
            State::Closed | State::Wanted(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a guard behind those that are there: it is given what they hand on.
    pub(super) fn guard(&self, guard: Box<dyn BodyGuard>) {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner).push(guard);
    }

    /// What the body must pass on its way to the handler, in this order. An adapter asks for
    /// it once, when the request has been let through.
    #[must_use]
    pub fn take_guards(&self) -> Vec<Box<dyn BodyGuard>> {
        std::mem::take(&mut *self.guards.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
