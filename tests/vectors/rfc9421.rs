//! The keys and the cases of RFC 9421, section 2.5 and appendix B.

use portcullis::jwt::{JwtAlgorithm, JwtKey};
use portcullis::message_signature::{
    Component, MessageKey, MessageSignatureAuthenticator, MessageSigner, signature_base,
};
use portcullis::store::StoredPrincipal;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Principal, Reason, Secret, Timestamp, UserId};
use serde_json::Value;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::harness::{load, text, verdict};

fn key(vectors: &Value, id: &str, half: &str) -> JwtKey {
    let key = &vectors["keys"][id];
    let algorithm: JwtAlgorithm = text(key, "algorithm").parse().expect("an algorithm");
    if algorithm == JwtAlgorithm::Hs256 {
        let secret = STANDARD.decode(text(key, "secret_b64")).expect("base64");
        return JwtKey::hmac(algorithm, Secret::new(secret)).expect("a secret");
    }
    JwtKey::from_pem(text(key, half), algorithm).expect("a key")
}

fn strict(vectors: &Value) -> MessageSignatureAuthenticator<MemoryKeyStore, MemoryNonceStore> {
    let ids = vectors["keys"].as_object().expect("keys").keys();
    let keys = ids.map(|id| {
        let principal: StoredPrincipal =
            Principal::builder(Some(UserId::from(id.as_str()))).account(None).site(None).build();
        MessageKey::new(id.as_str(), key(vectors, id, "public"), principal).expect("a key")
    });
    MessageSignatureAuthenticator::new(MemoryKeyStore::new(), MemoryNonceStore::new()).with_keys(keys)
}

fn lenient(vectors: &Value) -> MessageSignatureAuthenticator<MemoryKeyStore, MemoryNonceStore> {
    strict(vectors)
        .with_required_components([])
        .with_required_where_present([])
        .dangerous_accept_unsigned_bodies()
}

/// A case without its `Content-Digest`, which most signatures do not cover.
fn without_digest(case: &Value) -> Value {
    let covers = header(case, "Signature-Input").contains("\"content-digest\"");
    let mut case = case.clone();
    if !covers {
        case["headers"].as_array_mut().expect("headers").retain(|pair| pair[0] != "Content-Digest");
    }
    case
}

fn header<'a>(case: &'a Value, name: &str) -> &'a str {
    let pairs = case["headers"].as_array().expect("headers");
    let pair = pairs.iter().find(|pair| pair[0] == name).unwrap_or_else(|| panic!("{name} in {case}"));
    pair[1].as_str().expect("a text")
}

/// A case as a request that goes out, unsigned.
fn head(case: &Value) -> http::request::Parts {
    let mut request = http::Request::builder().method(text(case, "method")).uri(text(case, "target"));
    for pair in case["headers"].as_array().expect("headers") {
        let name = pair[0].as_str().expect("a name");
        if !name.starts_with("Signature") {
            request = request.header(name, pair[1].as_str().expect("a value"));
        }
    }
    request.body(()).expect("a request").into_parts().0
}

#[tokio::test]
async fn every_signature_over_a_request_verifies_and_no_other_does() {
    let vectors = load("rfc9421");
    let now = vectors["now"].as_i64().expect("now");
    let (mut accepted, mut refused) = (0, 0);
    for case in vectors["cases"].as_array().expect("cases") {
        let decided = verdict(&lenient(&vectors), &without_digest(case), now).await;
        if case["verifies"] == true {
            let user = decided.unwrap_or_else(|reason| panic!("{}: {reason}", case["name"])).user().clone();
            assert_eq!(user, Some(UserId::from(text(case, "key"))));
            accepted += 1;
        } else {
            let expected =
                if case["section"] == "B.2.4" { Reason::MalformedSignature } else { Reason::WrongSignature };
            assert_eq!(decided.err(), Some(expected), "{}", case["name"]);
            refused += 1;
        }
    }
    assert_eq!((accepted, refused), (10, 4));
}

#[tokio::test]
async fn the_default_profile_asks_for_more_than_any_of_them_covers() {
    let vectors = load("rfc9421");
    let now = vectors["now"].as_i64().expect("now");
    let mut not_covered = 0;
    for case in vectors["cases"].as_array().expect("cases") {
        match (text(case, "section"), verdict(&strict(&vectors), case, now).await) {
            ("B.2.3", decided) => assert!(decided.is_ok(), "{}", case["name"]),
            ("B.2.4", decided) => assert_eq!(decided.err(), Some(Reason::MalformedSignature)),
            (_, decided) => {
                assert_eq!(decided.err(), Some(Reason::NotCovered), "{}", case["name"]);
                not_covered += 1;
            }
        }
    }
    assert_eq!(not_covered, 12);
}

#[test]
fn every_signature_base_that_is_printed_comes_out() {
    let vectors = load("rfc9421");
    let mut count = 0;
    for case in vectors["cases"].as_array().expect("cases") {
        let Some(base) = case["base"].as_str() else { continue };
        let (_, input) = header(case, "Signature-Input").split_once('=').expect("a label");
        assert_eq!(signature_base(&head(case), input).expect("a base"), base, "{}", case["name"]);
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn what_is_deterministic_is_signed_as_printed() {
    let vectors = load("rfc9421");
    let mut count = 0;
    for (section, id) in [("B.2.5", "test-shared-secret"), ("B.2.6", "test-key-ed25519")] {
        let cases = vectors["cases"].as_array().expect("cases");
        let case = cases.iter().find(|case| case["section"] == section).expect("the case");
        let (label, input) = header(case, "Signature-Input").split_once('=').expect("a label");
        let names = input.split(['(', ')']).nth(1).expect("a list").split(' ');
        let components = names.map(|name| name.parse::<Component>().expect("a component"));
        let signer = MessageSigner::with_key(id, key(&vectors, id, "private")).expect("a key");
        let signer = signer.with_components(components).with_label(label).without_nonce();
        let now = Timestamp::from_unix_seconds(vectors["now"].as_i64().expect("now"));
        let mut head = head(case);
        head.headers.remove("content-digest");
        let signed = signer.sign(&head, b"", now).expect("signed");
        assert_eq!(signed.signature_input, header(case, "Signature-Input"));
        assert_eq!(signed.signature, header(case, "Signature"));
        count += 1;
    }
    assert_eq!(count, 2);
}
