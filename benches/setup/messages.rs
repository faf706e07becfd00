//! HTTP Message Signatures, each behind what it cannot beat.

use std::hint::black_box;

use aws_lc_rs::signature::{self, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::crypto::HmacAlgorithm;
use portcullis::crypto::HmacKey;
use portcullis::jwt::{JwtAlgorithm, JwtKey};
use portcullis::message_signature::{
    MessageKey, MessageSignatureAuthenticator, MessageSigner, signature_base,
};
use portcullis::store::StoredPrincipal;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::{Clock, FrozenClock, Principal, Scheme, UserId};

use super::steps::Step;
use super::{Bench, NOW, STEP, Sent, empty, store};

fn unsigned() -> Sent {
    let request = Request::get("/api/orders?page=2&limit=50").header("host", "api.example.com");
    request.body(Full::default()).expect("request")
}

fn signed(signer: &MessageSigner, clock: &FrozenClock) -> Sent {
    // Later each time: old claims go.
    clock.advance(STEP);
    let (mut head, body) = unsigned().into_parts();
    let headers = signer.sign(&head, b"", clock.now()).expect("signed");
    headers.insert_into(&mut head.headers).expect("headers");
    Request::from_parts(head, body)
}

/// What is signed of such a request.
fn base() -> String {
    let line = r#"("@method" "@authority" "@path" "@query");created=1700000000;nonce="AAAAAAAAAAAAAAAAAAAAAA";keyid="M-LmI2b3pA0UdIuU7OhXEw""#;
    signature_base(&unsigned().into_parts().0, line).expect("a base")
}

/// The raw work of each, and the row that does it.
pub fn rows() -> Vec<(Step, Bench)> {
    vec![hmac(), ed25519()]
}

fn hmac() -> (Step, Bench) {
    let (keys, key) = store(Scheme::MessageSignature);
    let (clock, base) = (FrozenClock::at(NOW), base());
    let raw = HmacKey::new(HmacAlgorithm::Sha256, key.secret.as_ref());
    let step = Step::new("hmac-sha256 of a signature base", move || raw.sign(&[black_box(base.as_bytes())]));
    let signer = MessageSigner::new(key.id, &key.secret);
    let authenticator = MessageSignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let at = clock.clone();
    (step, Bench::new("message signature, hmac-sha256", &clock, authenticator, move || signed(&signer, &at)))
}

fn ed25519() -> (Step, Bench) {
    let (clock, base) = (FrozenClock::at(NOW), base());
    let pair = Ed25519KeyPair::generate().expect("a pair");
    let parsed = ParsedPublicKey::new(&signature::ED25519, pair.public_key().as_ref()).expect("a key");
    let good = Bytes::copy_from_slice(pair.sign(base.as_bytes()).as_ref());
    let step = Step::new("ed25519 of a signature base, parsed key", move || {
        parsed.verify_sig(black_box(base.as_bytes()), black_box(&good)).expect("good");
    });
    let key = JwtKey::generate(JwtAlgorithm::EdDsa).expect("a pair");
    let ada: StoredPrincipal = Principal::builder(Some(UserId::from("ada"))).account(None).site(None).build();
    let signer = MessageSigner::with_key("ada", key.clone()).expect("a private key");
    let authenticator = MessageSignatureAuthenticator::new(empty(), MemoryNonceStore::new())
        .with_keys([MessageKey::new("ada", key, ada).expect("a key")]);
    let at = clock.clone();
    (step, Bench::new("message signature, ed25519", &clock, authenticator, move || signed(&signer, &at)))
}
