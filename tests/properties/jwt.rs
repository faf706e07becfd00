//! Tokens, whatever is in them.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot start has failed")]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::Timestamp;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier};
use proptest::prelude::*;
use serde_json::Value;

const SECRET: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oAT7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ALGORITHMS: [JwtAlgorithm; 3] = [JwtAlgorithm::Hs256, JwtAlgorithm::Hs384, JwtAlgorithm::Hs512];

fn key(algorithm: JwtAlgorithm) -> JwtKey {
    JwtKey::hmac(algorithm, SECRET.into()).expect("key")
}

fn verifier(policy: JwtPolicy) -> JwtVerifier {
    JwtVerifier::new(policy, ALGORITHMS.map(key)).expect("verifier")
}

/// Header and payload, whatever they are, with a good HS256 signature.
fn signed(header: &[u8], payload: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &SECRET.into()).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.expose()))
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        ".{0,8}".prop_map(|text| Value::from(text).to_string()),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof!["(alg|kid|typ|crit|b64|exp|nbf|iat|sub|aud|iss|jti|scope)", ".{0,4}"];
        let member = (name, inner.clone()).prop_map(|(name, value)| format!("{}:{value}", Value::from(name)));
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(|all| format!("[{}]", all.join(","))),
            proptest::collection::vec(member, 0..6).prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_issued_is_accepted_until_it_ends(
        subject in ".{1,40}",
        issuer in ".{1,20}",
        which in 0..3_usize,
        lifetime in 1..100_000_u64,
        kid in proptest::option::of(".{0,20}"),
    ) {
        let mut key = key(ALGORITHMS[which]);
        if let Some(kid) = &kid {
            key = key.with_id(kid);
        }
        let token = JwtIssuer::new(key.clone(), Duration::from_secs(lifetime))
            .with_issuer(&issuer).issue(&subject, NOW).expect("token");
        let verifier = JwtVerifier::new(JwtPolicy::new().with_issuer(&issuer), [key]).expect("verifier");
        let end = NOW.saturating_add(Duration::from_secs(lifetime));
        let verified = verifier.verify(&token, NOW).expect("verified");
        prop_assert_eq!(verified.subject(), Some(subject.as_str()));
        prop_assert_eq!(verified.issuer(), Some(issuer.as_str()));
        prop_assert!(verifier.verify(&token, end.saturating_sub(Duration::from_micros(1))).is_ok());
        prop_assert!(verifier.verify(&token, end).is_err());
        prop_assert!(verifier.verify(&token, NOW.saturating_sub(Duration::from_micros(1))).is_err());
    }

    #[test]
    fn any_change_of_one_byte_refuses(which in 0..3_usize, at in any::<prop::sample::Index>(), byte in 0..128_u8) {
        let token = JwtIssuer::new(key(ALGORITHMS[which]), Duration::from_secs(60)).issue("ada", NOW).expect("token");
        let at = at.index(token.len());
        let mut bytes = token.clone().into_bytes();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).expect("ASCII");
        prop_assert!(verifier(JwtPolicy::new()).verify(&changed, NOW).is_err());
        let shorter = format!("{}{}", &token[..at], &token[at + 1..]);
        prop_assert!(verifier(JwtPolicy::new()).verify(&shorter, NOW).is_err());
        let longer = format!("{}{}{}", &token[..at], char::from(byte), &token[at..]);
        prop_assert!(verifier(JwtPolicy::new()).verify(&longer, NOW).is_err());
    }

    #[test]
    fn arbitrary_texts_are_refused_without_panic(text in any::<String>(), dots in "[A-Za-z0-9_=+/.-]{0,200}") {
        prop_assert!(verifier(JwtPolicy::new()).verify(&text, NOW).is_err());
        prop_assert!(verifier(JwtPolicy::new()).verify(&dots, NOW).is_err());
    }

    #[test]
    fn arbitrary_bytes_do_not_panic_though_the_signature_is_good(
        header in any::<Vec<u8>>(),
        payload in any::<Vec<u8>>(),
    ) {
        let lenient = verifier(JwtPolicy::new().dangerous_without_exp());
        let random_header = lenient.verify(&signed(&header, b"{}"), NOW);
        prop_assert!(random_header.is_err());
        // The empty object is the one arbitrary payload that is good; white space aside.
        let good = lenient.verify(&signed(br#"{"alg":"HS256"}"#, &payload), NOW).is_ok();
        let object = serde_json::from_slice::<Value>(&payload).is_ok_and(|value| value.is_object());
        prop_assert_eq!(good, object);
    }

    #[test]
    fn whatever_is_accepted_is_one_object_with_fitting_claims(header in json(), payload in json()) {
        let lenient = verifier(JwtPolicy::new().dangerous_without_exp());
        let header_accepted = lenient.verify(&signed(header.as_bytes(), b"{}"), NOW).is_ok();
        if header_accepted {
            let value: Value = serde_json::from_str(&header).expect("JSON");
            prop_assert_eq!(&value["alg"], "HS256");
            prop_assert!(value.get("crit").is_none() && value.get("b64").is_none());
        }
        if let Ok(verified) = lenient.verify(&signed(br#"{"alg":"HS256"}"#, payload.as_bytes()), NOW) {
            let value: Value = verified.claims().expect("JSON");
            prop_assert!(value.is_object());
            prop_assert_eq!(value.get("sub").map(|sub| sub.as_str()), verified.subject().map(Some));
            prop_assert_eq!(value.get("exp").is_some(), verified.expires_at().is_some());
            prop_assert!(verified.expires_at().is_none_or(|end| end > NOW));
        }
    }
}
