//! HTTP Message Signatures with HMAC and keys of a store: what every scheme does.

mod attacks;
mod bodies;
mod choices;
mod keys;

use std::convert::Infallible;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::guard::Refused;
use portcullis::message_signature::{MessageSignatureAuthenticator, MessageSigner, signature_base};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{IssuedKey, NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, KeyStore, NonceStore, Reason, Scheme, Timestamp};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Kit, NOW, request};
use crate::table::{SchemeUnderTest, Sent, behaves};

pub(crate) struct Messages;

/// A request with a `Host`, as one has that comes over HTTP/1.1.
pub(crate) fn unsigned(method: &str, target: &str, body: &[u8]) -> Sent {
    let typed = [("host", "api.example.com"), ("content-type", "application/json")];
    request(method, target, if body.is_empty() { &typed[..1] } else { &typed }, body)
}

/// Signed with what a signer says.
pub(crate) fn signed_by(signer: &MessageSigner, sent: Sent, body: &[u8], now: Timestamp) -> Sent {
    let (mut head, full) = sent.into_parts();
    let signed = signer.sign(&head, body, now).expect("signed");
    signed.insert_into(&mut head.headers).expect("headers");
    Sent::from_parts(head, full)
}

/// Signed by hand: `line` is what stands behind the label in `Signature-Input`.
pub(crate) fn by_hand(key: &IssuedKey, sent: Sent, line: &str) -> Sent {
    let (mut head, full) = sent.into_parts();
    let base = signature_base(&head, line).expect("a base");
    let tag = HmacKey::new(HmacAlgorithm::Sha256, key.secret.as_ref()).sign(&[base.as_bytes()]);
    let signature = format!("sig1=:{}:", STANDARD.encode(tag.expose()));
    head.headers.insert("signature-input", format!("sig1={line}").parse().expect("value"));
    head.headers.insert("signature", signature.parse().expect("value"));
    Sent::from_parts(head, full)
}

pub(crate) type Signatures = MessageSignatureAuthenticator<MemoryKeyStore, MemoryNonceStore>;

pub(crate) fn signatures(kit: &Kit) -> Signatures {
    MessageSignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone())
}

/// Why a request is refused; none where it passes.
pub(crate) async fn reason(layer: &AuthLayer<Signatures>, sent: Sent) -> Option<Reason> {
    let inner = service_fn(|_| async { Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::new()))) });
    let response = layer.layer(inner).oneshot(sent).await.expect("infallible");
    response.extensions().get::<Refused>().map(|refused| refused.reason())
}

