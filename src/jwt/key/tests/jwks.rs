//! One JWK at a time.

use super::*;

fn refusal(jwk: &Value, algorithm: JwtAlgorithm) -> Option<JwtKeyError> {
    JwtKey::from_jwk_text(&jwk.to_string(), algorithm).err()
}

fn rsa(n: &[u8], e: &[u8]) -> Value {
    json!({ "kty": "RSA", "n": base64::encode_url(n), "e": base64::encode_url(e) })
}

/// A modulus of so many bits, which nobody has the primes of.
fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] >>= (8 - bits % 8) % 8;
    bytes
}

const F4: [u8; 3] = [1, 0, 1];

#[test]
fn a_weak_key_of_rsa_is_refused() {
    for algorithm in [JwtAlgorithm::Rs256, JwtAlgorithm::Ps512] {
        let refusal = |n: &[u8], e: &[u8]| refusal(&rsa(n, e), algorithm);
        assert_eq!(refusal(&modulus(2048), &F4), None);
        for bits in [512, 1024, 2040, 2047] {
            assert_eq!(refusal(&modulus(bits), &F4), Some(JwtKeyError::ShortModulus { bits }));
        }
        assert_eq!(refusal(&modulus(8193), &F4), Some(JwtKeyError::UnfitModulus));
        let even = [&modulus(2040)[..], &[0xfe]].concat();
        assert_eq!(refusal(&even, &F4), Some(JwtKeyError::UnfitModulus));
        for e in [&[1][..], &[3], &[17], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2], &[1, 0, 0, 0, 1]] {
            assert_eq!(refusal(&modulus(2048), e), Some(JwtKeyError::UnfitExponent), "{e:?}");
        }
        for e in [&[1, 0, 3][..], &[0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(refusal(&modulus(2048), e), None, "{e:?}");
        }
        // The longest that either backend verifies with.
        let longest = if cfg!(feature = "aws-lc-rs") { 8192 } else { 4096 };
        assert_eq!(refusal(&modulus(longest), &F4), None);
        if longest < 8192 {
            assert_eq!(refusal(&modulus(longest + 1), &F4), Some(JwtKeyError::NoBackend));
        }
    }
}

#[test]
fn numbers_are_written_in_one_way() {
    let (n, algorithm) = (modulus(2048), JwtAlgorithm::Rs256);
    let zero_before = |number: &[u8]| [&[0], number].concat();
    for jwk in [rsa(&zero_before(&n), &F4), rsa(&n, &zero_before(&F4)), rsa(&[], &F4), rsa(&n, &[])] {
        assert_eq!(refusal(&jwk, algorithm), Some(JwtKeyError::Unreadable), "{jwk}");
    }
    // The last two have bits behind their last byte.
    for e in ["AQAB=", "AQAB==", "AQ AB", "AQAB\n", " AQAB", "AQABA", "AQ==", "_Q+B", "ÄQAB", "AR", "AQB"] {
        let jwk = with(&rsa(&n, &F4), "e", e);
        assert_eq!(refusal(&jwk, algorithm), Some(JwtKeyError::Unreadable), "{jwk}");
    }
    let x = of_p256()["x"].as_str().expect("x").to_owned();
    let tail = format!("{}V", x.strip_suffix('U').expect("the last six bits"));
    for other in [tail, format!("{x}="), format!("{x}AA"), x[..42].to_owned(), String::new()] {
        let jwk = with(&of_p256(), "x", other);
        assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(JwtKeyError::Unreadable), "{jwk}");
    }
}

#[test]
fn a_coordinate_is_as_long_as_its_curve_wants() {
    for (curve, algorithm, length) in [
        ("P-256", JwtAlgorithm::Es256, 32),
        ("P-384", JwtAlgorithm::Es384, 48),
        ("P-521", JwtAlgorithm::Es512, 66),
    ] {
        for (x, y) in [(length - 1, length), (length, length - 1), (length + 1, length), (length, 0)] {
            let number = |length: usize| base64::encode_url(&vec![1; length]);
            let jwk = json!({ "kty": "EC", "crv": curve, "x": number(x), "y": number(y) });
            assert_eq!(refusal(&jwk, algorithm), Some(JwtKeyError::Unreadable), "{jwk}");
        }
    }
    for length in [0, 31, 33, 57, 64] {
        let jwk = with(&of_ed25519(), "x", base64::encode_url(&vec![7; length]));
        assert_eq!(refusal(&jwk, JwtAlgorithm::EdDsa), Some(JwtKeyError::Unreadable), "{jwk}");
    }
}

