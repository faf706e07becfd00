//! Attacks on tokens that others have fallen for, as a client sees them.

mod algorithms;
mod forms;
mod moments;
mod signatures;

use std::time::Duration;

use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtKey, JwtPolicy};
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, FrozenClock, Secret};
use serde_json::Value;

use crate::jwt::{INVALID, encode, jwt_of, refused, status};
use crate::kit::NOW;

fn layer(
    policy: JwtPolicy,
    keys: impl IntoIterator<Item = JwtKey>,
) -> AuthLayer<JwtAuthenticator<StoredPrincipal>> {
    AuthLayer::new(jwt_of(policy, keys)).with_clock(FrozenClock::at(NOW))
}

/// Asserts that all of these are refused with the same status, challenge and body.
async fn look_alike<A>(layer: &AuthLayer<A>, tokens: impl IntoIterator<Item = (String, String)>) -> usize
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let mut first = None;
    let mut count = 0;
    for (name, token) in tokens {
        let answer = refused(layer, &name, &format!("Bearer {token}")).await;
        assert_eq!(answer.header("www-authenticate"), INVALID, "{name}");
        assert_eq!(&answer, first.get_or_insert_with(|| answer_of(&answer)), "{name}");
        count += 1;
    }
    count
}

fn answer_of(answer: &crate::kit::Answer) -> crate::kit::Answer {
    crate::kit::Answer { status: answer.status, headers: answer.headers.clone(), body: answer.body.clone() }
}

/// Any header over any claims, with an HMAC by any secret.
fn mac(algorithm: HmacAlgorithm, secret: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let tag = HmacKey::new(algorithm, &Secret::new(secret.to_vec())).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", encode(tag.expose()))
}

fn pair(algorithm: JwtAlgorithm) -> JwtKey {
    JwtKey::generate(algorithm).expect("pair")
}

fn issue(key: &JwtKey) -> String {
    JwtIssuer::new(key.clone(), Duration::from_secs(60)).issue("ada", NOW).expect("token")
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/data/jwt_tokens.json")).expect("vectors")
}

/// A value of DER: its tag, its length, itself.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match value.len() {
        0..128 => vec![tag, value.len().to_le_bytes()[0]],
        _ => [&[tag, 0x80 | length.len().to_le_bytes()[0]], &*length].concat(),
    };
    [head, value.to_vec()].concat()
}

const PAIRS: [JwtAlgorithm; 5] =
    [JwtAlgorithm::Es256, JwtAlgorithm::Es384, JwtAlgorithm::EdDsa, JwtAlgorithm::Rs256, JwtAlgorithm::Ps256];

#[tokio::test]
async fn tokens_that_the_vectors_refuse_all_look_alike() {
    let vectors = vectors();
    let key = |profile: &str| {
        let profile = &vectors["profiles"][profile];
        let name = profile["algorithms"][0].as_str().expect("an algorithm");
        JwtKey::from_jwk_text(&profile["key"].to_string(), name.parse().expect("known")).expect("key")
    };
    let layer = layer(JwtPolicy::new(), ["hs", "rs", "ps", "es", "ed"].map(key));
    let mut tokens = Vec::new();
    let (mut unsendable, mut unclaimed) = (0, 0);
    for case in vectors["cases"].as_array().expect("cases") {
        let profile = case["profile"].as_str().expect("a profile");
        let (name, token) =
            (case["name"].as_str().expect("a name"), case["token"].as_str().expect("a token"));
        if case["expected"] != "reject" || !["hs", "rs", "ps", "es", "ed"].contains(&profile) {
            continue;
        }
        // What surrounds a header's value is no part of it.
        if http::HeaderValue::from_bytes(token.as_bytes()).is_err() || token.ends_with(' ') {
            unsendable += 1;
        } else if !token.starts_with("ey") && token.matches('.').count() != 2 {
            assert_eq!(status(&layer, token).await, 401, "{name}");
            unclaimed += 1;
        } else {
            tokens.push((name.to_owned(), token.to_owned()));
        }
    }
    assert_eq!((look_alike(&layer, tokens).await, unclaimed, unsendable), (32, 2, 2));
}
