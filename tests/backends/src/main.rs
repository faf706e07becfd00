//! Whatever `jsonwebtoken` is built with, our verifier works: tokens of others are verified and
//! our own are signed, with every kind of key that our own features have. Nothing here installs a
//! provider for the process. Ends with 0 and says what was done, or panics.

use std::time::Duration;

use portcullis::Timestamp;
use portcullis::jwt::{
    JwkRules, JwtAlgorithm, JwtIssuer, JwtKey, JwtKeyError, JwtKeySet, JwtKeySetError, JwtPolicy, JwtVerifier,
};
use serde_json::Value;

const VECTORS: &str = include_str!("../../vectors/data/jwt_tokens.json");
const SECRET: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// Whether our own features have pairs of keys.
const PAIRS: bool = cfg!(any(feature = "aws-lc-rs", feature = "rust-crypto"));

fn main() {
    let mut done = vec![signed(JwtKey::hmac(JwtAlgorithm::Hs256, SECRET.into()).expect("a secret"))];
    let tokens: Value = serde_json::from_str(VECTORS).expect("the vectors");
    let keys = tokens["profiles"]["jwks"]["jwks"].to_string();
    let rules = JwkRules::new();
    if PAIRS {
        let keys = JwtKeySet::from_json(&keys, &rules).expect("a set of keys");
        let verifier = JwtVerifier::with_set(JwtPolicy::new(), keys).expect("policy");
        for (name, algorithm) in
            [("ok-jwks-rsa", "RS256"), ("ok-jwks-ec", "ES256"), ("ok-jwks-ed-noalg-in-jwk", "EdDSA")]
        {
            let good = token(&tokens, name);
            let verified = verifier.verify(good, NOW).expect(name);
            assert_eq!(verified.subject(), Some("user-1"), "{name}");
            assert!(verifier.verify(&forged(good), NOW).is_err(), "{name}, forged");
            done.push(format!("{algorithm} of others"));
        }
        for algorithm in [JwtAlgorithm::Es256, JwtAlgorithm::EdDsa] {
            done.push(signed(JwtKey::generate(algorithm).expect("a fresh key")));
        }
    } else {
        let refused = JwtKeySet::from_json(&keys, &rules).expect_err("no backend");
        assert!(matches!(refused, JwtKeySetError::Key(_, JwtKeyError::NoBackend)), "{refused}");
        let refused = JwtKey::generate(JwtAlgorithm::Es256).expect_err("no backend");
        assert_eq!(refused, JwtKeyError::NoBackend);
        done.push("other keys refused when they are built".to_owned());
    }
    println!("{}; jsonwebtoken's own decode {}", done.join(", "), theirs());
}

/// Signs with a key of ours, and verifies.
fn signed(key: JwtKey) -> String {
    let name = key.algorithm().name();
    let token = JwtIssuer::new(key.clone(), Duration::from_secs(60)).issue("ada", NOW).expect(name);
    let verifier = JwtVerifier::new(JwtPolicy::new(), [key]).expect(name);
    assert_eq!(verifier.verify(&token, NOW).expect(name).subject(), Some("ada"), "{name}");
    format!("{name} of our own")
}

fn token<'t>(tokens: &'t Value, name: &str) -> &'t str {
    let cases = tokens["cases"].as_array().expect("cases");
    let case = cases.iter().find(|case| case["name"] == name).expect(name);
    case["token"].as_str().expect("a token")
}

/// The token with another first character of its signature.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", signature.get(1..).expect("a signature"))
}

/// What `jsonwebtoken` itself does in this build: without exactly one backend it panics, which is
/// how it shows that the features really are what they should be.
fn theirs() -> &'static str {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

    let key = JwtKey::hmac(JwtAlgorithm::Hs256, SECRET.into()).expect("a secret");
    let token = JwtIssuer::new(key, Duration::from_secs(60)).issue("ada", NOW).expect("a token");
    let theirs = DecodingKey::from_secret(SECRET.as_bytes());
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    std::panic::set_hook(Box::new(|_| {}));
    let answer = std::panic::catch_unwind(|| decode::<Value>(&token, &theirs, &validation).is_ok());
    let backends = [
        cfg!(feature = "jsonwebtoken-aws-lc-rs"),
        // Our own `rust-crypto` is this feature of it.
        cfg!(any(feature = "jsonwebtoken-rust-crypto", feature = "rust-crypto")),
    ];
    let expected = backends.iter().filter(|on| **on).count() == 1;
    let _ = std::panic::take_hook();
    match answer {
        Ok(true) if expected => "works",
        Err(_) if !expected => "panics",
        other => panic!("jsonwebtoken answers {other:?} with the backends {backends:?}"),
    }
}
