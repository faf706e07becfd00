//! Signed messages: whatever is in the headers, nothing panics, what passes was signed, and what
//! is read is written alike.

use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::message_signature::{
    Component, ContentDigest, MessageKey, MessageSignatureAuthenticator, signature_base,
};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Authenticator, Outcome, Secret, Timestamp};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const SECRET: &str = "a secret that is published in tests";

fn known() -> &'static HmacKey {
    static KNOWN: OnceLock<HmacKey> = OnceLock::new();
    KNOWN.get_or_init(|| HmacKey::new(HmacAlgorithm::Sha256, &Secret::from(SECRET)))
}

/// A request in lines: what stands behind the label in `Signature-Input`, the target, and then
/// `name: value` headers. It is signed as its first line says, where a base can be made of it, so
/// that what lies behind a good signature is reached. Says whether it was accepted.
pub fn message_signature(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut lines = text.split('\n');
    let (input, target) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut request = http::Request::post(target);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        request = request.header(name, value);
    }
    let Ok(request) = request.body(()) else { return false };
    let (head, ()) = request.into_parts();
    let base = signature_base(&head, input).ok();
    if let Some(base) = &base {
        assert!(base.is_ascii() && !base.contains('\r'), "a base is ASCII");
        let components = base.lines().count();
        assert!(base.lines().last().expect("a line").starts_with("\"@signature-params\": ("));
        assert!(components <= input.matches('"').count() / 2 + 1, "a value has a line of its own");
    }
    let tag = known().sign(&[base.as_deref().unwrap_or_default().as_bytes()]);
    let mut headers: Vec<(String, Vec<u8>)> =
        head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    headers.push(("signature-input".to_owned(), format!("sig1={input}").into_bytes()));
    headers.push(("signature".to_owned(), format!("sig1=:{}:", STANDARD.encode(tag.expose())).into_bytes()));
    let gate = BodyGate::delivered("{}".into());
    let target = RequestTarget {
        scheme: head.uri.scheme_str(),
        authority: head.uri.authority().map(|authority| authority.as_str()),
        ..RequestTarget::new(head.method.as_str(), head.uri.path(), head.uri.query())
    };
    let view = RequestView::new(target, &headers, &gate, NOW);
    let key = MessageKey::hmac("k", &Secret::from(SECRET), ()).expect("a key");
    let signatures = MessageSignatureAuthenticator::new(MemoryKeyStore::<()>::new(), MemoryNonceStore::new())
        .with_keys([key])
        .buffer_bodies();
    let decided = match pin!(signatures.authenticate(&view)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(decided) => decided,
        Poll::Pending => panic!("stores in memory never wait"),
    };
    match decided {
        Ok(Outcome::Authenticated(())) => {
            let base = base.expect("what is accepted was signed");
            for part in ["\"@method\": POST\n", "\"content-digest\""] {
                assert!(base.contains(part), "{part} is covered");
            }
            true
        }
        Ok(Outcome::Absent) => panic!("a signature is never absent"),
        Err(_) => false,
    }
}

/// An identifier of a component, or a digest. Says whether it was read.
pub fn signature_component(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(digest) = text.parse::<ContentDigest>() {
        let again = digest.to_string();
        assert_eq!(again.parse::<ContentDigest>().expect("a digest").to_string(), again);
        return true;
    }
    let Ok(component) = text.parse::<Component>() else { return false };
    let written = component.to_string();
    assert!(written.starts_with('"') && written.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    assert_eq!(written.parse(), Ok(component));
    true
}
