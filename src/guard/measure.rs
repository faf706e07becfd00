//! How often and how long, through the `metrics` facade; nothing where the feature is off.
//!
//! | metric | kind | labels |
//! |---|---|---|
//! | `portcullis_decisions_total` | counter | `scheme`, `outcome`, `reason` |
//! | `portcullis_waits_total` | counter | |
//! | `portcullis_interrupted_bodies_total` | counter | `scheme`, `reason` |
//! | `portcullis_decision_seconds` | histogram, in seconds | `scheme`, `outcome` |
//! | `portcullis_dangerous_settings` | gauge, 1 where one is on | `setting` |
//!
//! A wait is that of a prefix of addresses from which too many credentials failed. A body is
//! interrupted when its request was let through and it then is not the one that was signed.
//!
//! `outcome` is one of `authenticated`, `anonymous`, `refused`, `unavailable`; `reason` is
//! `none` or the text of a [`Reason`](crate::Reason); `scheme` is the name of a
//! [`Scheme`](crate::Scheme) or `none`. None of them comes from a client.

/// Started when a request is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch {
    #[cfg(feature = "metrics")]
    started: std::time::Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            started: std::time::Instant::now(),
        }
    }

    /// Counts the decision, and how long it took: waiting for stores and bodies included.
    #[cfg(feature = "metrics")]
    pub(super) fn stop(self, scheme: &'static str, outcome: &'static str, reason: &'static str) {
        /// With labels that are written out, which costs no allocation.
        macro_rules! written_out {
            ($($scheme:literal)*) => {
                match (scheme, outcome) {
                    $(($scheme, "authenticated") => measured!($scheme, "authenticated", "none"),)*
                    ("none", "anonymous") => measured!("none", "anonymous", "none"),
                    _ => measured!(scheme, outcome, reason),
                }
            };
        }
        macro_rules! measured {
            ($scheme:expr, $outcome:expr, $reason:expr) => {
                (
                    metrics::counter!(
                        "portcullis_decisions_total",
                        "scheme" => $scheme, "outcome" => $outcome, "reason" => $reason
                    ),
                    metrics::histogram!(
                        "portcullis_decision_seconds", "scheme" => $scheme, "outcome" => $outcome
                    ),
                )
            };
        }
        let (decisions, seconds) = written_out!("api-key" "jwt" "query-signature" "x-auth" "basic");
        decisions.increment(1);
        seconds.record(self.started.elapsed());
    }

    #[cfg(not(feature = "metrics"))]
    pub(super) const fn stop(self, _: &'static str, _: &'static str, _: &'static str) {}
}

/// Counts that a prefix of addresses begins to wait.
pub(super) fn waits() {
    #[cfg(feature = "metrics")]
    metrics::counter!("portcullis_waits_total").increment(1);
}

/// Counts that a body failed while the handler read it.
#[cfg(any(feature = "tower", feature = "actix"))]
pub(super) fn interrupted(scheme: &'static str, reason: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("portcullis_interrupted_bodies_total", "scheme" => scheme, "reason" => reason)
        .increment(1);
    let _ = (scheme, reason);
}

/// Says what the metrics are, to whoever collects them.
pub(super) fn describe() {
    #[cfg(feature = "metrics")]
    {
        use metrics::{Unit, describe_counter, describe_histogram};
        describe_counter!("portcullis_decisions_total", "requests that were decided about");
        describe_counter!("portcullis_waits_total", "addresses that were made to wait, each time anew");
        describe_counter!(
            "portcullis_interrupted_bodies_total",
            "bodies that were refused while a handler read them"
        );
        describe_histogram!(
            "portcullis_decision_seconds",
            Unit::Seconds,
            "how long it took to decide about a request"
        );
    }
}
