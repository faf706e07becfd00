//! Recording on a thread of its own.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::{AuditEvent, AuditSink};

/// Hands events to a sink on a thread of its own, so that no request waits for a disk.
///
/// * At most `capacity` events are under way. When there are more, recording waits until
///   there is room: nothing is lost, and a sink that cannot keep up slows the service down.
/// * Dropping it waits until every event was recorded. A process that is killed loses what
///   is under way; one that must not has no use for this.
/// * A panic of the sink costs the event that it was at, and no other.
///
/// ```
/// use portcullis::audit::{AuditEvent, AuditSink, AuditTrail, Background, RequestFacts};
/// use portcullis::{AuthError, Reason, Timestamp};
/// let trail = AuditTrail::new();
/// let sink = Background::start(trail.clone(), 1_000)?;
/// let (now, request) = (Timestamp::from_unix_seconds(0), RequestFacts::new("GET", "/"));
/// sink.record(&AuditEvent::refused(now, request, &AuthError::new(Reason::Expired)));
/// drop(sink);
/// assert_eq!(trail.names(), ["refused"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Background<S> {
    sink: Arc<S>,
    /// Both are there until the drop.
    running: Option<(SyncSender<AuditEvent<'static>>, JoinHandle<()>)>,
}

impl<S: AuditSink> Background<S> {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(sink: S, capacity: usize) -> io::Result<Self> {
        let sink = Arc::new(sink);
        let (sender, events) = sync_channel(capacity);
        let inner = Arc::clone(&sink);
        let record = move || {
            for event in events {
                // A panic is reported when it happens; those who wait behind it must not pay.
                let _ = catch_unwind(AssertUnwindSafe(|| inner.record(&event)));
            }
        };
        let thread = Builder::new().name("portcullis-audit".to_owned()).spawn(record)?;
        Ok(Self { sink, running: Some((sender, thread)) })
    }
}

impl<S> Background<S> {
    /// The sink, to ask it how it is doing.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.sink
    }
}

impl<S: AuditSink> AuditSink for Background<S> {
    fn record(&self, event: &AuditEvent<'_>) {
        let send = |sender: &SyncSender<_>| sender.send(event.clone().into_owned()).is_ok();
        if !self.running.as_ref().is_some_and(|(sender, _)| send(sender)) {
            self.sink.record(event);
        }
    }
}

impl<S> Drop for Background<S> {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Background<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("sink", &self.sink).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::audit::{AuditTrail, RequestFacts};
    use crate::{AuthError, Reason, Timestamp};

    fn event(second: i64) -> AuditEvent<'static> {
        let at = Timestamp::from_unix_seconds(second);
        AuditEvent::refused(at, RequestFacts::new("GET", "/"), &AuthError::new(Reason::Expired))
    }

    #[test]
    fn when_it_is_full_recording_waits_and_nothing_is_lost_or_out_of_order() {
        let (trail, gate) = (AuditTrail::new(), Arc::new(Barrier::new(2)));
        let (inner, inside) = (trail.clone(), Arc::clone(&gate));
        let slow = move |event: &AuditEvent<'_>| {
            if event.at() == Timestamp::from_unix_seconds(0) {
                inside.wait();
            }
            inner.record(event);
        };
        let sink = Background::start(slow, 2).expect("a thread");
        std::thread::scope(|scope| {
            scope.spawn(|| (0..100).for_each(|second| sink.record(&event(second))));
            // The sink holds the first event: none of the hundred can be recorded yet.
            assert!(trail.events().is_empty());
            gate.wait();
        });
        drop(sink);
        let seconds: Vec<i64> = trail.events().iter().map(|event| event.at().as_unix_seconds()).collect();
        assert_eq!(seconds, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_of_the_sink_costs_one_event() {
        let trail = AuditTrail::new();
        let inner = trail.clone();
        let fragile = move |event: &AuditEvent<'_>| {
            if event.at() == Timestamp::from_unix_seconds(3) {
                // A panic without its output.
                std::panic::resume_unwind(Box::new("the sink is broken"));
            }
            inner.record(event);
        };
        let sink = Background::start(fragile, 1).expect("a thread");
        (0..10).for_each(|second| sink.record(&event(second)));
        drop(sink);
        let seconds: Vec<i64> = trail.events().iter().map(|event| event.at().as_unix_seconds()).collect();
        assert_eq!(seconds, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
    }
}
