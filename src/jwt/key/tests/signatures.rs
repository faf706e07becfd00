//! Signatures of RSA that say the same in other words.

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/data/keys.json")).expect("vectors")
}

fn signature(text: &Value) -> Vec<u8> {
    base64::url_vec(text.as_str().expect("text").as_bytes()).expect("base64url")
}

#[test]
fn a_signature_of_rsa_is_as_long_as_the_modulus_and_below_it() {
    let vectors = vectors();
    let (message, one) = (vectors["message"].as_str().expect("text").as_bytes(), &vectors["one_modulus"]);
    let modulus = signature(&one["jwk"]["n"]);
    for (name, algorithm) in [("PS256", JwtAlgorithm::Ps256), ("RS256", JwtAlgorithm::Rs256)] {
        let key = JwtKey::from_jwk_text(&one["jwk"].to_string(), algorithm).expect("key");
        let verifies = |signature: &[u8]| key.verifies(message, base64::encode_url(signature).as_bytes());
        let good = signature(&one[name]);
        assert!(verifies(&good), "{name}");
        for bad in [
            [&[0], &good[..]].concat(),
            [&good[..], &[0]].concat(),
            good[1..].to_vec(),
            good[..255].to_vec(),
            vec![],
            modulus.clone(),
            vec![0; 256],
            vec![0xff; 256],
            [&[0; 255][..], &[1]].concat(),
        ] {
            assert!(!verifies(&bad), "{name} {bad:x?}");
        }
        let added = signature(&one[&format!("{name} and the modulus")]);
        assert_eq!(added.len(), modulus.len());
        assert!(!verifies(&added), "{name}");
    }
}

#[test]
fn a_signature_of_pss_has_a_salt_as_long_as_the_hash() {
    let vectors = vectors();
    let (message, one) = (vectors["message"].as_str().expect("text").as_bytes(), &vectors["one_modulus"]);
    let key = JwtKey::from_jwk_text(&one["jwk"].to_string(), JwtAlgorithm::Ps256).expect("key");
    let salts = one["salts"].as_object().expect("object");
    for (length, text) in salts {
        assert!(!key.verifies(message, text.as_str().expect("text").as_bytes()), "{length}");
    }
    assert_eq!(salts.len(), 6);
}
