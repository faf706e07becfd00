//! SigV4 for services other than S3, as six libraries and curl sign it.

use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Clock, Scheme, Secret, SystemClock};
use serde_json::{Value, json};

use crate::driven::{are_heard_and_refused, introduced, is_served, joined};
use crate::echo::{Wanted, echo};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;
use crate::{crate_aws_sigv4, curl};

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
    let _verdict = Verdict::on_sending(peer.name());
    serves_with(peer, SCOPE, wanted, |authenticator| authenticator);
}

type Ours = SigV4Authenticator<MemoryKeyStore, MemoryNonceStore>;

/// The region and the service.
const SCOPE: (&str, &str) = ("eu-west-3", "orders");

/// A service, and the key to it.
fn service((region, service): (&str, &str), option: impl FnOnce(Ours) -> Ours) -> (Server, Key) {
    let (keys, key) = Key::in_a_store(Scheme::SigV4);
    let authenticator = Ours::new(keys, MemoryNonceStore::new(), region, service);
    (Server::start(echo(option(authenticator))), key)
}

/// Without a session token, and with one.
fn serves_with(peer: Peer, scope: (&str, &str), wanted: &[Wanted], option: fn(Ours) -> Ours) {
    for token in [None, Some(TOKEN)] {
        let checked = |ours: Ours| ours.with_session_tokens(move |_, presented| presented == token);
        let (server, key) = service(scope, |ours| option(checked(ours)));
        let also = json!({ "token": token, "region": scope.0, "service": scope.1 });
        is_served(peer, &server, &key, &also, wanted);
    }
}

