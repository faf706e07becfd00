//! HTTP Message Signatures.

use std::collections::HashMap;

use http::request::Parts;
use portcullis::message_signature::{
    Component, ContentDigest, MessageSignatureAuthenticator, MessageSigner, signature_base,
};
use portcullis::store::IssuedKey;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Reason, Scheme, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, keys, verdict, with_byte};

type Headers = Vec<(String, Vec<u8>)>;

fn signatures(keys: &MemoryKeyStore) -> MessageSignatureAuthenticator<MemoryKeyStore, MemoryNonceStore> {
    MessageSignatureAuthenticator::new(keys.clone(), MemoryNonceStore::new()).buffer_bodies()
}

/// A POST of `target` with these values of `x-first` and `x-second`.
fn head(target: &str, values: &[&str]) -> Option<Parts> {
    let mut request = http::Request::post(target).header("host", "api.example.com");
    for (name, value) in ["x-first", "x-second"].into_iter().zip(values) {
        request = request.header(name, *value);
    }
    Some(request.body(()).ok()?.into_parts().0)
}

fn signed(key: &IssuedKey, head: &Parts, body: &[u8]) -> Headers {
    let names = ["@method", "@authority", "@path", "@query", "x-first", "x-second"];
    let signer = MessageSigner::new(key.id.clone(), &key.secret)
        .with_components(names.map(|name| name.parse().expect(name)));
    let signed = signer.sign(head, body, Timestamp::from_unix_seconds(NOW)).expect("signed");
    let held = head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    held.chain(signed.pairs().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))).collect()
}

/// A header without what is not part of its value: white space around it, and where it is an
/// authority, its case.
fn value(name: &str, value: &[u8]) -> Vec<u8> {
    let trimmed = value.iter().copied().skip_while(|byte| matches!(byte, b' ' | b'\t'));
    let mut trimmed: Vec<u8> = trimmed.collect();
    while matches!(trimmed.last(), Some(b' ' | b'\t')) {
        trimmed.pop();
    }
    if name == "host" { trimmed.to_ascii_lowercase() } else { trimmed }
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_any_change_is_refused(
        target in "/[a-z/.;]{0,12}(\\?[a-zA-Z0-9+%=&]{0,12})?",
        first in "[ -~]{0,20}",
        second in "[ -~]{0,20}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        header in any::<usize>(),
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let (keys, key) = keys(Scheme::MessageSignature);
        let head = head(&target, &[&first, &second]).expect("a request");
        let headers = signed(&key, &head, &body);
        let decided = verdict(&signatures(&keys), &target, &headers, &body);
        prop_assert!(decided.is_ok(), "{decided:?}");

        let mut changed = headers.clone();
        let (name, held) = &mut changed[header % headers.len()];
        if !held.is_empty() {
            let other = with_byte(held, place, byte);
            let same = value(name, &other) == value(name, held);
            *held = other;
            prop_assert!(same || verdict(&signatures(&keys), &target, &changed, &body).is_err(), "{changed:?}");
        }
        let other = with_byte(target.as_bytes(), place % target.len(), byte);
        if let Ok(other) = String::from_utf8(other) {
            // No query and an empty one are the same to `@query`.
            let same = other.trim_end_matches('?') == target.trim_end_matches('?');
            prop_assert!(same || verdict(&signatures(&keys), &other, &headers, &body).is_err(), "{other}");
        }
        if !body.is_empty() {
            let other = with_byte(&body, place, byte);
            prop_assert!(verdict(&signatures(&keys), &target, &headers, &other).is_err());
        }
        prop_assert!(verdict(&signatures(&keys), &target, &headers, &[&body[..], b"x"].concat()).is_err());
    }

    #[test]
    fn arbitrary_headers_never_panic_and_never_pass(
        input in prop::option::of("[ -~]{0,60}"),
        signature in prop::option::of("[ -~]{0,60}"),
        digest in "[ -~]{0,60}",
        noise in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (keys, key) = keys(Scheme::MessageSignature);
        let head = head("/a?b=c", &["1", "2"]).expect("a request");
        for name in ["signature-input", "signature", "content-digest"] {
            let mut headers = signed(&key, &head, b"{}");
            for (held, text) in &mut headers {
                match (held.as_str(), &input, &signature) {
                    ("signature-input", Some(input), _) => *text = input.clone().into_bytes(),
                    ("signature", _, Some(signature)) => *text = signature.clone().into_bytes(),
                    ("content-digest", ..) => *text = digest.clone().into_bytes(),
                    _ => {}
                }
                if held == name && noise.len() > 30 {
                    *text = noise.clone();
                }
            }
            let decided = verdict(&signatures(&keys), "/a?b=c", &headers, b"{}");
            prop_assert!(decided.is_err(), "{headers:?}");
        }
    }

    #[test]
    fn what_is_read_is_written_alike(text in "\"?[@a-z;=\"\\\\%-]{0,20}\"?") {
        if let Ok(component) = text.parse::<Component>() {
            prop_assert_eq!(component.to_string().parse(), Ok(component));
        }
        if let Ok(digest) = text.parse::<ContentDigest>() {
            prop_assert!(digest.to_string().parse::<ContentDigest>().is_ok());
        }
    }
}

