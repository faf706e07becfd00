//! Putting a case in front of an authenticator.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use portcullis::authenticator::decide;
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::{AuthError, Authenticator, Outcome, Reason, Timestamp};
use serde_json::Value;

/// A file of cases.
pub(crate) fn load(name: &str) -> Value {
    let path = format!("{}/tests/vectors/data/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("json")
}

pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is a text in {value}"))
}

/// Whether the layer would let the request of a case through: target, headers and body
/// as on the wire.
pub(crate) async fn verdict<A: Authenticator>(
    authenticator: &A,
    case: &Value,
    now: i64,
) -> Result<A::Principal, Reason> {
    let target = case["target"].as_str().unwrap_or("/");
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let headers: Vec<(String, Vec<u8>)> = case["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| {
            let part = |n: usize| pair[n].as_str().expect("a text");
            (part(0).to_ascii_lowercase(), part(1).as_bytes().to_vec())
        })
        .collect();
    let body = STANDARD.decode(case["body_b64"].as_str().unwrap_or_default()).expect("base64");
    let gate = BodyGate::delivered(Bytes::from(body));
    let target = RequestTarget::new(case["method"].as_str().unwrap_or("GET"), path, query);
    let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(now));
    let mut carriers = Carriers::new();
    authenticator.carriers(&mut carriers);
    let outcome = decide(authenticator, &carriers, &view).await;
    match outcome.map_err(|error: AuthError| error.reason())? {
        Outcome::Authenticated(principal) => Ok(principal),
        Outcome::Absent => Err(Reason::MissingCredential),
    }
}
