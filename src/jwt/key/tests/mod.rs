//! Keys and sets of them, from JWKs.

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod jwks;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod private;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod published;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod sets;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod signatures;
mod tried;

use super::*;
use serde_json::{Value, json};

/// The examples of RFC 7515, 7520, 7638 and 8037.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn examples() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/data/rfc_jose.json")).expect("examples")
}

/// A public key of P-256 (RFC 7515, appendix A.3).
fn of_p256() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

/// A public key of Ed25519 (RFC 8037, appendix A.2).
fn of_ed25519() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

/// A JWK with a member more, or another.
fn with(jwk: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut jwk = jwk.clone();
    jwk[name] = value.into();
    jwk
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn without(jwk: &Value, name: &str) -> Value {
    let mut jwk = jwk.clone();
    jwk.as_object_mut().expect("object").remove(name).expect("the member");
    jwk
}

#[test]
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
fn without_a_backend_pairs_of_keys_are_refused_and_said_to_be() {
    for (jwk, algorithm) in [(of_p256(), JwtAlgorithm::Es256), (of_ed25519(), JwtAlgorithm::EdDsa)] {
        let refused = JwtKey::from_jwk_text(&jwk.to_string(), algorithm).err();
        assert_eq!(refused, Some(JwtKeyError::NoBackend));
        assert_eq!(JwtKey::generate(algorithm).err(), Some(JwtKeyError::NoBackend));
        let set = json!({ "keys": [with(&jwk, "kid", "a")] }).to_string();
        let refused = JwtKeySet::from_json(&set, &JwkRules::new()).err();
        assert!(matches!(refused, Some(JwtKeySetError::Key(_, JwtKeyError::NoBackend))), "{refused:?}");
    }
}
