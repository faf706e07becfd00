//! What others fell for, each as a request.

use std::time::Duration;

use http::{HeaderValue, Method};
use portcullis::message_signature::{Component, MessageSigner};
use portcullis::store::IssuedKey;
use portcullis::{NonceStore, Reason, Timestamp};

use super::{Messages, by_hand, reason, signatures, signed_by, unsigned};
use crate::kit::{Kit, NOW};
use crate::table::{SchemeUnderTest, Sent};

const ALL: &str = r#""@method" "@authority" "@path" "@query""#;

fn line(components: &str, key: &IssuedKey) -> String {
    format!(r#"({components});created=1700000000;keyid="{}""#, key.id)
}

fn fresh(key: &IssuedKey, method: &str, target: &str) -> Sent {
    signed_by(&MessageSigner::new(key.id.clone(), &key.secret), unsigned(method, target, b""), b"", NOW)
}

/// T53: a captured GET is no DELETE.
#[tokio::test]
async fn another_method_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for method in [Method::DELETE, Method::POST, Method::HEAD, Method::from_bytes(b"GETS").expect("a method")]
    {
        let mut sent = fresh(&key, "GET", "/orders");
        *sent.method_mut() = method;
        assert_eq!(reason(&layer, sent).await, Some(Reason::WrongSignature));
    }
    // Not even where the method is left out of what is signed.
    let sent = by_hand(&key, unsigned("GET", "/", b""), &line(&ALL.replace("\"@method\" ", ""), &key));
    assert_eq!(reason(&layer, sent).await, Some(Reason::NotCovered));
}

/// T55: what was signed for staging is not for production.
#[tokio::test]
async fn a_signature_for_another_host_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let ours = kit.layer(signatures(&kit).with_authorities(["API.example.com:443", "api.internal:8080"]));
    assert_eq!(reason(&ours, fresh(&key, "GET", "/")).await, None);
    let host = |host: &'static str| {
        let mut sent = unsigned("GET", "/", b"");
        sent.headers_mut().insert("host", HeaderValue::from_static(host));
        signed_by(&MessageSigner::new(key.id.clone(), &key.secret), sent, b"", NOW)
    };
    for (other, refused) in [
        ("api.internal:8080", None),
        ("Api.Example.com", None),
        ("api.example.com:443", None),
        ("staging.example.com", Some(Reason::WrongAudience)),
        ("api.example.com.", Some(Reason::WrongAudience)),
        ("api.example.com:80", Some(Reason::WrongAudience)),
        ("api.internal", Some(Reason::WrongAudience)),
    ] {
        assert_eq!(reason(&ours, host(other)).await, refused, "{other}");
    }
    // Without the list, the host still has to be the one that was signed.
    let layer = kit.layer(signatures(&kit));
    let mut moved = host("staging.example.com");
    moved.headers_mut().insert("host", HeaderValue::from_static("api.example.com"));
    assert_eq!(reason(&layer, moved).await, Some(Reason::WrongSignature));
}

/// T56: the time counts only because it is signed.
#[tokio::test]
async fn a_fresh_time_on_an_old_signature_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    let signer = MessageSigner::new(key.id.clone(), &key.secret);
    let old = Timestamp::from_unix_seconds(NOW.as_unix_seconds() - 1000);
    let mut sent = signed_by(&signer, unsigned("GET", "/", b""), b"", old);
    assert_eq!(reason(&layer, sent.clone()).await, Some(Reason::Expired));
    let input = sent.headers()["signature-input"].to_str().expect("text");
    let input = input.replace("created=1699999000", "created=1700000000").parse().expect("value");
    sent.headers_mut().insert("signature-input", input);
    assert_eq!(reason(&layer, sent).await, Some(Reason::WrongSignature));
}

/// T57: a header that is listed is there.
#[tokio::test]
async fn a_covered_field_that_is_absent_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    let signer = MessageSigner::new(key.id.clone(), &key.secret);
    let all = format!("{ALL} \"x-tenant\"");
    let components: Vec<Component> = all.split(' ').map(|name| name.parse().expect(name)).collect();
    let mut sent = unsigned("GET", "/", b"");
    sent.headers_mut().insert("x-tenant", HeaderValue::from_static(""));
    let sent = signed_by(&signer.with_components(components), sent, b"", NOW);
    assert_eq!(reason(&layer, sent.clone()).await, None);
    let mut without = sent;
    without.headers_mut().remove("x-tenant");
    assert_eq!(reason(&layer, without).await, Some(Reason::WrongSignature));
}

/// T58: a header that decides something must be signed where it is.
#[tokio::test]
async fn a_header_that_must_be_signed_where_it_is_cannot_be_added() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).with_required_where_present(["x-account-id", "content-type"]));
    assert_eq!(reason(&layer, fresh(&key, "GET", "/")).await, None);
    for name in ["x-account-id", "content-type"] {
        let mut sent = fresh(&key, "GET", "/");
        sent.headers_mut().insert(name, HeaderValue::from_static("other"));
        assert_eq!(reason(&layer, sent).await, Some(Reason::NotCovered), "{name}");
    }
}