/// By its own secret, and without an option.
fn refuses(peer: Peer, scope: (&str, &str), wanted: &[Wanted], option: fn(Ours) -> Ours) {
    let (server, key) = service(scope, option);
    let requests: Vec<_> = wanted.iter().map(Wanted::to_json).collect();
    let also = json!({ "token": null, "region": scope.0, "service": scope.1, "requests": requests });
    let answers = peer.ask(&joined(introduced(&server, &key), &also));
    for (index, wanted) in wanted.iter().enumerate() {
        wanted.assert_refused(&answers[index]);
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
fn aws4_for_s3_is_served_by_the_rules_of_s3_and_its_urls_need_unsigned_bodies() {
    let scope = ("eu-west-3", "s3");
    let _verdict = Verdict::on(Peer::Aws4.name(), "for S3 too, URLs where unsigned bodies are accepted");
    let dots = Wanted { method: "GET", path: "/a//b/./c~!'()*", ..Wanted::default() };
    serves_with(Peer::Aws4, scope, &[wanted(), vec![dots]].concat(), Ours::for_s3);
    serves_with(Peer::Aws4, scope, &presigned(), |ours| ours.for_s3().accept_unsigned_payload());
    refuses(Peer::Aws4, scope, &presigned(), Ours::for_s3);
}

#[test]
fn smithy_is_served_and_with_a_wrong_secret_refused() {
    serves(Peer::Smithy, &wanted_and_presigned());
}

#[test]
fn streams_of_smithy_need_unsigned_bodies() {
    let _verdict = Verdict::on(Peer::Smithy.name(), "streams, where unsigned bodies are accepted");
    let body = vec![b'x'; 100_000];
    let stream = [Wanted { method: "PUT", path: "/items/7", body, style: "stream", ..Wanted::default() }];
    serves_with(Peer::Smithy, SCOPE, &stream, Ours::accept_unsigned_payload);
    refuses(Peer::Smithy, SCOPE, &stream, |ours| ours);
}

#[test]
fn requests_aws4auth_is_served_and_with_a_wrong_secret_refused() {
    serves(Peer::RequestsAws4Auth, &wanted());
}

#[test]
fn libcurl_is_served_and_with_a_wrong_secret_refused() {
    serves(Peer::Pycurl, &wanted());
}

fn serves_curl(wanted: &[Wanted], option: fn(Ours) -> Ours) {
    for token in [None, Some(TOKEN)] {
        let checked = |ours: Ours| ours.with_session_tokens(move |_, presented| presented == token);
        let (server, key) = service(SCOPE, |ours| option(checked(ours)));
        let ask = |key: &Key| curl::ask(&server, key, SCOPE, token, wanted);
        are_heard_and_refused(&key, wanted, &ask(&key), &ask(&key.with_wrong_secret()));
    }
}

/// With sorted queries, and an `=` behind each name: some versions sign them as they are sent.
fn wanted_of_curl() -> Vec<Wanted> {
    let mut wanted = wanted();
    wanted.iter_mut().for_each(|wanted| wanted.query.sort_unstable());
    wanted
}

#[test]
fn curl_is_served_and_with_a_wrong_secret_refused() {
    let _verdict = Verdict::on_sending(curl::NAME);
    let mut wanted = wanted_of_curl();
    // Some versions sign paths as they are sent, too.
    wanted.iter_mut().filter(|one| one.path.contains('%')).for_each(|one| one.path = "/a/~b/");
    serves_curl(&wanted, |ours| ours);
}

#[test]
fn escaped_paths_of_curl_are_served_where_that_is_lenient() {
    let _verdict = Verdict::on(curl::NAME, "an escaped path is served where that is lenient");
    serves_curl(&wanted_of_curl(), Ours::with_lenient_canonicalisation);
}

#[test]
fn the_crate_aws_sigv4_is_served_and_with_a_wrong_secret_refused() {
    let _verdict = Verdict::on_sending(crate_aws_sigv4::NAME);
    let (server, key) = service(SCOPE, |ours| ours);
    let wanted = wanted_and_presigned();
    let ask = |key: &Key| crate_aws_sigv4::ask(&server, key, SCOPE, &wanted);
    are_heard_and_refused(&key, &wanted, &ask(&key), &ask(&key.with_wrong_secret()));
}

/// A plus in a query that is not escaped: by the rule it is one, and these take it for something
/// else.
const PLUS: (&str, &str) = ("/p?a=1&b=x+y", "a raw plus is served where that is lenient");
/// What need not be escaped, and what must be.
const ODD: (&str, &str) = ("/p?a=%7Eb&b=(%41)", "an odd spelling is served where that is lenient");

fn needs_leniency(
    client: &'static str,
    style: &'static str,
    (path, claim): (&'static str, &'static str),
    ask: impl Fn(&Server, &Key, &Wanted) -> Value,
) {
    let _verdict = Verdict::on(client, claim);
    let wanted = Wanted { method: "GET", path, style, ..Wanted::default() };
    for lenient in [false, true] {
        let (server, key) =
            service(SCOPE, |ours| if lenient { ours.with_lenient_canonicalisation() } else { ours });
        let answer = &ask(&server, &key, &wanted)[0];
        if lenient {
            wanted.assert_heard(&key, answer)
        } else {
            wanted.assert_refused(answer)
        }
        // Also where that is lenient, it is the holder of the key who says so.
        wanted.assert_refused(&ask(&server, &key.with_wrong_secret(), &wanted)[0]);
    }
}

/// What a peer answers of one request.
fn asked(peer: Peer, server: &Server, key: &Key, wanted: &Wanted) -> Value {
    let (region, service) = SCOPE;
    let also = json!({ "token": null, "region": region, "service": service, "requests": [wanted.to_json()] });
    peer.ask(&joined(introduced(server, key), &also))
}

fn peer_needs_leniency(peer: Peer, query: (&'static str, &'static str)) {
    needs_leniency(peer.name(), "", query, |server, key, wanted| asked(peer, server, key, wanted));
}

#[test]
fn an_odd_spelling_of_botocore_needs_lenient_canonicalisation() {
    peer_needs_leniency(Peer::Botocore, ODD);
}

#[test]
fn a_raw_plus_of_aws4_is_a_space_that_it_sends() {
    let _verdict = Verdict::on(Peer::Aws4.name(), "sends a space for a raw plus");
    let (server, key) = service(SCOPE, |ours| ours);
    let plus = Wanted { method: "GET", path: PLUS.0, ..Wanted::default() };
    let space =
        Wanted { method: "GET", path: "/p", query: vec![("a", "1"), ("b", "x y")], ..Wanted::default() };
    space.assert_heard(&key, &asked(Peer::Aws4, &server, &key, &plus)[0]);
}

#[test]
fn a_raw_plus_of_botocore_needs_lenient_canonicalisation() {
    peer_needs_leniency(Peer::Botocore, PLUS);
}

#[test]
fn a_raw_plus_of_requests_aws4auth_needs_lenient_canonicalisation() {
    peer_needs_leniency(Peer::RequestsAws4Auth, PLUS);
}

#[test]
fn a_raw_plus_of_libcurl_needs_lenient_canonicalisation() {
    peer_needs_leniency(Peer::Pycurl, PLUS);
}

#[test]
fn a_raw_plus_of_curl_needs_lenient_canonicalisation() {
    needs_leniency(curl::NAME, "", PLUS, |server, key, plus| {
        curl::ask(server, key, SCOPE, None, std::slice::from_ref(plus))
    });
}

#[test]
fn a_raw_plus_of_the_crate_aws_sigv4_needs_lenient_canonicalisation() {
    for style in ["", "presigned"] {
        needs_leniency(crate_aws_sigv4::NAME, style, PLUS, |server, key, plus| {
            crate_aws_sigv4::ask(server, key, SCOPE, std::slice::from_ref(plus))
        });
    }
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
