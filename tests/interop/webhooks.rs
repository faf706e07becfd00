//! Events, as the libraries of Standard Webhooks sign and verify them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookSigner, WebhookVerifier};
use portcullis::{Clock, Scheme, SystemClock};
use serde_json::{Value, json};

use crate::driven::is_served;
use crate::echo::{Wanted, echo};
use crate::key::{Key, principal};
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn bodies() -> [Vec<u8>; 3] {
    [
        br#"{"type":"paid"}"#.to_vec(),
        "{\"to\":\"zo\u{eb} \u{1f511}\"}".into(),
        format!("{:?}", vec!["long"; 20_000]).into_bytes(),
    ]
}

fn its_events_are_let_in(peer: Peer) {
    let verifier = WebhookVerifier::new(WebhookScheme::standard(), [SECRET]).expect("a secret");
    let events = WebhookAuthenticator::new(
        "payments",
        principal(Scheme::Webhook, "payments"),
        verifier,
        MemoryNonceStore::new(),
    );
    let server = Server::start(echo(events));
    let key =
        Key { scheme: Scheme::Webhook, id: "payments".into(), secret: SECRET.into(), other: OTHER.into() };
    let wanted = bodies().map(|body| Wanted { method: "POST", path: "/hooks/1", body, ..Wanted::default() });
    let _verdict = Verdict::on_sending(peer.name());
    is_served(peer, &server, &key, &json!({ "do": "send" }), &wanted);
}

#[test]
fn events_of_standardwebhooks_in_python_are_let_in() {
    its_events_are_let_in(Peer::WebhooksPython);
}

#[test]
fn events_of_standardwebhooks_in_node_are_let_in() {
    its_events_are_let_in(Peer::WebhooksNode);
}

/// Also with the signature of another secret before the right one, as during a rotation.
fn ours_are_accepted_by(peer: Peer) {
    let _verdict = Verdict::on(peer.name(), "accepts our events");
    let signed = |secrets: &[&str]| -> Vec<Value> {
        let signer = WebhookSigner::new(WebhookScheme::standard(), secrets.iter().copied()).expect("secrets");
        let one = |body: &Vec<u8>| {
            let headers = signer.sign(body, SystemClock.now()).expect("signed");
            let headers: serde_json::Map<_, _> =
                headers.pairs().iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({ "headers": headers, "body": STANDARD.encode(body) })
        };
        bodies().iter().map(one).collect()
    };
    let requests = [signed(&[SECRET]), signed(&[OTHER, SECRET]), signed(&[OTHER])].concat();
    let answers = peer.ask(&json!({ "do": "verify", "secret": SECRET, "requests": requests }));
    let answers = answers.as_array().expect("a list");
    assert_eq!(answers.len(), 9);
    let bodies = bodies().map(|body| serde_json::from_slice::<Value>(&body).expect("JSON"));
    for (index, answer) in answers.iter().enumerate() {
        if index < 6 {
            assert_eq!(answer, &bodies[index % 3], "{index}");
        } else {
            assert_eq!(answer, "WebhookVerificationError", "{index}");
        }
    }
}

#[test]
fn our_events_are_accepted_by_standardwebhooks_in_python() {
    ours_are_accepted_by(Peer::WebhooksPython);
}

#[test]
fn our_events_are_accepted_by_standardwebhooks_in_node() {
    ours_are_accepted_by(Peer::WebhooksNode);
}
