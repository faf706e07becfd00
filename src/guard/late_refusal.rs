//! What is written down of a request that was let through, and whose body then was not what it
//! must be.

use std::sync::Arc;

use super::{Settings, audit, log};
use crate::audit::{AuditEvent, AuditSink, RequestFacts};
use crate::request::{BodyFailure, RequestView};
use crate::{AuthError, Clock, Credential};

/// All that is known of the request, kept until its body has ended.
pub(crate) struct LateRefusal {
    credential: Option<Credential>,
    clock: Arc<dyn Clock>,
    audited: Option<(Arc<dyn AuditSink>, RequestFacts<'static>)>,
}

impl LateRefusal {
    pub(super) fn new<P>(request: &RequestView<'_>, settings: &Settings<P>) -> Self {
        let sink = settings.audit.as_ref().map(audit::Audit::sink);
        Self {
            credential: request.noted().cloned(),
            clock: Arc::clone(&settings.clock),
            audited: sink.map(|sink| (sink, audit::facts(request).into_owned())),
        }
    }

    /// Writes down that the body failed.
    pub(super) fn refused(&self, failure: BodyFailure) {
        let error = AuthError::from(failure).with_credential(self.credential.as_ref());
        log::interrupted(&error);
        if let Some((sink, facts)) = &self.audited {
            sink.record(&AuditEvent::refused(self.clock.now(), facts.clone(), &error));
        }
    }
}
