//! Whole requests of AWS Signature Version 4, in headers and in URLs.

use std::collections::HashMap;

use http::Uri;
use portcullis::authenticator::decide;
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyOwner, NewKey};
use portcullis::{Authenticator, ErrorKind, KeyAdmin, KeyId, Outcome, Scheme, Secret, Timestamp, UserId};
use serde_json::Value;

use crate::harness::{load, text};

/// Cases in which either verdict can be defended, and ours.
const POLICY: [(&str, bool); 4] = [
    // One space or more stands behind the word (RFC 9110, section 11.4).
    ("authz-tab-after-algorithm", false),
    // `Date` may be rewritten on the way, and no client that was tried sends it alone.
    ("date-header-rfc1123", false),
    // A lenient form: the path as it was sent.
    ("path-unnormalised-nons3", false),
    // The target names the same host as `Host` does.
    ("path-absolute-form", true),
];

fn moment(text: &str) -> Timestamp {
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().expect("digits");
    assert_eq!((text.len(), part(0, 6)), (16, 201_508), "a moment of one month: {text}");
    let of_day = part(9, 11) * 3_600 + part(11, 13) * 60 + part(13, 15);
    Timestamp::from_unix_seconds(1_438_387_200 + (part(6, 8) - 1) * 86_400 + of_day)
}

async fn keys(file: &Value) -> (MemoryKeyStore, HashMap<String, Secret>) {
    let keys: MemoryKeyStore = MemoryKeyStore::new();
    keys.add_user(&UserId::from("ada"), None).await.expect("user");
    let mut tokens = HashMap::new();
    for key in file["keys"].as_array().expect("keys") {
        let new = NewKey::new(Scheme::SigV4, KeyOwner::user("ada"))
            .with_id(KeyId::from(text(key, "access_key")))
            .with_secret(Secret::from(text(key, "secret")));
        let _ = keys.issue(new, Timestamp::from_unix_seconds(0)).await.expect("issued");
        if let Some(token) = key["session_token"].as_str() {
            tokens.insert(text(key, "access_key").to_owned(), Secret::from(token));
        }
    }
    (keys, tokens)
}

fn authenticator(
    file: &Value,
    s3: bool,
    keys: &MemoryKeyStore,
    tokens: &HashMap<String, Secret>,
) -> SigV4Authenticator<MemoryKeyStore, MemoryNonceStore> {
    let tokens = tokens.clone();
    let sigv4 = SigV4Authenticator::new(
        keys.clone(),
        MemoryNonceStore::new(),
        text(file, "region"),
        text(file, "service"),
    )
    .with_session_tokens(move |id, token| match (tokens.get(id.as_str()), token) {
        (Some(known), Some(token)) => known.matches(token.as_bytes()),
        (known, token) => known.is_none() && token.is_none(),
    });
    if s3 { sigv4.for_s3() } else { sigv4 }
}

/// The status of the answer, as the layer would give it; 200 where the handler would run.
async fn status<A: Authenticator>(authenticator: &A, case: &Value) -> u16 {
    use base64::Engine;
    let request = &case["request"];
    let sent = text(request, "target");
    // A server reads an absolute target into its parts; of the others nothing changes.
    let uri: Option<Uri> = sent.starts_with("http").then(|| sent.parse().expect("a target"));
    let whole = uri.as_ref().map_or(sent, |uri| uri.path_and_query().expect("a path").as_str());
    let (path, query) = whole.split_once('?').map_or((whole, None), |(path, query)| (path, Some(query)));
    let headers: Vec<(String, Vec<u8>)> = request["headers"]
        .as_array()
        .expect("headers")
        .iter()
        .map(|pair| (text_of(&pair[0]).to_ascii_lowercase(), text_of(&pair[1]).as_bytes().to_vec()))
        .collect();
    let body = base64::engine::general_purpose::STANDARD.decode(text(request, "body_b64")).expect("base64");
    let gate = BodyGate::delivered(body.into());
    let target = RequestTarget {
        scheme: uri.as_ref().and_then(Uri::scheme_str),
        authority: uri.as_ref().and_then(|uri| uri.authority()).map(http::uri::Authority::as_str),
        ..RequestTarget::new(text(request, "method"), path, query)
    };
    let view = RequestView::new(target, &headers, &gate, moment(text(case, "now")));
    let mut carriers = Carriers::new();
    authenticator.carriers(&mut carriers);
    match decide(authenticator, &carriers, &view).await {
        Ok(Outcome::Authenticated(_)) => 200,
        Ok(Outcome::Absent) => ErrorKind::Unauthenticated.status(),
        Err(refused) => refused.kind().status(),
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[tokio::test]
async fn every_request_gets_its_verdict() {
    let file = load("sigv4_requests");
    let (keys, tokens) = keys(&file).await;
    let (mut accepted, mut policy, mut malformed) = (0, 0, 0);
    let cases = file["cases"].as_array().expect("cases");
    for case in cases {
        let name = text(case, "name");
        // Fresh stores for each: some share a signature.
        let sigv4 = authenticator(&file, case["s3"] == true, &keys, &tokens).refuse_replays();
        let status = status(&sigv4, case).await;
        let expected = match text(case, "expected") {
            "accept" => true,
            "reject" => false,
            _ => {
                policy += 1;
                POLICY.iter().find(|(held, _)| *held == name).expect("a decision").1
            }
        };
        assert_eq!(status == 200, expected, "{name}: {status}");
        assert!(matches!(status, 200 | 400 | 401), "{name}: {status}");
        accepted += usize::from(status == 200);
        malformed += usize::from(status == 400);
    }
    assert_eq!((cases.len(), accepted, policy), (92, 34, POLICY.len()));
    assert_eq!(malformed, 22);
}

#[tokio::test]
async fn lenient_forms_accept_one_request_more() {
    let file = load("sigv4_requests");
    let (keys, tokens) = keys(&file).await;
    let mut more = Vec::new();
    for case in file["cases"].as_array().expect("cases") {
        let s3 = case["s3"] == true;
        let strict = authenticator(&file, s3, &keys, &tokens);
        let lenient = authenticator(&file, s3, &keys, &tokens).with_lenient_canonicalisation();
        let (strict, lenient) = (status(&strict, case).await, status(&lenient, case).await);
        if strict != lenient {
            assert_eq!((strict, lenient), (401, 200), "{}", text(case, "name"));
            more.push(text(case, "name"));
        }
    }
    assert_eq!(more, ["path-unnormalised-nons3"]);
}
