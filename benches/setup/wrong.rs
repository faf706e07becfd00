//! Requests whose signature is wrong in its first byte, and in its last: what they cost must not
//! tell how much of it is right.

use http::{HeaderValue, Request};
use http_body_util::Full;
use portcullis::message_signature::{MessageSignatureAuthenticator, MessageSigner};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookSigner, WebhookVerifier};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Authenticator, FrozenClock, Principal, Scheme};

use super::{Bench, NOW, store};

/// Pairs of rows, each of which must count the same.
pub fn rows() -> Vec<Bench> {
    let mut rows = Vec::new();
    for (wrong, where_) in [(First, "wrong in front"), (Last, "wrong behind")] {
        let name = |scheme: &str| &*format!("{scheme}, {where_}").leak();
        rows.push(signed_url(name("signed url"), wrong));
        rows.push(x_auth(name("x-auth"), wrong));
        rows.push(strict_url(name("strict signed url"), wrong));
        rows.push(strict_x_auth(name("strict x-auth"), wrong));
        rows.push(sigv4(name("sigv4"), wrong));
        rows.push(message(name("message signature"), wrong));
        rows.extend(events(name, wrong));
    }
    // Each beside its twin.
    rows.sort_by(|one, other| one.name.cmp(other.name));
    rows
}

#[derive(Clone, Copy)]
enum Wrong {
    First,
    Last,
}
use Wrong::{First, Last};

impl Wrong {
    /// A signature in hex or in base64, of 32 bytes, with another byte in it.
    fn change(self, signature: &str) -> String {
        let at = match self {
            First => 0,
            // The one before the last has no bits that must be zero.
            Last => unpadded(signature).len() - 2,
        };
        if signature.len() == 64 {
            // A digit for a digit: what is sent may be read in as many steps as it likes.
            let other = match signature.as_bytes().get(at) {
                Some(b'0') => "1",
                Some(b'1'..=b'9') => "0",
                Some(b'a') => "b",
                _ => "a",
            };
            let mut signature = signature.to_owned();
            signature.replace_range(at..=at, other);
            return signature;
        }
        let other = if signature.as_bytes().get(at) == Some(&b'A') { "B" } else { "A" };
        let mut signature = signature.to_owned();
        signature.replace_range(at..=at, other);
        signature
    }
}

fn unpadded(signature: &str) -> &str {
    signature.trim_end_matches("%3D").trim_end_matches('=')
}

fn signed_url(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::QuerySignature);
    let signed = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = QuerySigner::new(key.id, &key.secret);
    // One whose signature has nothing that a URL escapes, so that every character may change.
    let mut plain = (0..).filter_map(|number| {
        let url = signer.sign(&format!("/api/{number:04}"), b"", NOW).expect("signed").to_string();
        let (front, signature) = url.split_once("signature=").expect("a signature");
        let changed = format!("{front}signature={}", wrong.change(signature));
        unpadded(signature).bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(changed)
    });
    let url = plain.next().expect("there is always another");
    let make = move || Request::get(&url).body(Full::default()).expect("request");
    Bench::new(name, &FrozenClock::at(NOW), signed, make).refused()
}

fn x_auth(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::XAuth);
    let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new());
    let headers = XAuthSigner::new(key.id, &key.secret).sign(b"x", NOW).expect("signed");
    let mut signed = Request::post("/").body(()).expect("request");
    headers.insert_into(signed.headers_mut()).expect("headers");
    let mut headers = signed.into_parts().0.headers;
    let signature = headers.get_mut("x-auth-signature").expect("a signature");
    let changed = wrong.change(signature.to_str().expect("text"));
    *signature = HeaderValue::try_from(changed).expect("a value");
    let make = move || {
        let mut request = Request::post("/").body(Full::from("x")).expect("request");
        *request.headers_mut() = headers.clone();
        request
    };
    Bench::new(name, &FrozenClock::at(NOW), x_auth, make).refused()
}

