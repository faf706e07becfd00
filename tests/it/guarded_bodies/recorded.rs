//! What is written down of a body that fails while it is read.

use portcullis::Reason;
use portcullis::audit::AuditEvent;

use super::script::{Step, data};
use super::sending::Ask;
use crate::leaks::Log;

fn refusals(ask: &Ask) -> Vec<Reason> {
    let refused = |event: &AuditEvent<'_>| match event {
        AuditEvent::Refused { reason, request, scheme, .. } => {
            assert_eq!(request.path(), "/");
            assert_eq!(scheme.map(|scheme| scheme.name()), Some("message-signature"));
            Some(*reason)
        }
        _ => None,
    };
    ask.trail.take().iter().filter_map(refused).collect()
}

#[tokio::test]
async fn a_body_that_is_not_as_signed_is_logged_and_audited() {
    for (plan, names) in [("", ["authenticated", "refused"].as_slice()), ("buffer", &["refused"])] {
        let ask = Ask::new("abcd", [data("ab"), data("cx")]).with("x-plan", plan);
        let log = Log::capture();
        ask.of_tower().await;
        assert_eq!(ask.trail.names(), names);
        assert_eq!(refusals(&ask), [Reason::DigestMismatch]);
        ask.of_actix().await;
        assert_eq!(ask.trail.names(), names);
        assert_eq!(refusals(&ask), [Reason::DigestMismatch]);
        let text = log.text();
        let lines = text.lines().filter(|line| line.contains(Reason::DigestMismatch.text()));
        assert_eq!(lines.filter(|line| line.contains("message-signature")).count(), 2, "{text}");
    }
}

#[tokio::test]
async fn a_body_that_is_good_or_breaks_off_is_no_refusal() {
    for steps in [vec![data("abcd")], vec![data("ab"), Step::Break]] {
        let ask = Ask::new("abcd", steps);
        ask.send().await;
        assert_eq!(ask.trail.names(), ["authenticated", "authenticated"]);
    }
}
