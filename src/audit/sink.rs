//! Where events go.

use std::sync::Arc;

use super::AuditEvent;

/// Where events go.
///
/// A sink *must*
///
/// * return soon: it is called while a request waits, on a thread that serves others. What
///   has to wait for long goes behind a [`Background`](super::Background);
/// * deal with its own failures, and make them visible: whoever records cannot. It must
///   neither panic nor drop an event without a trace;
/// * take calls of several threads at once, and keep the order of each thread.
///
/// A closure is a sink:
///
/// ```
/// use portcullis::audit::{AuditEvent, AuditSink, RequestFacts};
/// use portcullis::{AuthError, Reason, Timestamp};
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// static REFUSED: AtomicUsize = AtomicUsize::new(0);
///
/// let sink = |event: &AuditEvent<'_>| {
///     if let AuditEvent::Refused { .. } = event {
///         REFUSED.fetch_add(1, Ordering::Relaxed);
///     }
/// };
/// let (now, request) = (Timestamp::from_unix_seconds(0), RequestFacts::new("GET", "/"));
/// sink.record(&AuditEvent::refused(now, request, &AuthError::new(Reason::Expired)));
/// assert_eq!(REFUSED.load(Ordering::Relaxed), 1);
/// ```
pub trait AuditSink: Send + Sync + 'static {
    /// Records an event.
    fn record(&self, event: &AuditEvent<'_>);
}

impl<S: AuditSink + ?Sized> AuditSink for Arc<S> {
    fn record(&self, event: &AuditEvent<'_>) {
        S::record(self, event);
    }
}

impl<F: Fn(&AuditEvent<'_>) + Send + Sync + 'static> AuditSink for F {
    fn record(&self, event: &AuditEvent<'_>) {
        self(event);
    }
}

/// Two sinks: each event goes to the first, then to the second.
///
/// ```
/// use portcullis::audit::{AuditEvent, AuditSink, AuditTrail, RequestFacts, Tee};
/// use portcullis::{AuthError, Reason, Timestamp};
/// let (one, other) = (AuditTrail::new(), AuditTrail::new());
/// let both = Tee::new(one.clone(), other.clone());
/// let (now, request) = (Timestamp::from_unix_seconds(0), RequestFacts::new("GET", "/"));
/// both.record(&AuditEvent::refused(now, request, &AuthError::new(Reason::Expired)));
/// assert_eq!((one.events().len(), other.events().len()), (1, 1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tee<A, B>(A, B);

impl<A, B> Tee<A, B> {
    /// A sink that is both.
    #[must_use]
    pub const fn new(first: A, second: B) -> Self {
        Self(first, second)
    }
}

impl<A: AuditSink, B: AuditSink> AuditSink for Tee<A, B> {
    fn record(&self, event: &AuditEvent<'_>) {
        self.0.record(event);
        self.1.record(event);
    }
}
