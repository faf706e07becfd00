//! Events in memory.

use std::sync::{Arc, Mutex, PoisonError};

use super::{AuditEvent, AuditSink};

/// Keeps every event in memory, for tests that look at them. Its clones are the same
/// trail. It grows for as long as nobody takes from it: no service should have one.
///
/// ```
/// use portcullis::audit::{AuditEvent, AuditSink, AuditTrail, RequestFacts};
/// use portcullis::{AuthError, Reason, Timestamp};
/// let trail = AuditTrail::new();
/// let (now, request) = (Timestamp::from_unix_seconds(0), RequestFacts::new("GET", "/"));
/// trail.record(&AuditEvent::refused(now, request, &AuthError::new(Reason::Expired)));
/// assert_eq!(trail.names(), ["refused"]);
/// assert_eq!(trail.take().len(), 1);
/// assert!(trail.events().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct AuditTrail(Arc<Mutex<Vec<AuditEvent<'static>>>>);

impl AuditTrail {
    /// An empty trail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The events so far.
    #[must_use]
    pub fn events(&self) -> Vec<AuditEvent<'static>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The [names](AuditEvent::name) of the events so far.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.events().iter().map(AuditEvent::name).collect()
    }

    /// Takes the events so far out.
    #[must_use]
    pub fn take(&self) -> Vec<AuditEvent<'static>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AuditSink for AuditTrail {
    fn record(&self, event: &AuditEvent<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone().into_owned());
    }
}
