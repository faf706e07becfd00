//! The strict forms of x-auth and of signed URLs: vectors of our own, for whoever implements them
//! elsewhere. Everything but the inputs is made here and checked in; `WRITE_VECTORS=1` writes the
//! file anew. What it says is computed again by a program in another language.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::query_signature::{self, QuerySignatureAuthenticator};
use portcullis::request::RequestTarget;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyOwner, NewKey};
use portcullis::x_auth::{self, StrictFields, XAuthAuthenticator};
use portcullis::{KeyAdmin, Reason, Scheme, Secret, Timestamp, UserId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{load, text, verdict};

const NOW: i64 = 1_700_000_000;
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/data/strict_forms.json");

/// Name, method, authority, target, body.
const REQUESTS: [(&str, &str, &str, &str, &[u8]); 14] = [
    ("get", "GET", "api.example", "/orders", b""),
    ("get-with-a-query", "GET", "api.example", "/orders?page=2&per=50", b""),
    ("an-empty-query", "GET", "api.example", "/orders?", b""),
    ("post-json", "POST", "api.example", "/orders", br#"{"title":"Hi"}"#),
    ("binary-body", "PUT", "api.example", "/blobs/1", &[0, 1, 2, 0xfe, 0xff, b'\r', b'\n', 0]),
    ("delete", "DELETE", "api.example", "/orders/7", b""),
    ("a-method-of-ones-own", "PURGE", "api.example", "/cache", b""),
    ("authority-in-upper-case", "GET", "API.Example", "/", b""),
    ("default-port-of-https", "GET", "api.example:443", "/", b""),
    ("default-port-of-http", "GET", "api.example:80", "/", b""),
    ("another-port", "GET", "api.example:8443", "/", b""),
    ("an-address-in-brackets", "GET", "[2001:DB8::80]:443", "/", b""),
    ("a-path-that-stays-as-it-is", "GET", "api.example", "/a//b/./c/../%2F%7e;v=1/", b""),
    ("a-query-that-stays-as-it-is", "GET", "api.example", "/?b=2&a=%C3%A9+%20;x&&=&a", b""),
];

const X_AUTH_KEY: (&str, &str) = ("M-LmI2b3pA0UdIuU7OhXEw", "q6X2sVd0Yt4wCkz8nRr1uPjLmHb3eGfA9oJi5TxZyQE");
const URL_KEY: (&str, &str) = ("483a570a", "d7228d70cd7f456d9bfdc35ed8fee375");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(secret: &str, message: &[u8]) -> String {
    let key = HmacKey::new(HmacAlgorithm::Sha256, &Secret::from(secret));
    URL_SAFE_NO_PAD.encode(key.sign(&[message]).expose())
}

/// One vector of each form.
fn made(number: u8, request: &(&str, &str, &str, &str, &[u8])) -> [Value; 2] {
    let (name, method, authority, sent, body) = *request;
    let (path, query) = sent.split_once('?').map_or((sent, None), |(path, query)| (path, Some(query)));
    let nonce: [u8; 16] = std::array::from_fn(|place| number.wrapping_mul(17).wrapping_add(place as u8 * 11));
    let digest: [u8; 32] = Sha256::digest(body).into();
    let (start, end) = ((NOW - 5).to_string(), (NOW + 60).to_string());
    let (nonce_text, digest_text) = (URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(digest));
    let vector = |form: &str, key: (&str, &str), target: &str, headers: Vec<(&str, &str)>, message: &[u8]| {
        json!({
            "name": format!("{form}-{name}"), "form": form, "server_now": NOW, "verdict": "accept",
            "key": key.0, "secret": key.1,
            "method": method, "authority": authority, "path": path, "query": query,
            "start": start, "end": end, "nonce_hex": hex(&nonce), "body_b64": STANDARD.encode(body),
            "message_hex": hex(message), "signature": mac(key.1, message),
            "target": target, "headers": headers,
        })
    };

    let mut target = RequestTarget::new(method, path, query);
    target.authority = Some(authority);
    let (id, secret) = X_AUTH_KEY;
    let fields = StrictFields { iss: id, nbf: &start, exp: &end, nonce: &nonce, digest: &digest };
    let message = x_auth::strict_text(&target, &fields).expect("an authority");
    let signature = mac(secret, &message);
    let headers = vec![
        ("host", authority),
        ("x-auth-version", "1"),
        ("x-auth-iss", id),
        ("x-auth-nbf", &start),
        ("x-auth-exp", &end),
        ("x-auth-nonce", &nonce_text),
        ("x-auth-digest", &digest_text),
        ("x-auth-signature", &signature),
    ];
    let x_auth = vector("x-auth", X_AUTH_KEY, sent, headers, &message);

    let (id, secret) = URL_KEY;
    let own = query.filter(|query| !query.is_empty()).map(|query| format!("{query}&")).unwrap_or_default();
    let signed = format!(
        "{own}pc-version=1&pc-key={id}&pc-time={start}&pc-expires={end}&pc-nonce={nonce_text}&pc-digest={digest_text}"
    );
    let whole = format!("{signed}&pc-signature=x");
    target.query = Some(&whole);
    let message = query_signature::strict_text(&target).expect("readable").expect("of this form");
    let signature = mac(secret, &message);
    let url = format!("{path}?{signed}&pc-signature={signature}");
    [x_auth, vector("signed-url", URL_KEY, &url, vec![("host", authority)], &message)]
}

/// Requests that a verifier must refuse, each made of one that it accepts.
fn refused(good: &[Value; 2]) -> Vec<Value> {
    let [x_auth, url] = good;
    let without = |names: &[&str]| {
        let mut bad = x_auth.clone();
        let headers = bad["headers"].as_array_mut().expect("headers");
        headers.retain(|pair| !names.contains(&pair[0].as_str().expect("a name")));
        bad
    };
    let header = |name: &str, value: &str| {
        let mut bad = x_auth.clone();
        for pair in bad["headers"].as_array_mut().expect("headers") {
            if pair[0] == name {
                pair[1] = value.into();
            }
        }
        bad
    };
    let member = |good: &Value, name: &str, value: &str| {
        let mut bad = good.clone();
        bad[name] = value.into();
        bad
    };
    let target = |from: &str, to: &str| member(url, "target", &text(url, "target").replacen(from, to, 1));
    let padded = format!("{}=", text(x_auth, "signature"));
    let standard = text(x_auth, "signature").replace('-', "+").replace('_', "/");
    let version = ["x-auth-version"];
    let strict = ["x-auth-version", "x-auth-nonce", "x-auth-digest"];
    let cases = [
        ("x-auth-other-method", 401, member(x_auth, "method", "DELETE")),
        ("x-auth-other-host", 401, header("host", "other.example")),
        ("x-auth-other-path", 401, member(x_auth, "target", "/orders2?page=2&per=50")),
        ("x-auth-other-query", 401, member(x_auth, "target", "/orders?page=3&per=50")),
        ("x-auth-no-query", 401, member(x_auth, "target", "/orders")),
        ("x-auth-other-body", 401, member(x_auth, "body_b64", "eA==")),
        ("x-auth-other-end", 401, header("x-auth-exp", "1700000061")),
        ("x-auth-eleven-digits", 401, header("x-auth-exp", "17000000600")),
        ("x-auth-milliseconds", 401, header("x-auth-exp", "1700000060000")),
        ("x-auth-padded-signature", 401, header("x-auth-signature", &padded)),
        ("x-auth-signature-twice", 401, header("x-auth-signature", &format!("{standard}{standard}"))),
        ("x-auth-version-2", 400, header("x-auth-version", "2")),
        ("x-auth-without-its-version", 400, without(&version)),
        ("x-auth-as-the-compatible-form", 401, without(&strict)),
        ("x-auth-no-host", 400, without(&["host"])),
        ("signed-url-other-method", 401, member(url, "method", "DELETE")),
        ("signed-url-other-host", 401, {
            let mut bad = url.clone();
            bad["headers"] = json!([["host", "other.example"]]);
            bad
        }),
        ("signed-url-other-query", 401, target("page=2", "page=3")),
        ("signed-url-parameter-more", 401, target("page=2", "page=2&admin")),
        ("signed-url-other-body", 401, member(url, "body_b64", "eA==")),
        ("signed-url-escaped-value", 401, target("pc-key=4", "pc-key=%34")),
        ("signed-url-repeated-key", 400, target("?", "?pc-key=1&")),
        ("signed-url-disguised-key", 400, target("?", "?PC-%6bey=1&")),
        ("signed-url-both-forms", 400, target("?", "?apikey=1&")),
        ("signed-url-behind-the-signature", 400, target("&pc-signature=", "&pc-signature=x&x=")),
        ("signed-url-version-2", 400, target("pc-version=1", "pc-version=2")),
        ("signed-url-without-its-version", 400, target("pc-version=1&", "")),
    ];
    let keep = ["form", "server_now", "method", "target", "headers", "body_b64"];
    let listed = cases.into_iter().map(|(name, status, bad)| {
        let mut case = json!({ "name": name, "verdict": status });
        keep.iter().for_each(|name| case[*name] = bad[*name].clone());
        case
    });
    listed.collect()
}

fn file() -> Value {
    let made: Vec<[Value; 2]> = (1..).zip(&REQUESTS).map(|(number, request)| made(number, request)).collect();
    let refused = refused(&made[1]);
    let key = |scheme: &str, key: (&str, &str)| json!({ "scheme": scheme, "id": key.0, "secret": key.1 });
    json!({
        "about": "the strict forms of x-auth and of signed URLs, version 1; times in Unix seconds",
        "keys": [key("x-auth", X_AUTH_KEY), key("query-signature", URL_KEY)],
        "vectors": made.into_iter().flatten().collect::<Vec<_>>(),
        "refused": refused,
    })
}

#[test]
fn the_file_is_what_this_program_makes() {
    let made = file();
    if std::env::var_os("WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("json");
        std::fs::write(PATH, text + "\n").expect("written");
    }
    assert!(load("strict_forms") == made, "WRITE_VECTORS=1 writes it anew; old vectors must not change");
}

async fn keys() -> MemoryKeyStore {
    let keys: MemoryKeyStore = MemoryKeyStore::new();
    keys.add_user(&UserId::from("ada"), None).await.expect("user");
    for (scheme, (id, secret)) in [(Scheme::XAuth, X_AUTH_KEY), (Scheme::QuerySignature, URL_KEY)] {
        let key = NewKey::new(scheme, KeyOwner::user("ada")).with_id(id).with_secret(Secret::from(secret));
        let _ = keys.issue(key, Timestamp::from_unix_seconds(0)).await.expect("issued");
    }
    keys
}

#[tokio::test]
async fn every_request_gets_its_verdict() {
    let file = load("strict_forms");
    let keys = keys().await;
    let mut decided = [0, 0];
    for case in ["vectors", "refused"].iter().flat_map(|list| file[list].as_array().expect("a list")) {
        let nonces = MemoryNonceStore::new();
        let now = case["server_now"].as_i64().expect("a time");
        let found: Result<_, Reason> = if text(case, "form") == "x-auth" {
            verdict(&XAuthAuthenticator::new(keys.clone(), nonces).buffer_bodies(), case, now).await
        } else {
            verdict(&QuerySignatureAuthenticator::new(keys.clone(), nonces).buffer_bodies(), case, now).await
        };
        let status = found.as_ref().map_or_else(|reason| json!(reason.kind().status()), |_| json!("accept"));
        assert_eq!(status, case["verdict"], "{}: {:?}", text(case, "name"), found.as_ref().err());
        decided[usize::from(found.is_err())] += 1;
    }
    assert_eq!(decided, [28, 27]);
}

#[test]
fn another_language_computes_the_same_by_the_manuals_rules() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/strict_forms.py");
    let run = std::process::Command::new("python3").args([script, PATH]).output();
    let run = run.expect("python3, which scripts/need-tools installs");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{out}{err}");
    assert_eq!(out.trim(), "28 vectors are right");
}
