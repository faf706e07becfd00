//! Tokens and keys of other libraries are read here, and ours by them: PyJWT, npm jose and npm
//! jsonwebtoken.

use std::time::Duration;

use portcullis::jwt::{JwkRules, JwtAlgorithm, JwtIssuer, JwtKey, JwtKeySet, JwtPolicy, JwtVerifier};
use portcullis::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::peer::Peer;
use crate::verdict::Verdict;

const SECRET: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oAmN3Yj0iPS4hcgUuTwjAzZr1Z9CAowKOb";
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "shop";

/// Every algorithm that a peer has too.
fn algorithms(peer: Peer) -> Vec<JwtAlgorithm> {
    let names = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "ES512", "EdDSA",
    ];
    let has = |name: &&&str| peer != Peer::Jsonwebtoken || **name != "EdDSA";
    names.iter().filter(has).map(|name| name.parse().expect("an algorithm")).collect()
}

fn names(algorithms: &[JwtAlgorithm]) -> Vec<&'static str> {
    algorithms.iter().map(|algorithm| algorithm.name()).collect()
}

fn policy() -> JwtPolicy {
    let policy = JwtPolicy::new().with_issuer(ISSUER).with_audience(AUDIENCE).require_claim("tenant");
    // A peer starts anew, and its clock is the same one, cut off to whole seconds.
    policy.with_max_lifetime(Duration::from_secs(600))
}

fn claims() -> Value {
    let now = SystemClock.now().as_unix_seconds();
    json!({
        "iss": ISSUER, "aud": [AUDIENCE, "other"], "sub": "zo\u{eb} \u{1f511}", "tenant": 7,
        "iat": now, "nbf": now, "exp": now + 600, "scope": "orders:read orders:write",
    })
}

fn hmac(algorithm: JwtAlgorithm) -> JwtKey {
    JwtKey::hmac(algorithm, SECRET.into()).expect("a secret")
}

/// The tokens that a peer makes, each with its algorithm and the key to verify it with.
fn made(peer: Peer) -> Vec<(JwtAlgorithm, Value)> {
    let algorithms = algorithms(peer);
    let request = json!({
        "do": "make", "algorithms": names(&algorithms), "claims": claims(), "secret": SECRET,
    });
    let answer = peer.ask(&request);
    algorithms.iter().map(|algorithm| (*algorithm, answer[algorithm.name()].clone())).collect()
}

fn accepts_what_it_makes(peer: Peer) {
    let _verdict = Verdict::on(peer.name(), "its tokens are accepted");
    for (algorithm, made) in made(peer) {
        let key = match &made["jwk"] {
            Value::Null => hmac(algorithm),
            jwk => JwtKey::from_jwk_text(&jwk.to_string(), algorithm).expect("its key"),
        };
        let verifier = JwtVerifier::new(policy(), [key]).expect("a verifier");
        let token = made["token"].as_str().expect("a token");
        let now = SystemClock.now();
        let verified = verifier.verify(token, now).unwrap_or_else(|error| panic!("{algorithm}: {error:?}"));
        assert_eq!(verified.subject(), Some("zo\u{eb} \u{1f511}"), "{algorithm}");
        assert_eq!(verified.claims::<Value>().expect("claims")["tenant"], 7, "{algorithm}");
        let scopes = verified.scopes().expect("scopes");
        assert!(scopes.contains("orders:write"), "{algorithm}");
        assert!(verifier.verify(&altered(token), now).is_err(), "{algorithm}, altered");
    }
}

#[test]
fn tokens_of_pyjwt_are_accepted() {
    accepts_what_it_makes(Peer::PyJwt);
}

#[test]
fn tokens_of_jose_are_accepted() {
    accepts_what_it_makes(Peer::Jose);
}

#[test]
fn tokens_of_jsonwebtoken_are_accepted() {
    accepts_what_it_makes(Peer::Jsonwebtoken);
}

/// A fresh key of ours and a token that it signed.
fn signed(algorithm: JwtAlgorithm) -> (JwtKey, String) {
    let key = if algorithm.is_symmetric() {
        hmac(algorithm)
    } else {
        JwtKey::generate(algorithm).expect("a key").with_id(algorithm.name())
    };
    let issuer = JwtIssuer::new(key.clone(), Duration::from_secs(600));
    let issuer = issuer.with_issuer(ISSUER).with_audience(AUDIENCE);
    let extra = json!({ "tenant": 7, "jti": "1" });
    let token = issuer.issue_with("zo\u{eb} \u{1f511}", SystemClock.now(), extra).expect("a token");
    (key, token)
}

