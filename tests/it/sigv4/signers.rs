//! What our signer writes, and what it refuses to sign.

use portcullis::Secret;
use portcullis::sign::SignError;
use portcullis::sigv4::SigV4Signer;

use super::*;
use crate::kit::{get, send};

fn example() -> SigV4Signer {
    let secret = Secret::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    SigV4Signer::new("AKIDEXAMPLE", &secret, "us-east-1", "service")
}

fn head(uri: &str, headers: &[(&str, &str)]) -> http::request::Parts {
    request("POST", uri, headers, b"").into_parts().0
}

#[test]
fn a_request_that_cannot_be_signed_is_as_it_was() {
    let sign = |uri: &str, headers: &[(&str, &str)], now| {
        let mut head = head(uri, headers);
        let before = head.headers.clone();
        let error = example().sign_request(&mut head, b"", now).expect_err("refused");
        assert_eq!((head.headers, head.uri.to_string()), (before, uri.to_owned()));
        error
    };
    assert!(matches!(sign("/a", &[], NOW), SignError::NoAuthority));
    assert!(matches!(sign("https://a/%zz", &[], NOW), SignError::InvalidTarget));
    assert!(matches!(sign("https://a/%2e%2e/b", &[], NOW), SignError::InvalidTarget));
    assert!(matches!(sign("https://a/?a=%", &[], NOW), SignError::InvalidTarget));
    assert!(matches!(sign("https://a/?X-Amz-Date=1", &[], NOW), SignError::AlreadySigned));
    assert!(matches!(sign("https://a/?x-amz-date=1", &[], NOW), SignError::AlreadySigned));
    for name in ["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"] {
        assert!(matches!(sign("https://a/", &[(name, "x")], NOW), SignError::AlreadySigned), "{name}");
    }
    assert!(matches!(sign("https://a/", &[("host", "a"), ("host", "b")], NOW), SignError::InvalidHeader));
    assert!(matches!(sign("https://a/", &[], Timestamp::MAX), SignError::InvalidTime));
    let odd = SigV4Signer::new("k", &Secret::from("secret"), "a/b", "s");
    assert!(odd.sign_request(&mut head("https://a/", &[]), b"", NOW).is_err());
}

#[test]
fn a_url_that_cannot_be_presigned_is_refused() {
    let presign =
        |url: &str, seconds| example().presign(url, Duration::from_secs(seconds), NOW).expect_err("refused");
    assert!(matches!(presign("/a", 60), SignError::NoAuthority));
    assert!(matches!(presign("https://a/b#c", 60), SignError::InvalidTarget));
    assert!(matches!(presign("https://a/b c", 60), SignError::InvalidTarget));
    assert!(matches!(presign("https://a/?X-Amz-Signature=1", 60), SignError::AlreadySigned));
    for seconds in [0, 604_801] {
        assert!(matches!(presign("https://a/", seconds), SignError::InvalidTime));
    }
}

#[test]
fn the_content_and_every_header_of_the_scheme_are_signed() {
    let headers = [
        ("host", "a"),
        ("content-type", "text/plain"),
        ("content-md5", "x"),
        ("user-agent", "x"),
        ("x-amz-meta-b", "1"),
        ("x-amz-meta-a", "2"),
        ("x-other", "3"),
    ];
    let mut head = head("/", &headers);
    let signer = example().with_signed_headers([http::HeaderName::from_static("x-other")]);
    signer.sign_request(&mut head, b"", NOW).expect("signed");
    let text = head.headers["authorization"].to_str().expect("text");
    assert!(
        text.contains(
            "SignedHeaders=content-md5;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;x-other, "
        ),
        "{text}"
    );
}

#[test]
fn neither_secret_nor_token_is_printed() {
    let printed = format!("{:?}", example().with_session_token(&Secret::from("token-of-mine")));
    assert!(!printed.contains("wJalr") && !printed.contains("token-of-mine"), "{printed}");
}

#[tokio::test]
async fn what_is_signed_by_the_rules_of_s3_passes_by_them() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit).for_s3().accept_unsigned_payload());
    let signer = signer(&key).for_s3();
    for target in ["/", "/b/a%20b//c/../d", "/b/(1)?list&prefix=a%2Fb", "/b/%C3%A9?versions"] {
        let sent = signed(&signer, request("PUT", target, &[], b"x"), b"x", NOW);
        assert_eq!(send(&layer, sent).await.status, 200, "{target}");
        let url = presigned(&signer, "GET", target, NOW);
        assert_eq!(send(&layer, get(&url, &[("host", HOST)])).await.status, 200, "{target}");
    }
}

#[tokio::test]
async fn a_second_signature_of_the_same_day_is_made_with_the_key_that_was_derived() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    let signer = signer(&key);
    for seconds in [0, 1, 86_400, 86_401, 0] {
        let now = NOW.saturating_add(Duration::from_secs(seconds));
        kit.clock.set(now);
        let sent = signed(&signer, request("GET", "/", &[], b""), b"", now);
        assert_eq!(send(&layer, sent).await.status, 200, "{seconds}");
    }
}
