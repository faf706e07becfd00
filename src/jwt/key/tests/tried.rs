//! How many keys a token is tried with.

use std::time::Duration;

use crate::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier};
use crate::{Reason, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const A: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
const B: &str = "mN3Yj0iPS4hcgUuTwjAzZr1Z9CAowKOb";

fn key(secret: &str) -> JwtKey {
    JwtKey::hmac(JwtAlgorithm::Hs256, secret.into()).expect("key")
}

fn named(count: usize) -> Vec<JwtKey> {
    (0..count).map(|n| key(B).with_id(&n.to_string())).collect()
}

fn verify(keys: Vec<JwtKey>, signer: &JwtKey) -> Result<(), Reason> {
    let token = JwtIssuer::new(signer.clone(), Duration::from_secs(60)).issue("ada", NOW).expect("token");
    let verifier = JwtVerifier::new(JwtPolicy::new(), keys).expect("verifier");
    verifier.verify(&token, NOW).map(drop).map_err(|error| error.reason())
}

#[test]
fn a_token_without_kid_is_tried_with_16_keys_of_its_algorithm_at_most() {
    assert_eq!(verify([named(15), vec![key(A)]].concat(), &key(A)), Ok(()));
    assert_eq!(verify([named(16), vec![key(A)]].concat(), &key(A)), Err(Reason::UnknownKey));
    let other = JwtKey::hmac(JwtAlgorithm::Hs512, A.repeat(2).as_str().into()).expect("key");
    assert_eq!(verify([named(100), vec![other.clone()]].concat(), &other), Ok(()));
}

#[test]
fn a_token_that_names_its_key_is_verified_however_many_there_are() {
    let many = || [named(99), vec![key(A).with_id("a")]].concat();
    assert_eq!(verify(many(), &key(A).with_id("a")), Ok(()));
    assert_eq!(verify(many(), &key(A).with_id("98")), Err(Reason::WrongSignature));
    assert_eq!(verify(many(), &key(A).with_id("b")), Err(Reason::UnknownKey));
    // One without id is tried with it.
    assert_eq!(verify([named(99), vec![key(A)]].concat(), &key(A).with_id("b")), Ok(()));
}