#[test]
fn a_point_lies_on_its_curve() {
    assert_eq!(refusal(&of_p256(), JwtAlgorithm::Es256), None);
    let number = |byte: u8, length: usize| base64::encode_url(&vec![byte; length]);
    let y_minus_one = {
        let mut y = base64::url_vec(of_p256()["y"].as_str().expect("y").as_bytes()).expect("y");
        *y.last_mut().expect("byte") ^= 1;
        base64::encode_url(&y)
    };
    for jwk in [
        with(&of_p256(), "y", of_p256()["x"].clone()),
        with(&of_p256(), "y", y_minus_one),
        with(&with(&of_p256(), "x", number(0, 32)), "y", number(0, 32)),
        with(&with(&of_p256(), "x", number(0xff, 32)), "y", number(0xff, 32)),
    ] {
        assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(JwtKeyError::Unreadable), "{jwk}");
    }
    let others = [("P-384", JwtAlgorithm::Es384, 48), ("P-521", JwtAlgorithm::Es512, 66)];
    for (curve, algorithm, length) in others {
        let is_there = cfg!(feature = "aws-lc-rs") || algorithm != JwtAlgorithm::Es512;
        let expected = if is_there { JwtKeyError::Unreadable } else { JwtKeyError::NoBackend };
        for byte in [0, 1, 0xff] {
            let jwk =
                json!({ "kty": "EC", "crv": curve, "x": number(byte, length), "y": number(byte, length) });
            assert_eq!(refusal(&jwk, algorithm), Some(expected), "{jwk}");
        }
    }
}

#[test]
fn a_point_of_small_order_or_in_another_spelling_is_refused() {
    let mut of_order_8 = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let bytes = |first: u8, middle: u8, last: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    let mut refused = vec![
        // The eight: of order 1, 2, 4, 4, and 8 four times.
        bytes(1, 0, 0),
        bytes(0xec, 0xff, 0x7f),
        bytes(0, 0, 0),
        bytes(0, 0, 0x80),
        of_order_8[0],
        of_order_8[1],
        // Zero with a sign.
        bytes(1, 0, 0x80),
        bytes(0xec, 0xff, 0xff),
    ];
    for point in &mut of_order_8 {
        point[31] |= 0x80;
        refused.push(*point);
    }
    // 2^255 - 19 and what is above it: the numbers 0 to 18 again.
    for first in 0xed..=0xff {
        refused.extend([bytes(first, 0xff, 0x7f), bytes(first, 0xff, 0xff)]);
    }
    for point in refused {
        let jwk = with(&of_ed25519(), "x", base64::encode_url(&point));
        assert_eq!(refusal(&jwk, JwtAlgorithm::EdDsa), Some(JwtKeyError::UnfitPoint), "{point:x?}");
    }
    assert_eq!(refusal(&of_ed25519(), JwtAlgorithm::EdDsa), None);
}

/// Of Ed25519 one of the libraries looks only when it verifies.
#[test]
fn a_key_that_is_no_point_of_ed25519_verifies_nothing() {
    let mut x = [0; 32];
    x[0] = 2;
    let jwk = with(&of_ed25519(), "x", base64::encode_url(&x));
    match JwtKey::from_jwk_text(&jwk.to_string(), JwtAlgorithm::EdDsa) {
        Err(error) => assert_eq!(error, JwtKeyError::Unreadable),
        Ok(key) => {
            for signature in [[0; 64], [1; 64], [0xff; 64]] {
                assert!(!key.verifies(b"a", base64::encode_url(&signature).as_bytes()));
            }
        }
    }
}

#[test]
fn a_jwk_is_of_the_type_that_the_algorithm_wants() {
    let rsa = rsa(&modulus(2048), &F4);
    let of = |algorithm: JwtAlgorithm| match algorithm.key_type() {
        crate::jwt::algorithm::KeyType::Rsa => &rsa,
        _ => &Value::Null,
    };
    for algorithm in JwtAlgorithm::ALL {
        for jwk in [of_p256(), of_ed25519(), rsa.clone()] {
            let own = match jwk["kty"].as_str() {
                Some("EC") => algorithm == JwtAlgorithm::Es256,
                Some("OKP") => algorithm == JwtAlgorithm::EdDsa,
                _ => !of(algorithm).is_null(),
            };
            assert_eq!(refusal(&jwk, algorithm), (!own).then_some(JwtKeyError::WrongType), "{algorithm}");
        }
    }
    let wrong = [
        (with(&of_p256(), "crv", "P-384"), JwtKeyError::WrongType),
        (with(&of_p256(), "crv", "secp256k1"), JwtKeyError::UnknownType),
        (with(&of_p256(), "crv", "p-256"), JwtKeyError::UnknownType),
        (with(&of_p256(), "crv", "Ed25519"), JwtKeyError::UnknownType),
        (with(&of_p256(), "kty", "ec"), JwtKeyError::UnknownType),
        (with(&of_p256(), "kty", "OKP"), JwtKeyError::UnknownType),
        (with(&of_p256(), "kty", "RSA"), JwtKeyError::WrongType),
        (with(&of_p256(), "kty", 1), JwtKeyError::Unreadable),
        (with(&of_p256(), "kty", Value::Null), JwtKeyError::Unreadable),
        (without(&of_p256(), "kty"), JwtKeyError::Unreadable),
        (without(&of_p256(), "crv"), JwtKeyError::Unreadable),
        (without(&of_p256(), "x"), JwtKeyError::Unreadable),
        (without(&of_p256(), "y"), JwtKeyError::Unreadable),
        (with(&of_p256(), "y", Value::Null), JwtKeyError::Unreadable),
        (with(&of_p256(), "kid", 1), JwtKeyError::Unreadable),
        (with(&of_p256(), "kid", Value::Null), JwtKeyError::Unreadable),
    ];
    for (jwk, error) in wrong {
        assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(error), "{jwk}");
    }
}