/// T52, T88: identifiers are names, and nothing that reads as a line of another component.
#[tokio::test]
async fn no_identifier_and_no_value_writes_a_line_of_its_own() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for component in [
        r#""x\": a""#,
        r#""x\\""#,
        r#""@method: GET""#,
        r#""(request-target)""#,
        r#""x";key="a\"b";bs"#,
        r#""@path";name="\"""#,
        r#""@signature-params""#,
    ] {
        let mut sent = fresh(&key, "GET", "/");
        let input = sent.headers()["signature-input"].to_str().expect("text");
        let input = input.replacen('(', &format!("({component} "), 1).parse().expect("value");
        sent.headers_mut().insert("signature-input", input);
        assert_eq!(reason(&layer, sent).await, Some(Reason::MalformedSignature), "{component}");
    }
    // A header called like a component of the request line is not one: no framework has it,
    // and a view that does reads the line all the same.
    let target = portcullis::request::RequestTarget::new("GET", "/", None);
    let headers = vec![
        ("host".to_owned(), b"api.example.com".to_vec()),
        ("@method".to_owned(), b"DELETE".to_vec()),
        ("@path".to_owned(), b"/admin".to_vec()),
    ];
    for shadowed in [true, false] {
        let signed =
            fresh(&key, if shadowed { "DELETE" } else { "GET" }, if shadowed { "/admin" } else { "/" });
        let mut headers = headers.clone();
        for name in ["signature-input", "signature"] {
            headers.push((name.to_owned(), signed.headers()[name].as_bytes().to_vec()));
        }
        let gate = portcullis::request::BodyGate::new();
        let view = portcullis::request::RequestView::new(target, &headers, &gate, NOW);
        let decided = portcullis::Authenticator::authenticate(&signatures(&kit), &view).await;
        assert_eq!(decided.err().map(|error| error.reason()), shadowed.then_some(Reason::WrongSignature));
    }
}

/// T71: once is once.
#[tokio::test]
async fn a_nonce_counts_once_whatever_the_method_and_the_rest() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for method in ["GET", "HEAD", "POST"] {
        let sent = fresh(&key, method, "/orders");
        assert_eq!(reason(&layer, sent.clone()).await, None, "{method}");
        assert_eq!(reason(&layer, sent).await, Some(Reason::Replayed), "{method}");
    }
    // Another request with the same nonce is refused as well.
    let line =
        |path: &str| format!(r#"({ALL});created=1700000000;keyid="{}";nonce="once";tag="{path}""#, key.id);
    let sent = |path| by_hand(&key, unsigned("GET", path, b""), &line(path));
    assert_eq!(reason(&layer, sent("/a")).await, None);
    assert_eq!(reason(&layer, sent("/b")).await, Some(Reason::Replayed));
}

/// T58: the path counts as it was sent, to the last character.
#[tokio::test]
async fn no_two_paths_are_signed_alike() {
    const PATHS: [&str; 16] = [
        "/", "//", "/.", "/..", "/a", "/a.", "/a..", "/a/", "/a//", "/a/.", "/./a", "//a", "/A", "/%61",
        "/a%2E", "/a;",
    ];
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for covered in [ALL, r#""@method" "@authority" "@request-target""#, r#""@method" "@target-uri""#] {
        let line = line(covered, &key);
        for path in PATHS {
            let url = format!("https://api.example.com{path}");
            let signed = by_hand(&key, unsigned("GET", &url, b""), &line);
            assert_eq!(reason(&layer, signed.clone()).await, None, "{path} by {covered}");
            for other in PATHS.into_iter().filter(|other| *other != path) {
                let mut moved = signed.clone();
                *moved.uri_mut() = format!("https://api.example.com{other}").parse().expect("a target");
                let refused = Some(Reason::WrongSignature);
                assert_eq!(reason(&layer, moved).await, refused, "{path} as {other} by {covered}");
            }
        }
    }
}

/// T71: without a nonce, what was signed counts once, however it is spelled.
#[tokio::test]
async fn another_spelling_of_a_signature_is_the_same_claim() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    let first = Messages::sign(&key, "POST", "/", b"", NOW);
    let mut second = first.clone();
    let header = |name: &str| first.headers()[name].to_str().expect("text").to_owned();
    let input = header("signature-input").replace("sig1=(", "other=(  ").replace(";created", "; created");
    second.headers_mut().insert("signature-input", input.parse().expect("value"));
    let signature = header("signature").replace("sig1", "other");
    second.headers_mut().insert("signature", signature.parse().expect("value"));
    assert_eq!(reason(&layer, first).await, None);
    assert_eq!(reason(&layer, second).await, Some(Reason::Replayed));
}

/// T73: a claim outlives the request, also one that was signed ahead of time.
#[tokio::test]
async fn a_claim_lasts_as_long_as_the_request_could_be_accepted() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    let ahead = NOW.saturating_add(Duration::from_secs(60));
    let signer = MessageSigner::new(key.id.clone(), &key.secret);
    let sent = signed_by(&signer, unsigned("GET", "/", b""), b"", ahead);
    assert_eq!(reason(&layer, sent.clone()).await, None);
    for (later, refused) in [(359, Reason::Replayed), (360, Reason::Expired)] {
        kit.clock.set(NOW.saturating_add(Duration::from_secs(later)));
        assert_eq!(reason(&layer, sent.clone()).await, Some(refused), "{later}");
    }
}

