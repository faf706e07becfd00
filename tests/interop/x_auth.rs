//! `x-auth-*` headers, as crypto-js signs them, and ours, as it signs them again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Clock, Scheme, Secret, SystemClock};
use serde_json::{Value, json};

use crate::driven::is_served;
use crate::echo::{Wanted, echo};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

fn wanted() -> Vec<Wanted> {
    let json = vec![("content-type", "application/json")];
    vec![
        // A later one in the same second would have the signature of the GETs.
        Wanted { method: "DELETE", path: "/7", style: "url", ..Wanted::default() },
        Wanted { method: "GET", path: "/", ..Wanted::default() },
        Wanted { method: "GET", path: "/a%20b", query: vec![("q", "x y"), ("a", "+")], ..Wanted::default() },
        Wanted {
            method: "POST",
            path: "/",
            headers: json,
            body: br#"{"a":1}"#.to_vec(),
            ..Wanted::default()
        },
        Wanted {
            method: "PATCH",
            path: "/",
            body: "{\"zo\u{eb}\":2}".into(),
            style: "url",
            ..Wanted::default()
        },
        Wanted { method: "PUT", path: "/", body: (0..=255).collect(), ..Wanted::default() },
    ]
}

#[test]
fn crypto_js_is_served_and_with_a_wrong_secret_refused() {
    let (keys, key) = Key::in_a_store(Scheme::XAuth);
    let server = Server::start(echo(XAuthAuthenticator::new(keys, MemoryNonceStore::new())));
    let _verdict = Verdict::on_sending(Peer::CryptoJs.name());
    is_served(Peer::CryptoJs, &server, &key, &json!({}), &wanted());
}

#[test]
fn our_headers_have_the_signature_of_crypto_js() {
    let _verdict = Verdict::on(Peer::CryptoJs.name(), "makes the signature of our headers");
    let (_, key) = Key::in_a_store(Scheme::XAuth);
    let signer = XAuthSigner::new(key.id.as_str(), &Secret::from(key.secret.as_str()));
    let bodies = wanted().into_iter().map(|wanted| wanted.body);
    let signed = |body: &Vec<u8>| -> Value {
        let headers = signer.sign(body, SystemClock.now()).expect("signed");
        let headers = headers.pairs().map(|(name, value)| (name.to_owned(), json!(value)));
        json!({ "headers": serde_json::Map::from_iter(headers), "body": STANDARD.encode(body) })
    };
    let mut requests: Vec<_> = bodies.map(|body| signed(&body)).collect();
    let good = requests.len();
    let mut altered = requests[good - 1].clone();
    altered["body"] = json!(STANDARD.encode("another body"));
    requests.push(altered);
    let ask =
        |secret: &str| Peer::CryptoJs.ask(&json!({ "do": "verify", "secret": secret, "requests": requests }));
    let expected: Vec<_> = (0..requests.len()).map(|index| index < good).collect();
    assert_eq!(ask(&key.secret), json!(expected));
    assert_eq!(ask(&key.other), json!(vec![false; requests.len()]));
}
