//! Tokens that five libraries were asked about.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot start has failed")]

use std::collections::HashMap;
use std::time::Duration;

use portcullis::Timestamp;
use portcullis::jwt::{JwkRules, JwtAlgorithm, JwtKey, JwtKeySet, JwtPolicy, JwtVerifier};
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

/// Cases that the libraries may decide for themselves: whether they are accepted here, and why.
const POLICY: [(&str, bool, &str); 6] = [
    ("hdr-length-over-20k", false, "tokens have at most 8 KiB, headers 4 KiB"),
    ("payload-exp-1e20", false, "moments end with the year 9999"),
    ("payload-exp-2^64", false, "moments end with the year 9999"),
    ("claim-exp-ms", false, "milliseconds lie after the year 9999"),
    ("claim-sub-int", false, "a subject is a string (RFC 7519, section 4.1.2)"),
    ("eddsa-alg-Ed25519", true, "the name that RFC 9864 gives to EdDSA over Ed25519"),
];

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("data/jwt_tokens.json")).expect("vectors")
}

fn policy(profile: &Value) -> JwtPolicy {
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
    policy
}

fn algorithms(profile: &Value) -> Vec<JwtAlgorithm> {
    let names = profile["algorithms"].as_array().expect("algorithms");
    names.iter().map(|name| name.as_str().expect("name").parse().expect("algorithm")).collect()
}

/// The key of a profile: with the first of its algorithms, and no other one.
fn key(profile: &Value) -> JwtKey {
    JwtKey::from_jwk_text(&profile["key"].to_string(), algorithms(profile)[0]).expect("key")
}

pub(crate) fn verifier(profile: &Value) -> JwtVerifier {
    let Some(set) = profile.get("jwks") else {
        return JwtVerifier::new(policy(profile), [key(profile)]).expect("verifier");
    };
    let rules = JwkRules::new().with_algorithms(&algorithms(profile));
    JwtVerifier::with_set(policy(profile), JwtKeySet::from_json(&set.to_string(), &rules).expect("set"))
        .expect("policy")
}

/// Whether each case is accepted that `of` has a verifier for, against what is expected; how
/// many there were of each expectation.
fn decide(vectors: &Vectors, of: impl Fn(&str) -> Option<JwtVerifier>) -> HashMap<&str, usize> {
    let now = Timestamp::from_unix_seconds(vectors.now);
    let mut ran = HashMap::new();
    for case in &vectors.cases {
        let Some(verifier) = of(&case.profile) else { continue };
        let expected = match case.expected.as_str() {
            "accept" => true,
            "reject" => false,
            "policy" => POLICY.iter().find(|(name, ..)| *name == case.name).expect("a decision").1,
            other => panic!("{other}"),
        };
        let accepted = verifier.verify(&case.token, now).is_ok();
        assert_eq!(accepted, expected, "{} of {}", case.name, case.profile);
        *ran.entry(case.expected.as_str()).or_insert(0) += 1;
    }
    ran
}

#[test]
fn every_token_is_decided_as_expected() {
    let vectors = vectors();
    let ran = decide(&vectors, |profile| Some(verifier(&vectors.profiles[profile])));
    assert_eq!(ran, HashMap::from([("accept", 22), ("reject", 59), ("policy", POLICY.len())]));
    assert_eq!((vectors.cases.len(), vectors.profiles.len()), (87, 10));
    for profile in vectors.profiles.values() {
        let _ = verifier(profile);
    }
}

#[test]
fn the_preset_of_access_tokens_decides_like_its_claims_by_name() {
    let vectors = vectors();
    let profile = &vectors.profiles["at+jwt"];
    let text = |name: &str| profile[name].as_str().expect("text");
    let preset = || JwtPolicy::access_token(text("issuer"), text("audience"));
    let ran = decide(&vectors, |name| {
        (name == "at+jwt").then(|| JwtVerifier::new(preset(), [key(profile)]).expect("verifier"))
    });
    assert_eq!(ran, HashMap::from([("accept", 3), ("reject", 3)]));
}

#[test]
fn one_issuer_may_have_keys_of_both_kinds() {
    let vectors = vectors();
    let both = &vectors.profiles["rs+hs"];
    assert_eq!(algorithms(both), [JwtAlgorithm::Rs256, JwtAlgorithm::Hs256]);
    // The public key alone, for whoever allows both families without having a secret.
    let ran = decide(&vectors, |name| matches!(name, "rs" | "rs+hs").then(|| verifier(both)));
    assert_eq!(ran, HashMap::from([("accept", 1), ("reject", 6)]));
    // The public key and a secret.
    let ran = decide(&vectors, |name| {
        let keys = [key(both), key(&vectors.profiles["hs"])];
        let asked = matches!(name, "rs" | "rs+hs" | "hs");
        asked.then(|| JwtVerifier::new(JwtPolicy::new(), keys).expect("verifier"))
    });
    assert_eq!(ran, HashMap::from([("accept", 6), ("reject", 30), ("policy", 3)]));
}

#[test]
fn tokens_of_asymmetric_profiles_are_refused_by_a_symmetric_key() {
    const SYMMETRIC: [&str; 4] = ["hs", "claims", "claims-leeway60", "at+jwt"];
    let vectors = vectors();
    let verifier = verifier(&vectors.profiles["hs"]);
    let others: Vec<_> =
        vectors.cases.iter().filter(|case| !SYMMETRIC.contains(&case.profile.as_str())).collect();
    for case in &others {
        let now = Timestamp::from_unix_seconds(vectors.now);
        assert!(verifier.verify(&case.token, now).is_err(), "{} of {}", case.name, case.profile);
    }
    assert_eq!(others.len(), 29);
}