/// A part of a request, drawn by a small generator: short, of few letters, and often the same, so
/// that fields which run into each other would show.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % end
    }

    fn text(&mut self, pieces: &[&str]) -> String {
        (0..self.below(4)).map(|_| pieces[self.below(pieces.len() as u64) as usize]).collect()
    }
}

#[test]
fn no_two_requests_have_the_same_signature_base() {
    const REQUESTS: usize = 50_000;
    const VALUES: [&str; 8] = ["a", ": ", "\"", "x-second", ", ", "\\", "\"x-second\": ", "(\"x-first\")"];
    let line = r#"("@method" "@authority" "@request-target" "x-first" "x-second");created=1;keyid="k""#;
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let mut seen: HashMap<String, (String, String, String)> = HashMap::new();
    let mut count = 0;
    for _ in 0..REQUESTS {
        let target = format!("/{}", draw.text(&["a", "/", "?", "&", "=", ":", "x-first"]));
        let (first, second) = (draw.text(&VALUES), draw.text(&VALUES));
        let Some(head) = head(&target, &[&first, &second]) else { continue };
        let base = signature_base(&head, line).expect("a base");
        let parts = (target, first.trim().to_owned(), second.trim().to_owned());
        if let Some(other) = seen.insert(base, parts.clone()) {
            assert_eq!(other, parts);
        }
        count += 1;
    }
    assert!(count > REQUESTS / 2 && seen.len() > 10_000, "{count} requests, {} bases", seen.len());
}

#[test]
fn two_lists_of_components_never_have_the_same_base() {
    let names = ["@method", "@authority", "@path", "@query", "@request-target", "x-first", "x-second"];
    let head = head("/", &["/", "/"]).expect("a request");
    let mut seen = HashMap::new();
    for choice in 0..1 << names.len() {
        let chosen = names.iter().enumerate().filter(|(n, _)| choice >> n & 1 == 1);
        let list: Vec<String> = chosen.map(|(_, name)| format!("\"{name}\"")).collect();
        let line = format!("({});created=1", list.join(" "));
        let base = signature_base(&head, &line).expect("a base");
        assert_eq!(seen.insert(base, line), None);
    }
    assert_eq!(seen.len(), 128);
}

#[test]
fn long_headers_are_refused_for_their_form() {
    let (keys, key) = keys(Scheme::MessageSignature);
    let head = head("/", &["1", "2"]).expect("a request");
    let good = signed(&key, &head, b"");
    for input in [
        "(".repeat(8000),
        format!("sig1=({}", "\"\\\\\" ".repeat(1500)),
        format!("sig1=({})", "\"a\" ".repeat(2000)),
        format!("sig1=(){}", ";a".repeat(4000)),
        format!("sig1=(){}", (0..1000).map(|n| format!(";a{n}")).collect::<String>()),
        (0..1000).map(|n| format!("s{n}=()")).collect::<Vec<_>>().join(","),
        format!("sig1=({})", (0..900).map(|n| format!("\"a{n}\"")).collect::<Vec<_>>().join(" ")),
        ",".repeat(8000),
        " ".repeat(8000),
        format!("sig1=:{}:", "=".repeat(8000)),
        format!("sig1=({})", "\"a\" ".repeat(5000)),
    ] {
        let mut headers = good.clone();
        headers.iter_mut().find(|(name, _)| name == "signature-input").expect("a header").1 = input.into();
        let refused = verdict(&signatures(&keys), "/", &headers, b"").expect_err("refused");
        assert!(matches!(refused, Reason::MalformedSignature | Reason::IncompleteCredential), "{refused}");
    }
}
