//! What goes to the audit log.

use std::sync::Arc;

use super::{Known, Settings};
use crate::audit::{AuditEvent, AuditSink, KeyUse, RequestFacts, Who};
use crate::request::RequestView;
use crate::throttle::Began;
use crate::trace::event;
use crate::{AuthError, AuthState, Identity};

/// Where events go, and how a principal of this type is named in them.
pub(crate) struct Audit<P> {
    sink: Arc<dyn AuditSink>,
    who: fn(&P) -> Who<'_>,
}

impl<P: Identity> Audit<P> {
    pub(crate) fn new(sink: impl AuditSink) -> Self {
        Self { sink: Arc::new(sink), who: |principal| Who::of(principal) }
    }
}

#[cfg(any(feature = "tower", feature = "actix"))]
impl<P> Audit<P> {
    pub(super) fn sink(&self) -> Arc<dyn AuditSink> {
        Arc::clone(&self.sink)
    }
}

impl<P> Clone for Audit<P> {
    fn clone(&self) -> Self {
        Self { sink: Arc::clone(&self.sink), who: self.who }
    }
}

/// The id that the request was given, if it is one that can be written down: at most 64
/// letters, digits, `-`, `_` and `.`.
pub(super) fn request_id<'a>(request: &RequestView<'a>) -> Option<&'a str> {
    let plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    request.unique_header("x-request-id").ok().flatten().filter(plain)
}

pub(super) fn facts<'a>(request: &RequestView<'a>) -> RequestFacts<'a> {
    RequestFacts::of(request).with_request_id(request_id(request))
}

pub(super) fn admitted<P>(request: &RequestView<'_>, state: &AuthState<P>, settings: &Settings<P>) {
    let Some(audit) = &settings.audit else { return };
    let at = request.received_at();
    audit.sink.record(&match state {
        AuthState::Authenticated(principal) => {
            AuditEvent::Authenticated { at, request: facts(request), who: (audit.who)(principal) }
        }
        AuthState::Anonymous => {
            let name = settings.anonymous_name.as_ref().into();
            AuditEvent::Anonymous { at, request: facts(request), name }
        }
    });
}

pub(super) fn refused<P>(request: &RequestView<'_>, error: &AuthError, settings: &Settings<P>) {
    if let Some(audit) = &settings.audit {
        audit.sink.record(&AuditEvent::refused(request.received_at(), facts(request), error));
    }
}

pub(super) fn throttled<P>(request: &RequestView<'_>, began: Began, settings: &Settings<P>) {
    let Some(audit) = &settings.audit else { return };
    let Began { network, wait } = began;
    audit.sink.record(&AuditEvent::Throttled {
        at: request.received_at(),
        request: facts(request),
        network,
        wait,
    });
}

/// Makes it seen when a key is used from an address for the first time. That the store of
/// addresses fails is no reason to refuse anybody.
pub(super) async fn first_use<P>(
    request: &RequestView<'_>,
    principal: &P,
    known: &Known,
    settings: &Settings<P>,
) {
    let (Some(credential), Some(address)) = (request.noted(), request.peer()) else { return };
    let Some(used) = KeyUse::of(credential, address, request.received_at()) else { return };
    match known.first_use(&used, &*settings.clock).await {
        Ok(Some(false) | None) => {}
        Ok(Some(true)) => {
            let key = used.key().as_str();
            event!(info, scheme = used.scheme().name(), key, %address, "used from this address for the first time");
            let _ = key;
            if let Some(audit) = &settings.audit {
                let (at, who) = (request.received_at(), (audit.who)(principal));
                audit.sink.record(&AuditEvent::FirstUse { at, request: facts(request), who, address });
            }
        }
        Err(error) => {
            event!(error, source = %error, "the store of known addresses cannot answer: it is not asked for 5 seconds");
            let _ = error;
        }
    }
}