fn strict_url(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::QuerySignature);
    let signed = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let (mut head, ()) = unsigned().into_parts();
    QuerySigner::new(key.id, &key.secret).strict().sign_request(&mut head, b"", NOW).expect("signed");
    let url = head.uri.to_string();
    let (front, signature) = url.split_once("pc-signature=").expect("a signature");
    head.uri = format!("{front}pc-signature={}", wrong.change(signature)).parse().expect("a target");
    row(name, signed, Request::from_parts(head, Full::default()))
}

fn strict_x_auth(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::XAuth);
    let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = XAuthSigner::new(key.id, &key.secret).strict();
    changed(name, x_auth, &signer, "x-auth-signature", |value| wrong.change(value))
}

fn sigv4(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::SigV4);
    let sigv4 = SigV4Authenticator::new(keys, MemoryNonceStore::new(), "eu-north-1", "orders");
    let signer = SigV4Signer::new(key.id, &key.secret, "eu-north-1", "orders");
    changed(name, sigv4, &signer, "authorization", |value| behind(value, "Signature=", wrong))
}

fn message(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::MessageSignature);
    let messages = MessageSignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = MessageSigner::new(key.id, &key.secret);
    changed(name, messages, &signer, "signature", |value| {
        let (label, signature) = value.split_once("=:").expect("a member");
        format!("{label}=:{}:", wrong.change(signature.trim_end_matches(':')))
    })
}

/// Events, each with one signature, in the encodings that there are.
fn events(name: impl Fn(&str) -> &'static str, wrong: Wrong) -> Vec<Bench> {
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let schemes = [
        ("event of standard webhooks", WebhookScheme::standard(), WHSEC, "webhook-signature", "v1,"),
        ("event of github", WebhookScheme::github(), SECRET, "x-hub-signature-256", "sha256="),
        ("event of stripe", WebhookScheme::stripe(), SECRET, "stripe-signature", "v1="),
        ("event of slack", WebhookScheme::slack(), SECRET, "x-slack-signature", "v0="),
    ];
    let of =
        |(scheme_name, scheme, secret, header, mark): (&str, WebhookScheme, &str, &'static str, &str)| {
            let verifier = WebhookVerifier::new(scheme.clone(), [secret]).expect("a verifier");
            let signer = WebhookSigner::new(scheme, [secret]).expect("a signer");
            let events =
                WebhookAuthenticator::new("shop", Principal::new("shop"), verifier, MemoryNonceStore::new());
            changed(name(scheme_name), events, &signer, header, |value| behind(value, mark, wrong))
        };
    schemes.into_iter().map(of).collect()
}

fn unsigned() -> Request<()> {
    Request::post("/orders?limit=20").header("host", "orders.example").body(()).expect("request")
}

/// The value with a change in the signature, which is all that is behind `mark`.
fn behind(value: &str, mark: &str, wrong: Wrong) -> String {
    let (front, signature) = value.split_once(mark).expect("a signature");
    format!("{front}{mark}{}", wrong.change(signature))
}

/// A request of this signer, one header of which is changed.
fn changed<A: Authenticator>(
    name: &'static str,
    authenticator: A,
    signer: &dyn RequestSigner,
    header: &'static str,
    change: impl FnOnce(&str) -> String,
) -> Bench {
    let (mut head, ()) = unsigned().into_parts();
    signer.sign_request(&mut head, b"", NOW).expect("signed");
    let signature = head.headers.get_mut(header).expect("a signature");
    let value = change(signature.to_str().expect("text"));
    *signature = HeaderValue::try_from(value).expect("a value");
    row(name, authenticator, Request::from_parts(head, Full::default()))
}

fn row<A: Authenticator>(name: &'static str, authenticator: A, sent: super::Sent) -> Bench {
    Bench::new(name, &FrozenClock::at(NOW), authenticator, move || sent.clone()).refused()
}
