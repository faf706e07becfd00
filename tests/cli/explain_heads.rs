//! `explain` for the schemes that sign the head of a request.

use http::request::Parts;
use portcullis::message_signature::MessageSigner;
use portcullis::query_signature::StrictQuerySigner;
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{
    PathForm, QueryForm, SigV4Signer, SignedParts, canonical_request, signature, string_to_sign,
};
use portcullis::x_auth::StrictXAuthSigner;
use portcullis::{Secret, Timestamp};

use crate::explain::{Client, NOW};
use crate::harness::text;

const HOST: &str = "https://a.example";

fn head(method: &str, target: &str) -> Parts {
    let request = http::Request::builder().method(method).uri(format!("{HOST}{target}"));
    request.header("content-type", "application/json").body(()).expect("a request").into_parts().0
}

/// A signed request as text.
fn signed(signer: &dyn RequestSigner, method: &str, target: &str, body: &str) -> String {
    let mut head = head(method, target);
    signer.sign_request(&mut head, body.as_bytes(), Timestamp::from_unix_seconds(NOW)).expect("signed");
    dump(&head, body)
}

fn dump(head: &Parts, body: &str) -> String {
    let mut text = format!("{} {} HTTP/1.1\r\n", head.method, head.uri.path_and_query().expect("a target"));
    if !head.headers.contains_key("host") {
        text.push_str("Host: a.example\r\n");
    }
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
    }
    format!("{text}\r\n{body}")
}

fn signer(client: &Client, form: &str) -> Box<dyn RequestSigner> {
    let (id, secret) = (client.id.as_str(), Secret::from(client.secret.as_str()));
    match form {
        "sigv4" => Box::new(SigV4Signer::new(id, &secret, "eu-north-1", "orders")),
        "message-signature" => Box::new(MessageSigner::new(id, &secret)),
        "x-auth" => Box::new(StrictXAuthSigner::new(id, &secret)),
        "query-signature" => Box::new(StrictQuerySigner::new(id, &secret)),
        _ => panic!("{form}"),
    }
}

const SCHEMES: [&str; 4] = ["sigv4", "message-signature", "x-auth", "query-signature"];

#[test]
fn a_good_request_is_accepted_and_what_is_signed_is_shown() {
    for scheme in SCHEMES {
        let client = Client::of(scheme, &[]);
        let dump = signed(&*signer(&client, scheme), "POST", "/orders/?page=2", "{}");
        let (code, people, report) = client.explain(&dump, &[], &[]);
        assert_eq!((code, text(&report, "decision")), (Some(0), "accepted".to_owned()), "{people}");
        assert_eq!(text(&report, "scheme"), scheme);
        assert_eq!(text(&report["key"], "id"), client.id);
        let canonical = text(&report, "canonical");
        assert!(canonical.contains("POST") && canonical.contains("/orders/"), "{canonical}");
        assert_eq!(report["string_to_sign"].is_null(), scheme != "sigv4", "{people}");
        assert!(people.contains("the server signs "), "{people}");
    }
}

#[test]
fn the_string_to_sign_of_sigv4_is_shown_with_its_digest() {
    let client = Client::of("sigv4", &[]);
    let dump = signed(&*signer(&client, "sigv4"), "GET", "/a", "");
    let (_, people, report) = client.explain(&dump, &[], &[]);
    let lines = text(&report, "string_to_sign");
    assert!(
        lines.starts_with("AWS4-HMAC-SHA256\n20270115T080000Z\n20270115/eu-north-1/orders/aws4_request\n")
    );
    assert_eq!(lines.lines().nth(3).map(str::len), Some(64));
    assert!(people.contains("the string to sign, with the digest of what follows:"), "{people}");
    assert!(people.contains(r"GET\n/a\n\n"), "{people}");
}