/// The token with another first character of its signature.
fn altered(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", &signature[1..])
}

fn one(algorithm: JwtAlgorithm, key: &JwtKey, token: &str) -> Value {
    let jwk = key.to_public_jwk();
    json!({ "algorithm": algorithm.name(), "token": token, "jwk": jwk, "secret": SECRET })
}

fn is_accepted_by(peer: Peer) {
    let _verdict = Verdict::on(peer.name(), "accepts our tokens");
    let algorithms = algorithms(peer);
    let signed: Vec<_> = algorithms.iter().map(|algorithm| (*algorithm, signed(*algorithm))).collect();
    let good = signed.iter().map(|(algorithm, (key, token))| one(*algorithm, key, token));
    let bad = signed.iter().map(|(algorithm, (key, token))| one(*algorithm, key, &altered(token)));
    let tokens: Vec<Value> = good.chain(bad).collect();
    let request = json!({ "do": "verify", "tokens": tokens, "issuer": ISSUER, "audience": AUDIENCE });
    let answer = peer.ask(&request);
    let answers = answer.as_array().expect("a list");
    assert_eq!(answers.len(), 2 * algorithms.len());
    let (good, bad) = answers.split_at(algorithms.len());
    for (algorithm, (good, bad)) in algorithms.iter().zip(good.iter().zip(bad)) {
        assert_eq!(
            (&good["sub"], &good["tenant"]),
            (&json!("zo\u{eb} \u{1f511}"), &json!(7)),
            "{algorithm}: {good}"
        );
        assert!(bad.is_string(), "{algorithm}: an altered token was accepted");
    }
}

#[test]
fn our_tokens_are_accepted_by_pyjwt() {
    is_accepted_by(Peer::PyJwt);
}

#[test]
fn our_tokens_are_accepted_by_jose() {
    is_accepted_by(Peer::Jose);
}

#[test]
fn our_tokens_are_accepted_by_jsonwebtoken() {
    is_accepted_by(Peer::Jsonwebtoken);
}

#[test]
fn a_set_of_keys_of_jose_is_read() {
    let _verdict = Verdict::on(Peer::Jose.name(), "its set of keys is read");
    let pairs: Vec<_> = made(Peer::Jose).into_iter().filter(|(_, made)| !made["jwk"].is_null()).collect();
    let jwks: Vec<&Value> = pairs.iter().map(|(_, made)| &made["jwk"]).collect();
    let text = json!({ "keys": jwks }).to_string();
    let set = JwtKeySet::from_json(&text, &JwkRules::new()).expect("a set");
    assert_eq!(set.keys().len(), 10);
    let verifier = JwtVerifier::with_set(policy(), set).expect("policy");
    for (algorithm, made) in &pairs {
        let token = made["token"].as_str().expect("a token");
        verifier.verify(token, SystemClock.now()).unwrap_or_else(|error| panic!("{algorithm}: {error:?}"));
    }
}

#[test]
fn our_set_of_keys_is_read_by_jose() {
    let _verdict = Verdict::on(Peer::Jose.name(), "reads our set of keys");
    let algorithms = algorithms(Peer::Jose);
    let pairs = algorithms.iter().filter(|algorithm| !algorithm.is_symmetric());
    let signed: Vec<_> = pairs.map(|algorithm| (*algorithm, signed(*algorithm))).collect();
    let keys: Vec<_> = signed.iter().map(|(_, (key, _))| key.to_public_jwk()).collect();
    let tokens: Vec<_> = signed.iter().map(|(algorithm, (key, token))| one(*algorithm, key, token)).collect();
    let request = json!({
        "do": "verify_set", "jwks": { "keys": keys }, "tokens": tokens, "issuer": ISSUER, "audience": AUDIENCE,
    });
    let answer = Peer::Jose.ask(&request);
    for ((algorithm, _), answer) in signed.iter().zip(answer.as_array().expect("a list")) {
        assert_eq!(answer["tenant"], 7, "{algorithm}: {answer}");
    }
}
