//! The examples of RFC 7515, appendix A.

use portcullis::jwt::{JwtAlgorithm, JwtKey, JwtPolicy, JwtVerifier};
use portcullis::{Reason, Timestamp};
use serde_json::Value;

use super::harness::{load, text};

/// Before the tokens of A.1 to A.3 end, and the moment at which they do.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_300_819_379);
const END: Timestamp = Timestamp::from_unix_seconds(1_300_819_380);

/// A verifier for one example, with its key as the RFC prints it: the public half of a pair.
pub(crate) fn verifier(example: &Value) -> JwtVerifier {
    let jwk = serde_json::from_value(example["jwk"].clone()).expect("a JWK");
    let algorithm: JwtAlgorithm = text(example, "alg").parse().expect("an algorithm");
    let key = JwtKey::from_jwk(&jwk, algorithm).expect("a key");
    JwtVerifier::new(JwtPolicy::new(), [key]).expect("a verifier")
}

/// The answer to a token, and to every token that differs from it in one character of the
/// signature but the last, some of whose bits mean nothing.
pub(crate) fn answers(verifier: &JwtVerifier, token: &str, now: Timestamp) -> Result<(), Reason> {
    let verify = |token: &str| verifier.verify(token, now).map(drop).map_err(|error| error.reason());
    let start = token.rfind('.').expect("a signature") + 1;
    for at in start..token.len() - 1 {
        let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        assert_eq!(verify(&changed), Err(Reason::WrongSignature), "{at}");
    }
    verify(token)
}

#[test]
fn signed_claims_are_accepted_until_they_end() {
    let examples = &load("rfc_jose")["rfc7515"];
    for name in ["A.1", "A.2", "A.3"] {
        let (verifier, token) = (verifier(&examples[name]), text(&examples[name], "token"));
        assert_eq!(answers(&verifier, token, NOW), Ok(()), "{name}");
        assert_eq!(verifier.verify(token, END).expect_err(name).reason(), Reason::Expired, "{name}");
    }
}

/// What is signed in A.4 is no claims, so a good signature leads to another refusal than a
/// bad one.
#[test]
fn a_good_signature_over_something_else_than_claims_is_no_token() {
    let example = &load("rfc_jose")["rfc7515"]["A.4"];
    assert_eq!(answers(&verifier(example), text(example, "token"), NOW), Err(Reason::InvalidCredential));
}

#[test]
fn an_unsigned_token_is_refused_by_every_key() {
    let examples = &load("rfc_jose")["rfc7515"];
    let token = text(&examples["A.5"], "token");
    for name in ["A.1", "A.2", "A.3", "A.4"] {
        let (verifier, signed) = (verifier(&examples[name]), text(&examples[name], "token"));
        let signature = signed.rsplit_once('.').expect("a signature").1;
        let refusal = |token: &str| verifier.verify(token, NOW).expect_err(name).reason();
        assert_eq!(refusal(token), Reason::InvalidCredential, "{name}");
        assert_eq!(refusal(&format!("{token}{signature}")), Reason::AlgorithmMismatch, "{name}");
    }
}

#[test]
fn the_json_serialisations_are_no_tokens() {
    let examples = &load("rfc_jose")["rfc7515"];
    for name in ["A.6", "A.7"] {
        for keys in ["A.2", "A.3"] {
            let refused = verifier(&examples[keys]).verify(text(&examples[name], "json"), NOW);
            assert_eq!(refused.expect_err(name).reason(), Reason::InvalidCredential, "{name}");
        }
    }
}