/// T74: nobody fills the store of claims who has no key.
#[tokio::test]
async fn nothing_is_claimed_for_a_signature_that_is_wrong() {
    /// Panics when it is asked.
    struct Untouched;
    impl NonceStore for Untouched {
        async fn claim(
            &self,
            _: &portcullis::store::Claim<'_>,
        ) -> Result<bool, portcullis::store::StoreError> {
            panic!("a claim was made")
        }
    }
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let authenticator =
        portcullis::message_signature::MessageSignatureAuthenticator::new(kit.keys.clone(), Untouched);
    let layer = kit.layer(authenticator);
    for (_, sent) in Messages::wrong(&key) {
        assert_eq!(crate::kit::send(&layer, sent).await.status, 401);
    }
}

/// T75: two keys may use the same nonce.
#[tokio::test]
async fn a_nonce_is_claimed_under_its_key() {
    let kit = Kit::new().await;
    let layer = kit.layer(signatures(&kit));
    for _ in 0..2 {
        let key = kit.issue(Messages::new_key()).await;
        let line = format!(r#"({ALL});created=1700000000;keyid="{}";nonce="once""#, key.id);
        assert_eq!(reason(&layer, by_hand(&key, unsigned("GET", "/", b""), &line)).await, None);
    }
}

/// T76, T77: a time is an integer of seconds.
#[tokio::test]
async fn a_time_in_another_form_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for time in [
        "1700000000.5",
        "1700000000000",
        "-1700000000",
        "1e9",
        "0x65",
        "+1700000000",
        "\"1700000000\"",
        "NaN",
        "@1700000000",
        "?1",
        "1700000000000000",
        "9223372036854775808",
        "-9223372036854775808",
        "",
        "999999999999999",
        "-999999999999999",
    ] {
        for name in ["created", "expires"] {
            let mut sent = fresh(&key, "GET", "/");
            let input = sent.headers()["signature-input"].to_str().expect("text");
            let input = if name == "created" {
                input.replace("created=1700000000", &format!("created={time}"))
            } else {
                format!("{input};expires={time}")
            };
            sent.headers_mut().insert("signature-input", input.parse().expect("value"));
            assert!(reason(&layer, sent).await.is_some(), "{name}={time}");
        }
    }
}

/// T89: one host by the rules of RFC 9110.
#[tokio::test]
async fn a_host_is_the_same_with_and_without_the_default_port() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    for (scheme, signed, sent, refused) in [
        ("https", "https://api.example.com/", "API.example.com:443", None),
        ("https", "https://api.example.com:443/", "api.example.com", None),
        ("http", "http://api.example.com/", "api.example.com:80", None),
        ("http", "http://api.example.com/", "api.example.com:443", Some(Reason::WrongSignature)),
        ("https", "https://api.example.com/", "api.example.com:8443", Some(Reason::WrongSignature)),
        ("https", "https://api.example.com/", "api.example.com.", Some(Reason::WrongSignature)),
        ("https", "https://xn--bcher-kva.example/", "XN--BCHER-KVA.example", None),
    ] {
        let layer = kit.layer(signatures(&kit).with_scheme(scheme));
        let signer = MessageSigner::new(key.id.clone(), &key.secret)
            .with_components(["@method", "@target-uri"].map(|name| name.parse().expect(name)));
        let request = http::Request::get(signed).body(http_body_util::Full::default()).expect("a request");
        let mut request = signed_by(&signer, request, b"", NOW);
        // As it comes in over HTTP/1.1.
        *request.uri_mut() = "/".parse().expect("a path");
        request.headers_mut().insert("host", HeaderValue::from_static(sent));
        assert_eq!(reason(&layer, request).await, refused, "{signed} {sent}");
    }
}

#[tokio::test]
async fn little_is_parsed_for_a_stranger() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    let with = |members: usize, field: String| {
        let mut sent = fresh(&key, "GET", "/");
        let members: String = (0..members).map(|n| format!("\"x\";key=\"a{n}\" ")).collect();
        let input = sent.headers()["signature-input"].to_str().expect("text").replacen(
            '(',
            &format!("({members}"),
            1,
        );
        sent.headers_mut().insert("signature-input", input.parse().expect("a value"));
        sent.headers_mut().insert("x", field.parse().expect("a value"));
        sent
    };
    let short = || (0..16).map(|n| format!("a{n}")).collect::<Vec<_>>().join(", ");
    let long = (0..2_000).map(|n| format!("a{n:07}")).collect::<Vec<_>>().join(", ");
    assert_eq!(reason(&layer, with(16, short())).await, Some(Reason::WrongSignature));
    assert_eq!(reason(&layer, with(17, short())).await, Some(Reason::MalformedSignature));
    assert_eq!(reason(&layer, with(1, long)).await, Some(Reason::InvalidCharacters));
}
