//! What is told of the keys of an issuer, to logs and to those who count.
//!
//! | metric | kind | labels besides `issuer` |
//! |---|---|---|
//! | `portcullis_jwks_fetches_total` | counter | `cause`, `outcome` |
//! | `portcullis_jwks_keys` | gauge | |
//! | `portcullis_jwks_fetched_at_seconds` | gauge, Unix time | |
//! | `portcullis_jwks_dropped_keys_total` | counter | |
//! | `portcullis_jwks_unknown_ids_total` | counter | `outcome` |
//!
//! `issuer` is the URL that the application configured; no label comes from a token or from
//! an answer. `cause` is `schedule` or `unknown-id`. The `outcome` of a fetch is `replaced`,
//! `unchanged` or what failed; that of an unknown id `found`, `unknown`, `cooling` or
//! `unavailable`.

use std::error::Error;
use std::sync::Arc;

use super::JwksFetchError;
use crate::Timestamp;
use crate::jwt::{DroppedKey, JwtKeyError};
use crate::trace::event;

/// Tells of one issuer's keys.
#[derive(Clone, Debug)]
pub(super) struct Events {
    issuer: Arc<str>,
}

/// Everything that an error came from.
fn sources(error: &JwksFetchError) -> Option<String> {
    let mut next = error.source();
    let mut all: Vec<String> = Vec::new();
    while let Some(source) = next {
        all.push(source.to_string());
        next = source.source();
    }
    (!all.is_empty()).then(|| all.join(": "))
}

/// What caused a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Schedule,
    UnknownId,
}

impl Cause {
    const fn word(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::UnknownId => "unknown-id",
        }
    }
}

macro_rules! count {
    ($events:ident, $name:literal $(, $label:literal => $value:expr)*) => {
        #[cfg(feature = "metrics")]
        metrics::counter!($name, "issuer" => Arc::clone(&$events.issuer) $(, $label => $value)*).increment(1);
    };
}

impl Events {
    /// Says what the metrics are, to whoever collects them.
    pub(super) fn new(issuer: Arc<str>) -> Self {
        #[cfg(feature = "metrics")]
        {
            use metrics::{Unit, describe_counter, describe_gauge};
            describe_counter!("portcullis_jwks_fetches_total", "fetches of the keys of an issuer");
            describe_gauge!("portcullis_jwks_keys", "keys of an issuer that can verify tokens");
            describe_gauge!(
                "portcullis_jwks_fetched_at_seconds",
                Unit::Seconds,
                "when the keys were current"
            );
            describe_counter!("portcullis_jwks_dropped_keys_total", "keys of an issuer that were refused");
            describe_counter!("portcullis_jwks_unknown_ids_total", "tokens that named an unknown key");
        }
        Self { issuer }
    }

    /// The keys are current.
    #[allow(clippy::if_same_then_else, reason = "without `tracing`, neither says anything")]
    pub(super) fn fetched(&self, cause: Cause, is_new: bool, keys: usize, at: Timestamp) {
        let (cause, outcome) = (cause.word(), if is_new { "replaced" } else { "unchanged" });
        if is_new {
            event!(info, issuer = &*self.issuer, cause, keys, "the keys of an issuer were replaced");
        } else {
            event!(debug, issuer = &*self.issuer, cause, keys, "the keys of an issuer are unchanged");
        }
        count!(self, "portcullis_jwks_fetches_total", "cause" => cause, "outcome" => outcome);
        self.hold(keys, at);
        let _ = (cause, outcome);
    }

    /// The keys of a snapshot stand in.
    pub(super) fn restored(&self, keys: usize, at: Timestamp) {
        event!(info, issuer = &*self.issuer, keys, "the keys of an issuer are those of the snapshot");
        self.hold(keys, at);
    }

    #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
    fn hold(&self, keys: usize, at: Timestamp) {
        #[cfg(feature = "metrics")]
        {
            let gauge = metrics::gauge!("portcullis_jwks_keys", "issuer" => Arc::clone(&self.issuer));
            gauge.set(keys as f64);
            let name = "portcullis_jwks_fetched_at_seconds";
            metrics::gauge!(name, "issuer" => Arc::clone(&self.issuer)).set(at.as_unix_seconds() as f64);
        }
        let _ = (keys, at);
    }

    /// A fetch failed.
    pub(super) fn failed(&self, cause: Cause, error: &JwksFetchError, in_a_row: u32) {
        let (cause, outcome) = (cause.word(), error.word());
        let source = sources(error);
        event!(
            warn,
            issuer = &*self.issuer,
            cause,
            in_a_row,
            source,
            "the keys of an issuer cannot be fetched: {error}"
        );
        count!(self, "portcullis_jwks_fetches_total", "cause" => cause, "outcome" => outcome);
        let _ = (cause, outcome, in_a_row, source);
    }

    /// A key of a set was refused. Its id is the issuer's choice, and so is how long it is.
    pub(super) fn dropped(&self, which: &DroppedKey, error: JwtKeyError) {
        let (place, id) = (which.place, which.id.as_deref().unwrap_or_default());
        let id: String = id.chars().take(64).collect();
        event!(warn, issuer = &*self.issuer, place, id, "a key of an issuer is not used: {error}");
        count!(self, "portcullis_jwks_dropped_keys_total");
        let _ = (place, id, error);
    }

    /// A snapshot cannot be written: the next start may be without it.
    pub(super) fn snapshot_not_written(&self, problem: &dyn std::fmt::Display) {
        event!(warn, issuer = &*self.issuer, "the snapshot of the keys is not written: {problem}");
        let _ = problem;
    }

    /// A snapshot cannot be used.
    pub(super) fn snapshot(&self, problem: &dyn std::fmt::Display) {
        event!(warn, issuer = &*self.issuer, "the snapshot of the keys is not used: {problem}");
        let _ = problem;
    }

    /// A token named an unknown key. Not which: it is whatever a stranger sent.
    pub(super) fn unknown_id(&self, outcome: &'static str) {
        count!(self, "portcullis_jwks_unknown_ids_total", "outcome" => outcome);
        let _ = outcome;
    }
}
