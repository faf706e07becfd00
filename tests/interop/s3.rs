//! Clients of S3: what they store they read again, by signed requests and by signed URLs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::Scheme;
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::memory::MemoryNonceStore;
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

    fn assert_stored(&self, answer: &Value) {
        let body = json!(STANDARD.encode(&self.body));
        let expected = [
            ("put", json!(200)),
            ("get", body.clone()),
            ("head", json!(self.body.len())),
            ("presigned_put", json!(200)),
            ("presigned_get", body),
            ("listed", json!(200)),
        ];
        for (call, expected) in expected {
            let short = |value: &Value| value.to_string().chars().take(80).collect::<String>();
            let (came, wanted) = (short(&answer[call]), short(&expected));
            assert!(answer[call] == expected, "{} {}: {call}: {came}, not {wanted}", self.key, self.options);
        }
    }

    fn assert_refused(&self, answer: &Value) {
        let answers = answer.as_object().expect("an object");
        assert_eq!(answers.len(), 6, "{answer}");
        for (call, outcome) in answers {
            let status = &outcome["refused"];
            assert!(status == 401 || status == 403, "{} {call}: {outcome}", self.key);
        }
    }
}

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

fn is_served(peer: Peer, objects: &[Object]) {
    let _verdict = Verdict::on(peer.name(), "stores and reads, and with a wrong secret is told so");
    let (keys, key) = Key::in_a_store(Scheme::SigV4);
    // Presigned URLs of S3 leave the body open, and so do streams of the client in Node.
    let authenticator = SigV4Authenticator::new(keys, MemoryNonceStore::new(), "us-east-1", "s3").for_s3();
    let authenticator = authenticator.accept_unsigned_payload().accept_unsigned_trailer();
    let server = Server::start(bucket(authenticator));
    let wanted: Vec<_> = objects.iter().map(Object::to_json).collect();
    let also = json!({ "token": null, "region": "us-east-1", "bucket": "shelf", "objects": wanted });
    let ask = |key: &Key| peer.ask(&joined(introduced(&server, key), &also));
    let (answers, refused) = (ask(&key), ask(&key.with_wrong_secret()));
    assert_eq!(answers.as_array().map(Vec::len), Some(objects.len()));
    for (index, object) in objects.iter().enumerate() {
        object.assert_stored(&answers[index]);
        object.assert_refused(&refused[index]);
    }
}

#[test]
fn boto3_is_served_and_with_a_wrong_secret_refused() {
    let mut objects = objects();
    let plain = json!({ "request_checksum_calculation": "when_required" });
    objects.push(Object::new("no checksum", "hello").with_options(plain));
    is_served(Peer::Boto3, &objects);
}

#[test]
fn the_client_of_s3_in_node_is_served_and_with_a_wrong_secret_refused() {
    let mut objects = objects();
    let plain = json!({ "requestChecksumCalculation": "WHEN_REQUIRED" });
    objects.push(Object::new("no checksum", "hello").with_options(plain));
    objects.push(Object::new("stream", vec![b'x'; 200_000]).with_stream());
    is_served(Peer::S3Sdk, &objects);
}
