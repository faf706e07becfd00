//! Tokens that five libraries were asked about.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot start has failed")]

use std::collections::HashMap;
use std::time::Duration;

use portcullis::Timestamp;
use portcullis::jwt::{JwtAlgorithm, JwtKey, JwtPolicy, JwtVerifier};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Vectors {
    now: i64,
    profiles: HashMap<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    profile: String,
    expected: String,
    token: String,
}

/// Cases that the libraries may decide for themselves, and all of which are refused here.
const POLICY: [(&str, &str); 5] = [
    ("hdr-length-over-20k", "tokens have at most 8 KiB"),
    ("payload-exp-1e20", "moments end with the year 9999"),
    ("payload-exp-2^64", "moments end with the year 9999"),
    ("claim-exp-ms", "milliseconds lie after the year 9999"),
    ("claim-sub-int", "a subject is a string"),
];

/// The profiles that are about HS256 alone.
const PROFILES: [&str; 4] = ["hs", "claims", "claims-leeway60", "at+jwt"];

pub(crate) fn verifier(profile: &Value) -> JwtVerifier {
    let text = |name: &str| profile.get(name).and_then(Value::as_str);
    let mut policy = JwtPolicy::new();
    if let Some(issuer) = text("issuer") {
        policy = policy.with_issuer(issuer);
    }
    if let Some(audience) = text("audience") {
        policy = policy.with_audience(audience);
    }
    if let Some(typ) = text("typ") {
        policy = policy.with_type(typ);
    }
    if let Some(leeway) = profile.get("leeway").and_then(Value::as_u64) {
        policy = policy.with_leeway(Duration::from_secs(leeway));
    }
    for name in profile.get("require").and_then(Value::as_array).into_iter().flatten() {
        policy = policy.require_claim(name.as_str().expect("name"));
    }
    let jwk = serde_json::from_value(profile["key"].clone()).expect("JWK");
    JwtVerifier::new(policy, [JwtKey::from_jwk(&jwk, JwtAlgorithm::Hs256).expect("key")]).expect("verifier")
}

#[test]
fn every_token_is_decided_as_expected() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/jwt_tokens.json")).expect("vectors");
    let now = Timestamp::from_unix_seconds(vectors.now);
    let mut ran = HashMap::new();
    for case in vectors.cases.iter().filter(|case| PROFILES.contains(&case.profile.as_str())) {
        let accepted = verifier(&vectors.profiles[&case.profile]).verify(&case.token, now).is_ok();
        let expected = match case.expected.as_str() {
            "accept" => true,
            "reject" => false,
            "policy" => {
                assert!(POLICY.iter().any(|(name, _)| *name == case.name), "{} is undecided", case.name);
                false
            }
            other => panic!("{other}"),
        };
        assert_eq!(accepted, expected, "{} of {}", case.name, case.profile);
        *ran.entry(case.expected.as_str()).or_insert(0) += 1;
    }
    assert_eq!(ran, HashMap::from([("accept", 15), ("reject", 38), ("policy", POLICY.len())]));
}

#[test]
fn tokens_of_asymmetric_profiles_are_refused_by_a_symmetric_key() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/jwt_tokens.json")).expect("vectors");
    let verifier = verifier(&vectors.profiles["hs"]);
    let others: Vec<_> =
        vectors.cases.iter().filter(|case| !PROFILES.contains(&case.profile.as_str())).collect();
    for case in &others {
        let now = Timestamp::from_unix_seconds(vectors.now);
        assert!(verifier.verify(&case.token, now).is_err(), "{} of {}", case.name, case.profile);
    }
    assert_eq!(others.len(), 29);
}
