//! SigV4 for services other than S3, as six libraries sign it.

use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Clock, Scheme, Secret, SystemClock};
use serde_json::json;

use crate::crate_aws_sigv4;
use crate::driven::{are_heard_and_refused, introduced, is_served, joined};
use crate::echo::{Wanted, echo};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

/// What every one of them sends.
fn wanted() -> Vec<Wanted> {
    let json = || vec![("content-type", "application/json")];
    vec![
        Wanted { method: "GET", path: "/", ..Wanted::default() },
        Wanted {
            method: "GET",
            path: "/a%20b/zo%C3%AB",
            query: vec![("z", "1"), ("q", "x y"), ("a", "2"), ("e", "")],
            ..Wanted::default()
        },
        Wanted { method: "GET", path: "/p", query: vec![("a", "&=?/:~-._")], ..Wanted::default() },
        Wanted {
            method: "POST",
            path: "/orders",
            headers: json(),
            body: br#"{"a":1}"#.to_vec(),
            ..Wanted::default()
        },
        Wanted {
            method: "POST",
            path: "/form",
            headers: vec![("content-type", "application/x-www-form-urlencoded"), ("x-amz-target", "A.  B")],
            body: b"Action=List&Version=1".to_vec(),
            ..Wanted::default()
        },
        Wanted {
            method: "PUT",
            path: "/items/7",
            headers: vec![("content-type", "application/octet-stream")],
            body: (0..=255).cycle().take(100_000).collect(),
            ..Wanted::default()
        },
        Wanted { method: "DELETE", path: "/items/7", ..Wanted::default() },
    ]
}

fn presigned() -> Vec<Wanted> {
    let query = vec![("z", "1"), ("q", "x y"), ("a", "2")];
    let presigned = Wanted { method: "GET", path: "/a%20b", query, style: "presigned", ..Wanted::default() };
    vec![presigned]
}

/// What a session token must be, where there is one.
const TOKEN: &str = "FwoGZXIvYXdzEBYaDK+/a b=";

fn serves(peer: Peer, wanted: &[Wanted]) {
    serves_with(peer, wanted, |authenticator| authenticator);
}

type Ours = SigV4Authenticator<MemoryKeyStore, MemoryNonceStore>;

/// Without a session token, and with one.
fn serves_with(peer: Peer, wanted: &[Wanted], option: fn(Ours) -> Ours) {
    let _verdict = Verdict::on_sending(peer.name());
    for token in [None, Some(TOKEN)] {
        let (keys, key) = Key::in_a_store(Scheme::SigV4);
        let authenticator = Ours::new(keys, MemoryNonceStore::new(), "eu-west-3", "orders");
        let authenticator = authenticator.with_session_tokens(move |_, presented| presented == token);
        let server = Server::start(echo(option(authenticator)));
        let also = json!({ "token": token, "region": "eu-west-3", "service": "orders" });
        is_served(peer, &server, &key, &also, wanted);
    }
}

/// What those send that sign URLs too.
fn wanted_and_presigned() -> Vec<Wanted> {
    [wanted(), presigned()].concat()
}

#[test]
fn botocore_is_served_and_with_a_wrong_secret_refused() {
    serves(Peer::Botocore, &wanted_and_presigned());
}

#[test]
fn aws4_is_served_and_with_a_wrong_secret_refused() {
    // It normalises what it signs, and sends the path as it is.
    let dots = Wanted { method: "GET", path: "//a/./b/../c//d/", ..Wanted::default() };
    serves(Peer::Aws4, &[wanted_and_presigned(), vec![dots]].concat());
}

#[test]
fn smithy_is_served_and_with_a_wrong_secret_refused() {
    serves_with(Peer::Smithy, &wanted_and_presigned(), SigV4Authenticator::accept_unsigned_payload);
}

#[test]
fn requests_aws4auth_is_served_and_with_a_wrong_secret_refused() {
    serves(Peer::RequestsAws4Auth, &wanted());
}

#[test]
fn libcurl_is_served_and_with_a_wrong_secret_refused() {
    serves(Peer::Pycurl, &wanted());
}

#[test]
fn the_crate_aws_sigv4_is_served_and_with_a_wrong_secret_refused() {
    let _verdict = Verdict::on_sending(crate_aws_sigv4::NAME);
    let (keys, key) = Key::in_a_store(Scheme::SigV4);
    let server = Server::start(echo(Ours::new(keys, MemoryNonceStore::new(), "eu-west-3", "orders")));
    let wanted = wanted_and_presigned();
    let ask = |key: &Key| crate_aws_sigv4::ask(&server, key, ("eu-west-3", "orders"), &wanted);
    are_heard_and_refused(&key, &wanted, &ask(&key), &ask(&key.with_wrong_secret()));
}

/// A plus in a query that is not escaped: by the rule it is one, and these take it for something
/// else. (npm aws4 sends a space in its place.)
fn a_plus_is_served(peer: Peer) {
    let _verdict = Verdict::on(peer.name(), "a raw plus is served where that is lenient");
    let plus = Wanted { method: "GET", path: "/p?b=x+y&a=1", ..Wanted::default() };
    for lenient in [false, true] {
        let (keys, key) = Key::in_a_store(Scheme::SigV4);
        let authenticator = Ours::new(keys, MemoryNonceStore::new(), "eu-west-3", "orders");
        let authenticator =
            if lenient { authenticator.with_lenient_canonicalisation() } else { authenticator };
        let server = Server::start(echo(authenticator));
        let also = json!({
            "token": null, "region": "eu-west-3", "service": "orders", "requests": [plus.to_json()],
        });
        let answer = &peer.ask(&joined(introduced(&server, &key), &also))[0];
        if lenient { plus.assert_heard(&key, answer) } else { plus.assert_refused(answer) }
    }
}

#[test]
fn a_raw_plus_of_botocore_needs_lenient_canonicalisation() {
    a_plus_is_served(Peer::Botocore);
}

#[test]
fn a_raw_plus_of_requests_aws4auth_needs_lenient_canonicalisation() {
    a_plus_is_served(Peer::RequestsAws4Auth);
}

#[test]
fn a_raw_plus_of_libcurl_needs_lenient_canonicalisation() {
    a_plus_is_served(Peer::Pycurl);
}

#[test]
fn our_signer_makes_the_signature_of_the_crate_aws_sigv4() {
    let _verdict = Verdict::on(crate_aws_sigv4::NAME, "our signer signs alike");
    let (_, key) = Key::in_a_store(Scheme::SigV4);
    let (host, secret) = ("https://orders.example", Secret::from(key.secret.as_str()));
    let ours = SigV4Signer::new(key.id.as_str(), &secret, "eu-west-3", "orders");
    let now = SystemClock.now();
    for wanted in wanted() {
        let theirs = crate_aws_sigv4::signed(host, &key, ("eu-west-3", "orders"), &wanted, now);
        let mut own =
            http::Request::builder().method(wanted.method).uri(format!("{host}{}", wanted.target()));
        for (name, value) in &wanted.headers {
            own = own.header(*name, *value);
        }
        let (mut head, ()) = own.body(()).expect("a request").into_parts();
        ours.sign_request(&mut head, &wanted.body, now).expect("signed");
        assert_eq!(head.headers["authorization"], theirs.headers()["authorization"], "{wanted:?}");
    }
}
