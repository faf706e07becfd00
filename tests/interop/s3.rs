//! Clients of S3: what they store they read again, by signed requests and by signed URLs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::Scheme;
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use serde_json::{Value, json};

use crate::bucket::bucket;
use crate::driven::{introduced, joined};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

struct Object {
    key: &'static str,
    body: Vec<u8>,
    options: Value,
    stream: bool,
}

impl Object {
    fn new(key: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { key, body: body.into(), options: json!({}), stream: false }
    }

    fn with_options(mut self, options: Value) -> Self {
        self.options = options;
        self
    }

    /// Its body comes from a stream, whose checksum nobody knows before the end.
    const fn with_stream(mut self) -> Self {
        self.stream = true;
        self
    }

    fn to_json(&self) -> Value {
        let body = STANDARD.encode(&self.body);
        json!({ "key": self.key, "body": body, "options": self.options, "stream": self.stream })
    }

    fn assert_stored(&self, calls: &[&str], answer: &Value) {
        let body = json!(STANDARD.encode(&self.body));
        for call in calls {
            let expected = match *call {
                "get" | "presigned_get" => body.clone(),
                "head" => json!(self.body.len()),
                _ => json!(200),
            };
            let short = |value: &Value| value.to_string().chars().take(80).collect::<String>();
            let (came, wanted) = (short(&answer[call]), short(&expected));
            assert!(answer[call] == expected, "{} {}: {call}: {came}, not {wanted}", self.key, self.options);
        }
    }

    fn assert_refused(&self, calls: &[&str], answer: &Value) {
        let answers = answer.as_object().expect("an object");
        assert_eq!(answers.len(), calls.len(), "{answer}");
        for (call, outcome) in answers {
            let status = &outcome["refused"];
            assert!(status == 401 || status == 403, "{} {call}: {outcome}", self.key);
        }
    }
}

/// What is signed in the headers, and what in the URL.
const IN_HEADERS: [&str; 4] = ["put", "get", "head", "listed"];
const IN_URLS: [&str; 2] = ["presigned_put", "presigned_get"];

/// Names with everything that is escaped somewhere, and bodies that fit in no one frame.
fn objects() -> Vec<Object> {
    vec![
        Object::new("plain.txt", "hello"),
        Object::new("a b/zo\u{eb} \u{1f511}+~!'()*@:,;=&$%41?#[].txt", "names"),
        Object::new("slashes//and/../dots/./", "kept"),
        Object::new("empty", ""),
        Object::new("large", (0..=255).cycle().take(300_000).collect::<Vec<u8>>()),
    ]
}

type Ours = SigV4Authenticator<MemoryKeyStore, MemoryNonceStore>;

/// A bucket by the rules of S3 with an option, and the key to it.
fn served(option: fn(Ours) -> Ours) -> (Server, Key) {
    let (keys, key) = Key::in_a_store(Scheme::SigV4);
    let authenticator = Ours::new(keys, MemoryNonceStore::new(), "us-east-1", "s3").for_s3();
    (Server::start(bucket(option(authenticator))), key)
}

fn ask(peer: Peer, server: &Server, key: &Key, calls: &[&str], objects: &[Object]) -> Value {
    let wanted: Vec<_> = objects.iter().map(Object::to_json).collect();
    let also = json!({
        "token": null, "region": "us-east-1", "bucket": "shelf", "calls": calls, "objects": wanted,
    });
    let answers = peer.ask(&joined(introduced(server, key), &also));
    assert_eq!(answers.as_array().map(Vec::len), Some(objects.len()));
    answers
}

fn is_served(peer: Peer, option: fn(Ours) -> Ours, calls: &[&str], objects: &[Object]) {
    let (server, key) = served(option);
    let ask = |key: &Key| ask(peer, &server, key, calls, objects);
    let (answers, refused) = (ask(&key), ask(&key.with_wrong_secret()));
    for (index, object) in objects.iter().enumerate() {
        object.assert_stored(calls, &answers[index]);
        object.assert_refused(calls, &refused[index]);
    }
}

/// With its own secret, and without an option.
fn is_refused(peer: Peer, calls: &[&str], objects: &[Object]) {
    let (server, key) = served(|authenticator| authenticator);
    let answers = ask(peer, &server, &key, calls, objects);
    for (index, object) in objects.iter().enumerate() {
        object.assert_refused(calls, &answers[index]);
    }
}

/// In the headers by the rules of S3 alone, so that every body was signed.
fn signs_every_body(peer: Peer, no_checksum: Value) {
    let _verdict = Verdict::on(peer.name(), "stores and reads, and with a wrong secret is told so");
    let mut objects = objects();
    objects.push(Object::new("no checksum", "hello").with_options(no_checksum));
    is_served(peer, |authenticator| authenticator, &IN_HEADERS, &objects);
}

/// URLs of S3 leave the body open.
fn needs_an_option_for_urls(peer: Peer) {
    let _verdict = Verdict::on(peer.name(), "the same by URLs, where unsigned bodies are accepted");
    is_served(peer, Ours::accept_unsigned_payload, &IN_URLS, &objects());
    is_refused(peer, &IN_URLS, &objects());
}

#[test]
fn boto3_is_served_by_the_rules_of_s3_and_with_a_wrong_secret_refused() {
    signs_every_body(Peer::Boto3, json!({ "request_checksum_calculation": "when_required" }));
}

#[test]
fn urls_of_boto3_need_unsigned_bodies() {
    needs_an_option_for_urls(Peer::Boto3);
}

#[test]
fn the_client_of_s3_in_node_is_served_by_the_rules_of_s3_and_with_a_wrong_secret_refused() {
    signs_every_body(Peer::S3Sdk, json!({ "requestChecksumCalculation": "WHEN_REQUIRED" }));
}

#[test]
fn urls_of_the_client_of_s3_in_node_need_unsigned_bodies() {
    needs_an_option_for_urls(Peer::S3Sdk);
}

#[test]
fn streams_of_the_client_of_s3_in_node_need_unsigned_trailers() {
    let _verdict = Verdict::on(Peer::S3Sdk.name(), "streams, where unsigned trailers are accepted");
    let stream = [Object::new("stream", vec![b'x'; 200_000]).with_stream()];
    is_served(Peer::S3Sdk, Ours::accept_unsigned_trailer, &["put", "get"], &stream);
    is_refused(Peer::S3Sdk, &["put"], &stream);
}
