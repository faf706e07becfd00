//! Private JWKs.

use super::*;
use crate::jwt::algorithm::KeyType;

/// The private keys of the RFCs, with an algorithm and what it signed.
fn pairs() -> Vec<(JwtAlgorithm, Value, String)> {
    let all = examples();
    let pair = |alg: &Value, jwk: &Value, token: &Value| {
        let algorithm: JwtAlgorithm = alg.as_str().expect("alg").parse().expect("algorithm");
        (algorithm, jwk.clone(), token.as_str().expect("token").to_owned())
    };
    let appendix = ["A.2", "A.3", "A.4"].map(|name| &all["rfc7515"][name]);
    let section = ["4.1", "4.2", "4.3"].map(|name| &all["rfc7520"][name]);
    let mut pairs: Vec<_> = appendix.map(|it| pair(&it["alg"], &it["jwk"], &it["token"])).into();
    pairs.extend(section.map(|it| pair(&it["alg"], &it["private"], &it["token"])));
    pairs.push(pair(&json!("EdDSA"), &all["rfc8037"]["private"], &all["rfc8037"]["token"]));
    pairs.retain(|(algorithm, ..)| {
        cfg!(feature = "aws-lc-rs")
            || *algorithm != JwtAlgorithm::Es512 && algorithm.key_type() != KeyType::Rsa
    });
    pairs
}

fn refusal(jwk: &Value, algorithm: JwtAlgorithm) -> Option<JwtKeyError> {
    JwtKey::from_private_jwk_text(&jwk.to_string(), algorithm).err()
}

#[test]
fn the_keys_of_the_rfcs_sign_what_they_signed() {
    let mut same = 0;
    for (algorithm, jwk, token) in pairs() {
        let key = JwtKey::from_private_jwk_text(&jwk.to_string(), algorithm).expect("key");
        let (signed, signature) = token.rsplit_once('.').expect("token");
        assert!(key.verifies(signed.as_bytes(), signature.as_bytes()), "{algorithm}");
        let own = base64::encode_url(&key.sign(signed.as_bytes()).expect("signature"));
        assert!(key.verifies(signed.as_bytes(), own.as_bytes()), "{algorithm}");
        // PKCS#1 and Ed25519 always sign alike.
        if matches!(algorithm, JwtAlgorithm::Rs256 | JwtAlgorithm::EdDsa) {
            assert_eq!(own, signature);
            same += 1;
        }
        assert_eq!(key.id(), jwk["kid"].as_str());
        let printed = format!("{key:?}");
        assert!(!printed.contains(&jwk["d"].as_str().expect("d")[..8]), "{printed}");
    }
    assert_eq!(same, if cfg!(feature = "aws-lc-rs") { 3 } else { 1 });
}