#[test]
fn a_jwk_says_what_it_is_meant_for() {
    for good in [
        with(&of_p256(), "use", "sig"),
        with(&of_p256(), "alg", "ES256"),
        with(&of_p256(), "key_ops", json!(["verify"])),
        with(&of_p256(), "key_ops", json!(["sign", "verify", "made-up"])),
        with(&of_p256(), "x5c", json!([1, { "a": null }])),
    ] {
        assert_eq!(refusal(&good, JwtAlgorithm::Es256), None, "{good}");
    }
    for other in [
        with(&of_p256(), "use", "enc"),
        with(&of_p256(), "use", "SIG"),
        with(&of_p256(), "use", ""),
        with(&of_p256(), "alg", "ES384"),
        with(&of_p256(), "alg", "es256"),
        with(&of_p256(), "alg", "none"),
        with(&of_p256(), "key_ops", json!([])),
        with(&of_p256(), "key_ops", json!(["sign"])),
        with(&of_p256(), "key_ops", json!(["encrypt", "deriveKey"])),
        with(&with(&of_p256(), "use", "sig"), "key_ops", json!(["encrypt"])),
        with(&with(&of_p256(), "use", "enc"), "key_ops", json!(["verify"])),
    ] {
        assert_eq!(refusal(&other, JwtAlgorithm::Es256), Some(JwtKeyError::NotMeantForThis), "{other}");
    }
    for bad in [
        with(&of_p256(), "use", 1),
        with(&of_p256(), "use", Value::Null),
        with(&of_p256(), "alg", json!(["ES256"])),
        with(&of_p256(), "key_ops", "verify"),
        with(&of_p256(), "key_ops", json!(["verify", "verify"])),
        with(&of_p256(), "key_ops", json!(["verify", "sign", "sign"])),
        with(&of_p256(), "key_ops", json!(["verify", 1])),
        with(&of_p256(), "key_ops", (0..17).map(|n| n.to_string()).collect::<Vec<_>>()),
    ] {
        assert_eq!(refusal(&bad, JwtAlgorithm::Es256), Some(JwtKeyError::Unreadable), "{bad}");
    }
}

#[test]
fn every_name_of_a_jwk_is_there_once() {
    let whole = with(&with(&with(&of_p256(), "kid", "a"), "alg", "ES256"), "key_ops", json!(["verify"]));
    let text = with(&with(&whole, "use", "sig"), "x5t", "a").to_string();
    assert_eq!(JwtKey::from_jwk_text(&text, JwtAlgorithm::Es256).map(drop), Ok(()));
    let members: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("object");
    for (name, value) in &members {
        let doubled = text.replacen('{', &format!("{{\"{name}\":{value},"), 1);
        let escaped =
            text.replacen('{', &format!("{{\"\\u{:04x}{}\":{value},", name.as_bytes()[0], &name[1..]), 1);
        for bad in [doubled, escaped] {
            let refused = JwtKey::from_jwk_text(&bad, JwtAlgorithm::Es256).err();
            assert_eq!(refused, Some(JwtKeyError::Unreadable), "{bad}");
        }
    }
    let text = of_p256().to_string();
    for more in [r#""z":{"a":1,"a":1}"#, r#""z":[{"a":[{"b":1,"b":2}]}]"#, r#""z":1e400"#, r#""z":NaN"#] {
        let bad = text.replacen('{', &format!("{{{more},"), 1);
        let refused = JwtKey::from_jwk_text(&bad, JwtAlgorithm::Es256).err();
        assert_eq!(refused, Some(JwtKeyError::Unreadable), "{bad}");
    }
    for bad in [format!("{text}{text}"), format!("[{text}]"), format!("\u{feff}{text}"), String::new()] {
        let refused = JwtKey::from_jwk_text(&bad, JwtAlgorithm::Es256).err();
        assert_eq!(refused, Some(JwtKeyError::Unreadable), "{bad}");
    }
}

#[test]
fn a_private_jwk_is_no_public_key() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        for value in [json!("AQ"), json!(1), json!([]), Value::Null] {
            let jwk = with(&of_p256(), name, value);
            assert_eq!(refusal(&jwk, JwtAlgorithm::Es256), Some(JwtKeyError::Private), "{jwk}");
        }
    }
}
