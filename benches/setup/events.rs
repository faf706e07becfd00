//! Signed events, beside the raw work of their signature.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http_body_util::Full;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookSigner, WebhookVerifier};
use portcullis::{Clock, FrozenClock, Principal};
use sha2::Sha256;

use super::steps::Step;
use super::{Bench, NOW, STEP};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An event with an id, whose id is claimed, and one of whose text a digest is claimed.
pub fn rows() -> [Bench; 2] {
    [
        row("event of standard webhooks, 1 KiB", WebhookScheme::standard(), WHSEC),
        row("event of stripe, 1 KiB", WebhookScheme::stripe(), SECRET),
    ]
}

fn row(name: &'static str, scheme: WebhookScheme, secret: &str) -> Bench {
    let clock = FrozenClock::at(NOW);
    let verifier = WebhookVerifier::new(scheme.clone(), [secret]).expect("a verifier");
    let signer = WebhookSigner::new(scheme, [secret]).expect("a signer");
    let events = WebhookAuthenticator::new("shop", Principal::new("shop"), verifier, MemoryNonceStore::new());
    let at = clock.clone();
    let mut count = 0_u64;
    Bench::new(name, &clock, events, move || {
        at.advance(STEP);
        count += 1;
        let body = [&count.to_le_bytes()[..], &[b'x'; 1016]].concat();
        let headers = signer.sign(&body, at.now()).expect("signed");
        let mut request = Request::post("/").body(Full::from(body)).expect("request");
        headers.insert_into(request.headers_mut()).expect("headers");
        request
    })
}

/// What an event cannot do without.
pub fn raw() -> Step {
    let prepared = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("key");
    let (head, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek.1700000000.", vec![b'x'; 1024]);
    Step::new("hmac of an event of 1 KiB", move || {
        prepared.clone().chain_update(black_box(head)).chain_update(black_box(&body)).finalize()
    })
}
