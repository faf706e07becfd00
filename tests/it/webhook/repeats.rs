//! What is claimed of an event, and for how long.

use std::time::Duration;

use portcullis::Clock;
use portcullis::webhook::{WebhookScheme, WebhookSigner, WebhookVerifier};

use super::{
    BODY, OTHER, TEXT, WHSEC, at, events, header, layer, schemes, signed, signed_with, verifier, with,
};
use crate::kit::{NOW, request, send};

#[tokio::test]
async fn a_repeat_is_refused_as_long_as_it_could_be_accepted() {
    for (name, scheme) in schemes() {
        let (layer, clock) = layer(events(verifier(name, &scheme)));
        // As far ahead as is accepted, and so for twice the tolerance.
        let event = signed(name, &scheme, BODY, at(300));
        assert_eq!(send(&layer, event.clone()).await.status, 200, "{name}");
        for seconds in [0, 1, 299, 600] {
            clock.set(at(seconds));
            assert_eq!(send(&layer, event.clone()).await.status, 401, "{name} after {seconds}");
        }
        let mut other_method = event;
        *other_method.method_mut() = http::Method::DELETE;
        assert_eq!(send(&layer, other_method).await.status, 401, "{name}");
    }
}

#[tokio::test]
async fn an_event_without_a_time_is_remembered_as_long_as_is_said() {
    let github = WebhookScheme::github();
    let events = events(verifier("github", &github)).with_memory(Duration::from_secs(3600));
    let (layer, clock) = layer(events);
    let event = signed("github", &github, BODY, NOW);
    let mut statuses = Vec::new();
    for seconds in [0, 3599, 3600, 3601 + 120] {
        clock.set(at(seconds));
        statuses.push(send(&layer, event.clone()).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 401, 401, 200]);
}

#[tokio::test]
async fn an_attempt_that_is_signed_anew_passes_unless_ids_are_claimed() {
    for (claim_ids, expected) in [(false, [200, 200, 401, 200, 200]), (true, [200, 401, 401, 401, 200])] {
        let scheme = WebhookScheme::standard();
        let mut events = events(verifier("standard", &scheme));
        if claim_ids {
            events = events.refuse_repeated_ids();
        }
        let (layer, clock) = layer(events);
        let signer = WebhookSigner::new(scheme, [WHSEC]).expect("a signer");
        let mut statuses = Vec::new();
        for seconds in [0, 5, 5, 1_800, 86_400 + 1] {
            clock.set(at(seconds));
            let mut sent = request("POST", "/hooks", &[], BODY);
            let signed = signer.sign_as("msg_1", BODY, clock.now()).expect("signed");
            signed.insert_into(sent.headers_mut()).expect("headers");
            statuses.push(send(&layer, sent).await.status.as_u16());
        }
        assert_eq!(statuses, expected, "{claim_ids}");
    }
}

#[tokio::test]
async fn repeats_pass_only_where_that_is_asked_for() {
    for (name, scheme) in schemes() {
        let (layer, _) = layer(events(verifier(name, &scheme)).dangerous_accept_repeats());
        let event = signed(name, &scheme, BODY, NOW);
        for _ in 0..3 {
            assert_eq!(send(&layer, event.clone()).await.status, 200, "{name}");
        }
    }
}

#[tokio::test]
async fn a_repeat_with_one_of_two_signatures_left_away_is_a_repeat() {
    for (name, scheme, separator) in
        [("standard", WebhookScheme::standard(), ' '), ("stripe", WebhookScheme::stripe(), ',')]
    {
        let secrets = if name == "standard" { [WHSEC, OTHER] } else { [TEXT, "another secret, as long"] };
        let verifier = WebhookVerifier::new(scheme.clone(), secrets).expect("a verifier");
        let (layer, _) = layer(events(verifier));
        let event = signed_with(&scheme, &secrets, BODY, NOW);
        assert_eq!(send(&layer, event.clone()).await.status, 200, "{name}");
        let carrier = scheme.headers().last().expect("a header");
        let list = header(&event, carrier);
        let parts: Vec<&str> = list.split(separator).collect();
        for left_away in parts.len() - 2..parts.len() {
            let mut parts = parts.clone();
            parts.remove(left_away);
            let fewer = with(event.clone(), carrier, &parts.join(&separator.to_string()));
            assert_eq!(send(&layer, fewer).await.status, 401, "{name}");
        }
    }
}
