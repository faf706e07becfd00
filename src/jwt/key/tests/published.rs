//! What is published of a key.

use super::*;

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    let all = examples();
    // RFC 9449, section 4.1, and its `jkt` of section 6.1.
    let proof = json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    });
    for (jwk, algorithm, thumbprint) in [
        (&all["rfc7638"]["jwk"], JwtAlgorithm::Rs256, &all["rfc7638"]["thumbprint"]),
        (&of_ed25519(), JwtAlgorithm::EdDsa, &all["rfc8037"]["thumbprint"]),
        (&proof, JwtAlgorithm::Es256, &json!("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")),
    ] {
        let key = JwtKey::from_jwk_text(&jwk.to_string(), algorithm).expect("key");
        assert_eq!(key.thumbprint().as_deref(), thumbprint.as_str());
        let named = key.with_thumbprint_id().expect("pair");
        assert_eq!(named.id(), thumbprint.as_str());
    }
}

#[test]
fn a_published_key_is_the_public_half_and_verifies() {
    for algorithm in JwtAlgorithm::ALL {
        let key = match JwtKey::generate(algorithm) {
            Ok(key) => key.with_thumbprint_id().expect("pair"),
            Err(error) => {
                let is_expected = algorithm.is_symmetric() && error == JwtKeyError::WrongType
                    || !cfg!(feature = "aws-lc-rs") && error == JwtKeyError::NoBackend;
                assert!(is_expected, "{algorithm}: {error}");
                continue;
            }
        };
        let jwk = key.to_public_jwk().expect("public half");
        assert_eq!((jwk["alg"].as_str(), jwk["use"].as_str()), (Some(algorithm.name()), Some("sig")));
        assert_eq!(jwk["kid"].as_str(), key.thumbprint().as_deref());
        let names: Vec<&str> = jwk.as_object().expect("object").keys().map(String::as_str).collect();
        assert!(!names.iter().any(|name| ["d", "p", "q", "dp", "dq", "qi", "k"].contains(name)), "{names:?}");
        let set = json!({ "keys": [jwk] }).to_string();
        let set = JwtKeySet::from_json(&set, &JwkRules::new()).expect("set");
        let [public] = set.keys() else { panic!("one key") };
        assert_eq!((public.algorithm(), public.id()), (algorithm, key.id()));
        assert_eq!((public.thumbprint(), public.can_sign()), (key.thumbprint(), false));
        assert_eq!(public.to_public_jwk(), key.to_public_jwk());
        let signature = base64::encode_url(&key.sign(b"a").expect("signature"));
        assert!(public.verifies(b"a", signature.as_bytes()) && !public.verifies(b"b", signature.as_bytes()));
        assert_eq!(public.sign(b"a"), None);
    }
}

#[test]
fn nothing_is_published_of_a_shared_secret() {
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into()).expect("key");
    assert_eq!((key.to_public_jwk(), key.thumbprint()), (None, None));
    assert_eq!(key.with_thumbprint_id().err(), Some(JwtKeyError::WrongType));
}