#[test]
fn a_changed_request_is_told_by_what_would_be_right() {
    for scheme in SCHEMES {
        let client = Client::of(scheme, &[]);
        let dump = signed(&*signer(&client, scheme), "POST", "/orders/", "{}");
        let method = dump.replacen("POST ", "PUT ", 1);
        let (reason, people, report) = client.refused(&method, &[], &[]);
        assert_eq!(reason, "the signature is wrong", "{scheme}: {people}");
        if scheme == "sigv4" {
            let right = signed(&*signer(&client, scheme), "PUT", "/orders/", "{}");
            let right = right.split_once("Signature=").expect("a signature").1;
            let right = right.get(..64).expect("a signature");
            assert!(!people.contains(right) && !report.to_string().contains(right), "{people}");
        }
        if scheme != "message-signature" {
            assert_eq!(text(&report, "signature_right"), "if the method were POST", "{scheme}");
        }
        let body = dump.replace("\r\n\r\n{}", "\r\n\r\n{ }");
        let (reason, people, _) = client.refused(&body, &[], &[]);
        assert_eq!(reason, "the body is not the one that was signed", "{scheme}: {people}");
    }
}

#[test]
fn another_region_or_service_is_told_where_the_service_says_its_own() {
    let client = Client::of("sigv4", &[]);
    let dump = signed(&*signer(&client, "sigv4"), "GET", "/a", "");
    for own in [["--sigv4-region", "eu-west-1"], ["--sigv4-service", "s3"]] {
        let (reason, people, _) = client.refused(&dump, &own, &[]);
        assert_eq!(reason, "the signature is for somewhere else", "{people}");
        assert!(people.contains("hint: it was signed for another region"), "{people}");
    }
    let own = ["--sigv4-region", "eu-north-1", "--sigv4-service", "orders"];
    assert_eq!(client.explain(&dump, &own, &[]).0, Some(0));
}

#[test]
fn a_presigned_url_is_explained_too() {
    let client = Client::of("sigv4", &[]);
    let secret = Secret::from(client.secret.as_str());
    for (service, accepted) in [("orders", true), ("s3", false)] {
        let signer = SigV4Signer::new(client.id.as_str(), &secret, "eu-north-1", service);
        let signer = if service == "s3" { signer.for_s3() } else { signer };
        let (life, now) = (std::time::Duration::from_secs(60), Timestamp::from_unix_seconds(NOW));
        let url = signer.presign(&format!("{HOST}/a/b?x=1"), life, now).expect("signed");
        let target = url.strip_prefix(HOST).expect("the host");
        let dump = format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n");
        // A URL of S3 leaves the body unsigned, which the service has to allow.
        assert_eq!(client.explain(&dump, &[], &[]).0, Some(if accepted { 0 } else { 4 }), "{service}");
        assert_eq!(client.explain(&dump, &["--unsigned-payload"], &[]).0, Some(0), "{service}");
        let other = dump.replace("x=1", "x=2");
        let (reason, ..) = client.refused(&other, &["--unsigned-payload"], &[]);
        assert_eq!(reason, "the signature is wrong", "{service}");
        let (reason, ..) = client.refused(&dump, &["--unsigned-payload", "--at", "1800000061"], &[]);
        assert_eq!(reason, "the credential has expired", "{service}");
    }
}

#[test]
fn an_unsigned_body_is_told_with_what_would_accept_it() {
    let client = Client::of("sigv4", &[]);
    let secret = Secret::from(client.secret.as_str());
    let signer = SigV4Signer::new(client.id.as_str(), &secret, "eu-north-1", "s3").for_s3();
    let dump = signed(&signer.with_unsigned_payload(), "PUT", "/k", "{}");
    let (reason, people, _) = client.refused(&dump, &[], &[]);
    assert_eq!(reason, "the signature does not cover what it must");
    assert!(people.contains("hint: its body is not signed: --unsigned-payload"), "{people}");
    assert_eq!(client.explain(&dump, &["--unsigned-payload"], &[]).0, Some(0));

    // In chunks without signatures, as many clients send it over TLS.
    let (payload, date) = ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "20270115T080000Z");
    let headers = [
        ("content-encoding", "aws-chunked"),
        ("host", "a.example"),
        ("x-amz-content-sha256", payload),
        ("x-amz-date", date),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let lines: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).into();
    let names = headers.map(|(name, _)| name).join(";");
    let parts = SignedParts {
        method: "PUT",
        path: "/k",
        query: "",
        headers: &lines,
        signed_headers: &names,
        payload,
    };
    let canonical = canonical_request(&parts, PathForm::EncodedOnce, QueryForm::Rule).expect("canonical");
    let scope = "20270115/eu-north-1/s3/aws4_request";
    let signature = signature(&secret, scope, &string_to_sign(date, scope, &canonical)).expect("signed");
    let mut dump = format!(
        "PUT /k HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, \
         Signature={signature}\r\n",
        client.id
    );
    for (name, value) in headers {
        dump.push_str(&format!("{name}: {value}\r\n"));
    }
    // The check of CRC-32 over `hello`, 0x3610a686.
    let dump = format!("{dump}\r\n5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
    let (reason, people, _) = client.refused(&dump, &["--unsigned-payload"], &[]);
    assert_eq!(reason, "the signature does not cover what it must", "{people}");
    assert!(people.contains("hint: its chunks are not signed: --unsigned-trailer"), "{people}");
    let (code, people, _) = client.explain(&dump, &["--unsigned-trailer"], &[]);
    assert_eq!(code, Some(0), "{people}");
    let changed = dump.replace("hello", "hallo");
    assert_eq!(client.explain(&changed, &["--unsigned-trailer"], &[]).0, Some(4));
}

