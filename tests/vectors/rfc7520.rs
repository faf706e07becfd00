//! The examples of RFC 7520, section 4.

use portcullis::jwt::{JwtAlgorithm, JwtKey, JwtKeyError};
use portcullis::{Reason, Timestamp};

use super::harness::{load, text};
use super::rfc7515::{answers, verifier};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_430_000_000);

/// What is signed there is a sentence and no claims, so a good signature leads to another
/// refusal than a bad one.
#[test]
fn every_signature_is_good() {
    let examples = &load("rfc_jose")["rfc7520"];
    for (name, algorithm) in [("4.1", "RS256"), ("4.2", "PS384"), ("4.3", "ES512"), ("4.4", "HS256")] {
        let example = &examples[name];
        assert_eq!(text(example, "alg"), algorithm);
        let answer = answers(&verifier(example), text(example, "token"), NOW);
        assert_eq!(answer, Err(Reason::InvalidCredential), "{name}");
    }
}

#[test]
fn the_private_keys_are_those_of_the_public_ones() {
    let examples = &load("rfc_jose")["rfc7520"];
    for name in ["4.1", "4.2", "4.3"] {
        let algorithm: JwtAlgorithm = text(&examples[name], "alg").parse().expect("an algorithm");
        let private = examples[name]["private"].to_string();
        let public = examples[name]["jwk"].to_string();
        let pair = JwtKey::from_private_jwk_text(&private, algorithm).expect("a private key");
        let half = JwtKey::from_jwk_text(&public, algorithm).expect("a public key");
        assert_eq!(pair.to_public_jwk(), half.to_public_jwk(), "{name}");
        assert_eq!((pair.can_sign(), half.can_sign()), (true, false));
        assert_eq!(JwtKey::from_jwk_text(&private, algorithm).err(), Some(JwtKeyError::Private));
        assert!(JwtKey::from_private_jwk_text(&public, algorithm).is_err());
    }
}

#[test]
fn the_json_serialisations_are_no_tokens() {
    let examples = &load("rfc_jose")["rfc7520"];
    for name in ["4.1", "4.2", "4.3", "4.4"] {
        for form in ["general", "flattened"] {
            let refused = verifier(&examples[name]).verify(text(&examples[name], form), NOW);
            assert_eq!(refused.expect_err(name).reason(), Reason::InvalidCredential, "{name} {form}");
        }
    }
}

#[test]
fn a_key_for_encryption_is_no_key_for_tokens() {
    let jwk = load("rfc_jose")["rfc7520"]["3.6"]["jwk"].to_string();
    let refused = JwtKey::from_jwk_text(&jwk, JwtAlgorithm::Hs256).err();
    assert_eq!(refused, Some(JwtKeyError::NotMeantForThis));
}
