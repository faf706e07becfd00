//! Requests that a WispHub API was asked to authenticate.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot start has failed")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::authenticator::decide;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::{Authenticator, Outcome, Timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    secret_utf8: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    authorization: Option<String>,
}

/// What is decided: accepted as `admin`, or the status of the refusal.
#[derive(Debug, PartialEq)]
enum Verdict {
    Admin,
    Refused(u16),
    NoCredential,
}

/// The original accepts `no-exp`, `iat-future`, `sig-padded` and the two headers, and
/// fails with a 500 over `exp-null`, `exp-huge` and `deep-nesting`.
const VERDICTS: [(&str, Verdict); 21] = [
    ("valid", Verdict::Admin),
    ("scheme-lowercase", Verdict::Admin),
    ("no-header", Verdict::NoCredential),
    ("extra-param", Verdict::Refused(401)),
    ("no-exp", Verdict::Refused(401)),
    ("no-sub", Verdict::Refused(401)),
    ("expired", Verdict::Refused(401)),
    ("exp-null", Verdict::Refused(401)),
    ("exp-bool-true", Verdict::Refused(401)),
    ("exp-negative", Verdict::Refused(401)),
    ("exp-huge", Verdict::Refused(401)),
    ("iat-future", Verdict::Refused(401)),
    ("jti-int", Verdict::Refused(401)),
    ("alg-None-case", Verdict::Refused(401)),
    ("alg-hs256-lower", Verdict::Refused(401)),
    ("alg-missing", Verdict::Refused(401)),
    ("kid-traversal", Verdict::Refused(401)),
    ("payload-bom", Verdict::Refused(401)),
    ("sig-padded", Verdict::Refused(401)),
    ("deep-nesting", Verdict::Refused(401)),
    ("two-authorization-headers (Bearer then Basic)", Verdict::Refused(400)),
];

fn authenticator(secret: &str, policy: JwtPolicy) -> JwtAuthenticator {
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, secret.into()).expect("key");
    JwtAuthenticator::new(JwtVerifier::new(policy, [key]).expect("verifier"))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(future)
}

fn verdict(jwt: &JwtAuthenticator, lines: &[&str]) -> Verdict {
    let headers: Vec<_> =
        lines.iter().map(|line| ("authorization".to_owned(), line.as_bytes().to_vec())).collect();
    let gate = BodyGate::new();
    let target = RequestTarget::new("GET", "/api/v1/clients/", None);
    let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(1_700_000_000));
    let mut carriers = Carriers::new();
    jwt.carriers(&mut carriers);
    match block_on(decide(jwt, &carriers, &view)) {
        Ok(Outcome::Authenticated(principal)) => {
            assert_eq!(principal.user().as_str(), "admin");
            Verdict::Admin
        }
        Ok(Outcome::Absent) => Verdict::NoCredential,
        Err(error) => Verdict::Refused(error.kind().status()),
    }
}

/// The vectors hold the beginning of this one only: 266,804 bytes of nested lists.
fn deep_nesting(secret: &str) -> String {
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let payload = format!(r#"{{"sub":"admin","exp":4102444800,"x":{nested}}}"#);
    let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", base64(br#"{"alg":"HS256","typ":"JWT"}"#), base64(payload.as_bytes()));
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &secret.into()).sign(&[signed.as_bytes()]);
    format!("Bearer {signed}.{}", base64(tag.expose()))
}

#[test]
fn every_request_is_decided_strictly() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/wisphub_jwt.json")).expect("vectors");
    let jwt = authenticator(&vectors.secret_utf8, JwtPolicy::new());
    let valid = vectors.cases[0].authorization.as_deref().expect("the valid token");
    assert_eq!(vectors.cases.len(), VERDICTS.len());
    for (case, (name, expected)) in vectors.cases.iter().zip(VERDICTS) {
        assert_eq!(case.name, name);
        let decided = match (name, case.authorization.as_deref()) {
            ("deep-nesting", _) => verdict(&jwt, &[&deep_nesting(&vectors.secret_utf8)]),
            ("two-authorization-headers (Bearer then Basic)", _) => verdict(&jwt, &[valid, "Basic YTpi"]),
            (_, None) => verdict(&jwt, &[]),
            (_, Some(line)) => verdict(&jwt, &[line]),
        };
        assert_eq!(decided, expected, "{name}");
    }
}

#[test]
fn nesting_is_refused_also_where_long_tokens_are_not() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/wisphub_jwt.json")).expect("vectors");
    let jwt = authenticator(&vectors.secret_utf8, JwtPolicy::new().with_max_token_len(1 << 20));
    assert_eq!(verdict(&jwt, &[&deep_nesting(&vectors.secret_utf8)]), Verdict::Refused(401));
}

#[test]
fn every_other_spelling_of_the_valid_request_is_refused() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/wisphub_jwt.json")).expect("vectors");
    let jwt = authenticator(&vectors.secret_utf8, JwtPolicy::new());
    let valid = vectors.cases[0].authorization.as_deref().expect("the valid token");
    let token = valid.strip_prefix("Bearer ").expect("the token");
    assert_eq!(verdict(&jwt, &[&format!("BEARER   {token}  ")]), Verdict::Admin);
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    for line in [
        format!("Bearer\t{token}"),
        format!("Bearer \t{token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer token={token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}."),
        format!("Bearer .{token}"),
        format!("Bearer {token}.{signature}"),
        format!("Bearer {signed}."),
        format!("Bearer {signed}"),
        format!("Bearer {token}=="),
        format!("Bearer {}", token.replacen('.', "%2E", 1)),
        format!("Bearer {}", token.replacen('.', "=.", 1)),
        format!("Bearer:{token}"),
        format!("Bearer,{token}"),
        format!("JWT {token}"),
        format!("Basic {token}"),
        token.to_owned(),
        "Bearer".to_owned(),
        "Bearer ey".to_owned(),
        "Bearer ..".to_owned(),
    ] {
        assert_eq!(verdict(&jwt, &[&line]), Verdict::Refused(401), "{line}");
    }
}

#[test]
fn a_repeated_header_is_malformed_also_where_both_lines_are_good() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/wisphub_jwt.json")).expect("vectors");
    let jwt = authenticator(&vectors.secret_utf8, JwtPolicy::new());
    let valid = vectors.cases[0].authorization.as_deref().expect("the valid token");
    assert_eq!(verdict(&jwt, &[valid, valid]), Verdict::Refused(400));
}