#[test]
fn a_session_token_is_compared_with_the_one_that_is_given() {
    let client = Client::of("sigv4", &[]);
    let secret = Secret::from(client.secret.as_str());
    let signer = || SigV4Signer::new(client.id.as_str(), &secret, "eu-north-1", "orders");
    let without = signed(&signer(), "GET", "/a", "");
    let with = signed(&signer().with_session_token(&Secret::from("session-1")), "GET", "/a", "");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{name}\n")).expect("written");
        path.to_str().expect("a path").to_owned()
    };
    let (right, other) = (file("session-1"), file("session-2"));
    let option = "--session-token-file";
    assert_eq!(client.explain(&with, &[option, &right], &[]).0, Some(0));
    for (dump, arguments, hint) in [
        (&with, &[][..], "it has a session token: --session-token-file"),
        (&with, &[option, &other], "the session token may be another one"),
        (&without, &[option, &right], "it has no session token"),
    ] {
        let (reason, people, _) = client.refused(dump, arguments, &[]);
        assert_eq!(reason, "the credential has the wrong form");
        assert!(people.contains(&format!("hint: {hint}")), "{people}");
    }
}

#[test]
fn times_of_every_scheme_are_told_with_how_far_they_are_off() {
    for (scheme, time) in [
        ("sigv4", "x-amz-date"),
        ("message-signature", "created"),
        ("x-auth", "x-auth-nbf"),
        ("query-signature", "pc-time"),
    ] {
        let client = Client::of(scheme, &[]);
        let dump = signed(&*signer(&client, scheme), "GET", "/a", "");
        let (_, people, _) = client.refused(&dump, &["--at", "1800001000"], &[]);
        let said = format!("hint: {time} is 2027-01-15T");
        let line = people.lines().find(|line| line.starts_with(&said));
        assert!(line.is_some_and(|line| line.contains(" s before the time of the request")), "{people}");
    }
}

#[test]
fn a_client_with_the_lenient_form_is_told() {
    let client = Client::of("sigv4", &[]);
    let dump = signed(&*signer(&client, "sigv4"), "GET", "/a?q=x%20y", "");
    // The client signed %20, and sends a plus.
    let plus = dump.replace("q=x%20y", "q=x+y");
    let (reason, people, report) = client.refused(&plus, &[], &[]);
    assert_eq!(reason, "the signature is wrong", "{people}");
    assert_eq!(text(&report, "signature_right"), "over a query with + for a space: the lenient form");
    assert_eq!(client.explain(&plus, &["--lenient"], &[]).0, Some(0));
}

#[test]
fn a_key_of_the_strict_form_alone_says_so() {
    let client = Client::of("x-auth", &["--strict-only"]);
    let headers = client.x_auth("{}", NOW);
    let (reason, people, _) = client.refused(&crate::explain::post("/orders", &headers, "{}"), &[], &[]);
    assert_eq!(reason, "the key does not accept this form of signature");
    assert!(people.contains("hint: the key accepts the strict form alone"), "{people}");
    let dump = signed(&*signer(&client, "x-auth"), "POST", "/orders", "{}");
    assert_eq!(client.explain(&dump, &[], &[]).0, Some(0));
}
