//! What is written down about a decision: a fixed vocabulary, and the id of the key.

use std::future::Future;

use super::Stopwatch;
use crate::request::RequestView;
use crate::trace::event;
use crate::{AuthError, AuthState, Credential, ErrorKind, KeyId, Outcome, Reason, Scheme};

/// The name of no scheme.
const NONE: &str = "none";

pub(super) fn admitted<P>(request: &RequestView<'_>, state: &AuthState<P>, watch: Stopwatch) {
    let credential = request.noted();
    let scheme = credential.map_or(NONE, |credential| credential.scheme().name());
    let key = credential.and_then(|credential| credential.key()).map_or("", KeyId::as_str);
    let outcome = match state {
        AuthState::Authenticated(_) => "authenticated",
        AuthState::Anonymous => "anonymous",
    };
    let _ = key;
    event!(debug, scheme, key, outcome, "let through");
    watch.stop(scheme, outcome, NONE);
}

pub(super) fn refused(error: &AuthError, watch: Stopwatch) {
    let scheme = error.scheme().map_or(NONE, Scheme::name);
    let key = error.key().map_or("", KeyId::as_str);
    let source = std::error::Error::source(error).map(display_chain);
    let source = source.as_deref().unwrap_or_default();
    let reason = error.reason().text();
    let outcome = match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Internal => "unavailable",
        _ => "refused",
    };
    match error.reason() {
        _ if outcome == "unavailable" => event!(error, scheme, key, source, reason, outcome, "cannot decide"),
        Reason::MissingCredential | Reason::NonceRequired => {
            event!(debug, scheme, reason, outcome, "refused")
        }
        _ => event!(info, scheme, key, source, reason, outcome, "refused"),
    }
    let _ = (key, source);
    watch.stop(scheme, outcome, reason);
}

/// The body of a request that was let through is not what it must be.
#[cfg(any(feature = "tower", feature = "actix"))]
pub(super) fn interrupted(error: &AuthError) {
    let scheme = error.scheme().map_or(NONE, Scheme::name);
    let key = error.key().map_or("", KeyId::as_str);
    let reason = error.reason().text();
    event!(info, scheme, key, reason, "a body was refused while it was read");
    let _ = key;
    super::measure::interrupted(scheme, reason);
}

/// The span of one decision.
#[cfg(feature = "tracing")]
pub(super) struct Span(tracing::Span);

#[cfg(feature = "tracing")]
impl Span {
    pub(super) fn new() -> Self {
        use tracing::field::Empty;
        // One that nobody looks at would still be told to the `log` crate, if that is on.
        if !tracing::enabled!(target: "portcullis", tracing::Level::DEBUG) {
            return Self(tracing::Span::none());
        }
        Self(tracing::debug_span!(
            target: "portcullis", "authenticate", scheme = Empty, key = Empty, outcome = Empty
        ))
    }

    /// The decision, inside the span.
    pub(super) fn around<F: Future>(&self, deciding: F) -> tracing::instrument::Instrumented<F> {
        tracing::Instrument::instrument(deciding, self.0.clone())
    }

    /// Says in the span what it came to.
    pub(super) fn end<P>(&self, request: &RequestView<'_>, decision: &Result<Outcome<P>, AuthError>) {
        if self.0.is_disabled() {
            return;
        }
        let noted = request.noted();
        let (scheme, key, outcome) = match decision {
            Ok(Outcome::Absent) => (None, None, "absent"),
            Ok(Outcome::Authenticated(_)) => {
                (noted.map(Credential::scheme), noted.and_then(Credential::key), "authenticated")
            }
            Err(error) => (error.scheme(), error.key(), "refused"),
        };
        self.0.record("scheme", scheme.map_or(NONE, Scheme::name));
        self.0.record("key", key.map_or("", KeyId::as_str));
        self.0.record("outcome", outcome);
    }
}

/// No span.
#[cfg(not(feature = "tracing"))]
pub(super) struct Span;

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(super) const fn new() -> Self {
        Self
    }

    pub(super) fn around<F: Future>(&self, deciding: F) -> F {
        deciding
    }

    pub(super) fn end<P>(&self, _: &RequestView<'_>, _: &Result<Outcome<P>, AuthError>) {}
}

/// An error and what is behind it, in one line.
fn display_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}