impl SchemeUnderTest for Messages {
    const CHALLENGE: &'static str = "Signature";
    const CLAIMS: bool = true;
    const READS_BODY: bool = false;
    const SIGNS_METHOD: bool = true;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        MessageSignatureAuthenticator::new(keys, nonces)
    }

    fn new_key() -> NewKey {
        NewKey::new(Scheme::MessageSignature, Kit::ada())
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        // Without a nonce, so that the same request is signed alike.
        let signer = MessageSigner::new(key.id.clone(), &key.secret).without_nonce();
        signed_by(&signer, unsigned(method, path, body), body, now)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let signed = || Self::sign(key, "POST", "/", b"{}", NOW);
        let with = |name: &'static str, value: &str| {
            let mut sent = signed();
            sent.headers_mut().insert(name, value.parse().expect("value"));
            sent
        };
        let header = |name: &str| signed().headers()[name].to_str().expect("text").to_owned();
        let (input, signature) = (header("signature-input"), header("signature"));
        let mut cases = vec![
            ("no dictionary", with("signature-input", "sig1")),
            ("no dictionary", with("signature", "(")),
            ("no list", with("signature-input", "sig1=1")),
            ("another label", with("signature", &signature.replacen("sig1", "sig2", 1))),
            ("one label too many", with("signature", &format!("{signature}, sig2=:AAAA:"))),
            ("a label twice", with("signature", &format!("{signature}, {signature}"))),
            ("a label twice", with("signature-input", &format!("{input}, {input}"))),
            ("a parameter twice", with("signature-input", &format!("{input};created=1"))),
            ("an unknown parameter", with("signature-input", &format!("{input};other"))),
            ("a parameter of another type", with("signature-input", &format!("{input};tag=1"))),
            ("a component twice", with("signature-input", &input.replacen("(", "(\"@method\" ", 1))),
            ("no signature in it", with("signature", "sig1=\"text\"")),
            ("parameters of the signature", with("signature", &format!("{signature};a"))),
        ];
        for component in [
            "\"@status\"",
            "\"@method\";req",
            "\"content-type\";tr",
            "\"Content-Type\"",
            "\"@unknown\"",
            "\"@query-param\"",
            "\"a\\\"b\"",
            "content-type",
            "1",
        ] {
            let input = input.replacen('(', &format!("({component} "), 1);
            cases.push(("a component that is none", with("signature-input", &input)));
        }
        for name in ["signature-input", "signature"] {
            let mut without = signed();
            without.headers_mut().remove(name);
            cases.push(("one header missing", without));
            let mut twice = signed();
            let value = twice.headers()[name].clone();
            twice.headers_mut().append(name, value);
            cases.push(("one header twice", twice));
        }
        let mut two = signed();
        two.headers_mut().insert("authorization", "Bearer x".parse().expect("value"));
        cases.push(("two carriers", two));
        cases
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let signed = || Self::sign(key, "POST", "/", b"{}", NOW);
        let with = |name: &'static str, value: &str| {
            let mut sent = signed();
            sent.headers_mut().insert(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("value"));
            sent
        };
        let header = |name: &str| signed().headers()[name].to_str().expect("text").to_owned();
        let (input, signature) = (header("signature-input"), header("signature"));
        let id = key.id.as_str();
        let mut cases = vec![
            ("an empty id", with("signature-input", &input.replace(id, ""))),
            ("the id in another case", with("signature-input", &input.replace(id, &id.to_uppercase()))),
            ("a signature of another length", with("signature", "sig1=:AAAA:")),
            ("an empty signature", with("signature", "sig1=::")),
            ("another signature", with("signature", &format!("sig1=:{}A=:", "A".repeat(42)))),
            ("no padding", with("signature", &signature.replace('=', "").replacen("sig1", "sig1=", 1))),
            ("a non-ascii signature", with("signature", "sig1=:é:")),
            ("no id", with("signature-input", &input.replace(&format!(";keyid=\"{id}\""), ""))),
            ("no time", with("signature-input", &input.replace(";created=1700000000", ""))),
            ("a component less", with("signature-input", &input.replace("\"@method\" ", ""))),
            ("a component that is absent", with("signature-input", &input.replacen('(', "(\"absent\" ", 1))),
            ("a digest less", with("signature-input", &input.replace(" \"content-digest\"", ""))),
            ("an algorithm", with("signature-input", &format!("{input};alg=\"ed25519\""))),
            ("another host", with("host", "staging.example.com")),
            ("another type", with("content-type", "text/plain")),
            ("another digest", with("content-digest", "sha-256=:AAAA:")),
        ];
        for time in ["-1", "1", "1700000061", "999999999999999"] {
            let input = input.replace("1700000000", time);
            cases.push(("another time", with("signature-input", &input)));
        }
        for (name, seconds) in [("expired", -300), ("not yet valid", 61)] {
            let then = Timestamp::from_unix_seconds(NOW.as_unix_seconds() + seconds);
            cases.push((name, Self::sign(key, "POST", "/", b"", then)));
        }
        let mut method = signed();
        *method.method_mut() = http::Method::DELETE;
        cases.push(("another method", method));
        for target in ["/other", "/?", "/?a=1", "//"] {
            let mut moved = signed();
            *moved.uri_mut() = target.parse().expect("target");
            if target != "/?" {
                cases.push(("another target", moved));
            }
        }
        cases
    }
}

behaves!(Messages);
