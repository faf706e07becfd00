//! HTTP Message Signatures, as two other libraries sign and verify them.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use portcullis::jwt::{JwtAlgorithm, JwtKey};
use portcullis::message_signature::{MessageKey, MessageSignatureAuthenticator, MessageSigner};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Clock, Scheme, Secret, SystemClock};
use serde_json::{Value, json};

use crate::driven::is_served;
use crate::echo::{Wanted, echo};
use crate::key::{Key, principal};
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

/// The algorithms with pairs of keys that both have, as they are called here and by `openssl`.
const PAIRS: [(&str, JwtAlgorithm, &[&str]); 3] = [
    ("ed25519", JwtAlgorithm::EdDsa, &["-algorithm", "ED25519"]),
    ("ecdsa-p256-sha256", JwtAlgorithm::Es256, &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("rsa-pss-sha512", JwtAlgorithm::Ps512, &["-algorithm", "RSA"]),
];

/// What `openssl` makes: a private key, or of one its public half.
fn openssl(command: &str, options: &[&str], input: &str) -> String {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("key");
    std::fs::write(&file, input).expect("written");
    let mut openssl = Command::new("openssl");
    openssl.arg(command).args(options);
    if !input.is_empty() {
        openssl.arg("-in").arg(&file);
    }
    let output = openssl.output().expect("this test needs openssl");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn public_half(private: &str) -> String {
    openssl("pkey", &["-pubout"], private)
}

fn wanted() -> Vec<Wanted> {
    let json = || vec![("content-type", "application/json")];
    let query = vec![("z", "1"), ("q", "x y"), ("a", "+")];
    vec![
        Wanted { method: "GET", path: "/", ..Wanted::default() },
        Wanted { method: "GET", path: "/a%20b/zo%C3%AB", query, ..Wanted::default() },
        Wanted {
            method: "POST",
            path: "/x",
            headers: json(),
            body: br#"{"a":1}"#.to_vec(),
            ..Wanted::default()
        },
        Wanted {
            method: "PUT",
            path: "/y",
            body: (0..=255).cycle().take(50_000).collect(),
            ..Wanted::default()
        },
        Wanted { method: "DELETE", path: "/y", ..Wanted::default() },
    ]
}

fn its_messages_are_let_in(peer: Peer) {
    let _verdict = Verdict::on_sending(peer.name());
    let also = |algorithm: &str| {
        let components = ["@method", "@authority", "@path", "@query"];
        json!({ "do": "send", "algorithm": algorithm, "components": components, "tag": "shop" })
    };
    let (keys, key) = Key::in_a_store(Scheme::MessageSignature);
    let stored = MessageSignatureAuthenticator::new(keys, MemoryNonceStore::new()).with_tag("shop");
    is_served(peer, &Server::start(echo(stored)), &key, &also("hmac-sha256"), &wanted());

    for (name, algorithm, options) in PAIRS {
        let [secret, other] = [(); 2].map(|()| openssl("genpkey", options, ""));
        let public = JwtKey::from_pem(&public_half(&secret), algorithm).expect("a key");
        let public = MessageKey::new("partner", public, principal(Scheme::MessageSignature, "partner"));
        let keys = MemoryKeyStore::new();
        let pairs = MessageSignatureAuthenticator::new(keys, MemoryNonceStore::new()).with_tag("shop");
        let server = Server::start(echo(pairs.with_keys([public.expect("a key")])));
        let key = Key { scheme: Scheme::MessageSignature, id: "partner".into(), secret, other };
        is_served(peer, &server, &key, &also(name), &wanted());
    }
}

#[test]
fn messages_of_the_library_in_python_are_let_in() {
    its_messages_are_let_in(Peer::MessagesPython);
}

#[test]
fn messages_of_the_library_in_node_are_let_in() {
    its_messages_are_let_in(Peer::MessagesNode);
}

/// What is sent by our signer, and the same to another path.
fn ours(signer: &MessageSigner) -> Vec<Value> {
    let one = |wanted: &Wanted, path: &str| {
        let (url, elsewhere) = ("https://shop.example", format!("https://shop.example{path}"));
        let mut request = Request::builder().method(wanted.method).uri(format!("{url}{}", wanted.target()));
        for (name, value) in &wanted.headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        let signed = signer.sign(&head, &wanted.body, SystemClock.now()).expect("signed");
        let mut headers = json!({ "host": "shop.example" });
        for (name, value) in &wanted.headers {
            headers[*name] = json!(value);
        }
        for (name, value) in signed.pairs() {
            headers[name] = json!(value);
        }
        let url = if path.is_empty() { head.uri.to_string() } else { elsewhere };
        json!({ "method": wanted.method, "url": url, "headers": headers, "body": STANDARD.encode(&wanted.body) })
    };
    let wanted = wanted();
    wanted
        .iter()
        .map(|wanted| one(wanted, ""))
        .chain(wanted.iter().map(|wanted| one(wanted, "/elsewhere")))
        .collect()
}

fn ours_are_accepted_by(peer: Peer) {
    let _verdict = Verdict::on(peer.name(), "accepts our messages");
    let secret = "a shared secret of at least 32 bytes";
    let signers = PAIRS.map(|(name, algorithm, options)| {
        let private = openssl("genpkey", options, "");
        let key = JwtKey::from_pem(&private, algorithm).expect("a key");
        (name, MessageSigner::with_key("ours", key).expect("a signer"), public_half(&private))
    });
    let shared = ("hmac-sha256", MessageSigner::new("ours", &Secret::from(secret)), secret.to_owned());
    for (name, signer, secret) in signers.into_iter().chain([shared]) {
        let requests = ours(&signer.with_tag("shop").with_alg());
        let answers = peer.ask(&json!({
            "do": "verify", "algorithm": name, "id": "ours", "secret": secret, "tag": "shop", "requests": requests,
        }));
        let answers = answers.as_array().expect("a list");
        assert_eq!(answers.len(), 2 * wanted().len());
        for (index, answer) in answers.iter().enumerate() {
            assert_eq!(answer == "accepted", index < wanted().len(), "{name} {}: {answer}", requests[index]);
        }
    }
}

#[test]
fn our_messages_are_accepted_by_the_library_in_python() {
    ours_are_accepted_by(Peer::MessagesPython);
}

#[test]
fn our_messages_are_accepted_by_the_library_in_node() {
    ours_are_accepted_by(Peer::MessagesNode);
}