#[test]
fn a_private_jwk_is_whole_and_its_numbers_belong_together() {
    for (algorithm, jwk, _) in pairs() {
        let jwk = jwk.as_object().expect("object").clone();
        for name in jwk.keys().filter(|name| !["kid", "use"].contains(&name.as_str())) {
            let jwk = Value::Object(jwk.clone());
            assert_eq!(refusal(&without(&jwk, name), algorithm), Some(JwtKeyError::Unreadable), "{name}");
            for value in [Value::Null, json!(1), json!(""), json!("A"), json!("AA=="), json!("+/+/")] {
                let error = refusal(&with(&jwk, name, value.clone()), algorithm).expect("refused");
                let is_expected = match (&**name, value.is_string()) {
                    ("kty" | "crv", true) => error == JwtKeyError::UnknownType,
                    _ => error == JwtKeyError::Unreadable,
                };
                assert!(is_expected, "{name} {value}: {error:?}");
            }
            if ["kty", "crv", "e"].contains(&&**name) {
                continue;
            }
            // Another number of the same length, and the same one with a zero before it.
            let number = base64::url_vec(jwk[name].as_str().expect("text").as_bytes()).expect("number");
            let mut other = number.clone();
            *other.last_mut().expect("byte") ^= 2;
            let error = refusal(&with(&jwk, name, base64::encode_url(&other)), algorithm);
            let is_expected = matches!(error, Some(JwtKeyError::Unreadable | JwtKeyError::Mismatched));
            assert!(is_expected, "{algorithm} {name}: {error:?}");
            let longer = base64::encode_url(&[&[0], &number[..]].concat());
            assert_eq!(
                refusal(&with(&jwk, name, longer), algorithm),
                Some(JwtKeyError::Unreadable),
                "{name}"
            );
        }
        let jwk = Value::Object(jwk);
        assert_eq!(refusal(&with(&jwk, "oth", json!([])), algorithm), Some(JwtKeyError::Unreadable));
        let text = jwk.to_string();
        let doubled = text.replacen('{', &format!("{{\"d\":{},", jwk["d"]), 1);
        let refused = JwtKey::from_private_jwk_text(&doubled, algorithm).err();
        assert_eq!(refused, Some(JwtKeyError::Unreadable));
        // Escapes are another way to write the same text.
        let escaped = text.replacen(
            "\"d\":\"",
            &format!("\"d\":\"\\u{:04x}", u32::from(jwk["d"].as_str().expect("d").as_bytes()[0])),
            1,
        );
        let at = escaped.find("\\u").expect("escape") + 6;
        let escaped = format!("{}{}", &escaped[..at], &escaped[at + 1..]);
        assert_eq!(JwtKey::from_private_jwk_text(&escaped, algorithm).map(drop), Ok(()), "{algorithm}");
    }
}

#[test]
fn a_private_jwk_is_meant_for_signing() {
    for (algorithm, jwk, _) in pairs() {
        for good in [
            with(&jwk, "alg", algorithm.name()),
            with(&jwk, "use", "sig"),
            with(&jwk, "key_ops", json!(["sign"])),
        ] {
            assert_eq!(refusal(&good, algorithm), None);
        }
        for other in [
            with(&jwk, "alg", "HS256"),
            with(&jwk, "use", "enc"),
            with(&jwk, "key_ops", json!(["verify"])),
            with(&jwk, "key_ops", json!(["decrypt"])),
        ] {
            assert_eq!(refusal(&other, algorithm), Some(JwtKeyError::NotMeantForThis));
        }
        let others = JwtAlgorithm::ALL.into_iter().filter(|other| other.key_type() != algorithm.key_type());
        for other in others {
            assert_eq!(refusal(&jwk, other), Some(JwtKeyError::WrongType), "{other}");
        }
    }
    let secret = json!({ "kty": "oct", "k": "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg" });
    assert_eq!(refusal(&secret, JwtAlgorithm::Hs256), Some(JwtKeyError::WrongType));
}

#[test]
fn a_private_number_of_a_curve_is_within_its_order() {
    let order = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    for d in [[0; 32], order, [0xff; 32]] {
        let jwk = with(&of_p256(), "d", base64::encode_url(&d));
        assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(JwtKeyError::Unreadable), "{d:x?}");
    }
    for length in [0, 31, 33] {
        let jwk = with(&of_p256(), "d", base64::encode_url(&vec![1; length]));
        assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(JwtKeyError::Unreadable), "{length}");
    }
    let jwk = with(&of_p256(), "d", base64::encode_url(&[1; 32]));
    assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(JwtKeyError::Mismatched));
    let jwk = with(&of_ed25519(), "d", base64::encode_url(&[1; 32]));
    assert_eq!(refusal(&jwk, JwtAlgorithm::EdDsa), Some(JwtKeyError::Mismatched));
}

#[test]
#[cfg(not(feature = "aws-lc-rs"))]
fn without_a_library_that_signs_with_rsa_no_private_key_of_it_is_taken() {
    let jwk = &examples()["rfc7515"]["A.2"]["jwk"];
    assert_eq!(refusal(jwk, JwtAlgorithm::Rs256), Some(JwtKeyError::NoBackend));
    assert_eq!(JwtKey::generate(JwtAlgorithm::Rs256).err(), Some(JwtKeyError::NoBackend));
    assert_eq!(JwtKey::generate(JwtAlgorithm::Es512).err(), Some(JwtKeyError::NoBackend));
}
