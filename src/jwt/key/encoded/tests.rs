//! Keys that OpenSSL wrote, in each of its forms.

use super::*;
use crate::Secret;
use crate::jwt::algorithm::KeyType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/data/keys.json")).expect("vectors")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("list").iter().map(|text| text.as_str().expect("text")).collect()
}

fn algorithm(name: &str) -> JwtAlgorithm {
    name.parse().expect("algorithm")
}

/// The bytes in a block.
fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).expect("base64")
}

/// What can be done here: `rust-crypto` has no P-521, and does not sign with RSA.
fn is_there(algorithm: JwtAlgorithm, signs: bool) -> bool {
    cfg!(feature = "aws-lc-rs")
        || algorithm != JwtAlgorithm::Es512 && !(signs && algorithm.key_type() == KeyType::Rsa)
}

#[test]
fn a_key_is_the_same_in_every_form() {
    let vectors = vectors();
    let message = vectors["message"].as_str().expect("text").as_bytes();
    let mut read = 0;
    for pair in vectors["pairs"].as_array().expect("pairs") {
        for name in texts(&pair["algorithms"]) {
            let algorithm = algorithm(name);
            let forms = [("private", true), ("public", false)];
            let forms =
                forms.map(|(half, signs)| texts(&pair[half]).into_iter().map(move |pem| (pem, signs)));
            for (pem, signs) in forms.into_iter().flatten() {
                for key in [JwtKey::from_pem(pem, algorithm), JwtKey::from_der(&der(pem), algorithm)] {
                    if !is_there(algorithm, signs) {
                        assert_eq!(key.err(), Some(JwtKeyError::NoBackend), "{name}");
                        continue;
                    }
                    let key = key.expect(pem);
                    let jwk = key.to_public_jwk().expect("public half");
                    for (member, value) in pair["jwk"].as_object().expect("object") {
                        assert_eq!(&jwk[member], value, "{member} of {name}");
                    }
                    let signature = pair["signatures"][name].as_str().expect("signature").as_bytes();
                    assert!(key.verifies(message, signature), "{name}");
                    assert!(!key.verifies(b"what was not signed", signature), "{name}");
                    assert_eq!(key.can_sign(), signs);
                    if let Some(own) = key.sign(message) {
                        assert!(key.verifies(message, crate::canonical::base64::encode_url(&own).as_bytes()));
                    }
                    read += 1;
                }
            }
        }
    }
    assert_eq!(
        read,
        if cfg!(feature = "aws-lc-rs") { 2 * (6 * 4 + 3 * 3 + 2) } else { 2 * (6 * 2 + 2 * 3 + 2) }
    );
}

#[test]
fn a_key_goes_with_its_own_algorithms_alone() {
    for pair in vectors()["pairs"].as_array().expect("pairs") {
        let own = texts(&pair["algorithms"]);
        for other in JwtAlgorithm::ALL.into_iter().filter(|other| !own.contains(&other.name())) {
            for pem in texts(&pair["private"]).into_iter().chain(texts(&pair["public"])) {
                assert_eq!(
                    JwtKey::from_pem(pem, other).err(),
                    Some(JwtKeyError::WrongType),
                    "{other} {own:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_no_key_for_tokens_is_refused_with_the_reason() {
    let vectors = vectors();
    let refused = vectors["refused"].as_array().expect("list");
    for case in refused {
        let text = |member: &str| case[member].as_str().expect("text");
        let algorithm = algorithm(text("algorithm"));
        let error = JwtKey::from_pem(text("pem"), algorithm).expect_err(text("name"));
        assert!(format!("{error:?}").starts_with(text("error")), "{}: {error:?}", text("name"));
        if !text("pem").contains("EC PARAMETERS") && !text("pem").contains("Proc-Type") {
            let error = JwtKey::from_der(&der(text("pem")), algorithm).expect_err(text("name"));
            let same = format!("{error:?}").starts_with(text("error"));
            // Without its label, there is no telling what it was to be.
            let unlabelled = match text("name") {
                "request for a certificate" => error == JwtKeyError::Certificate,
                "certificate with its trust" => error == JwtKeyError::Unreadable,
                _ => false,
            };
            assert!(same || unlabelled, "{}: {error:?}", text("name"));
        }
    }
    assert_eq!(refused.len(), 21);
}

#[test]
fn exactly_one_block_is_a_key() {
    let vectors = vectors();
    let pem = vectors["pairs"][1]["public"][0].as_str().expect("pem");
    let read = |text: &str| JwtKey::from_pem(text, JwtAlgorithm::Es256).map(drop);
    for good in [
        pem.to_owned(),
        pem.trim_end().to_owned(),
        pem.replace('\n', "\r\n"),
        format!("the key of 2026\n\n{pem}"),
        format!("{pem}\nand no other\n"),
        format!("  \n{pem}  \n"),
    ] {
        assert_eq!(read(&good), Ok(()), "{good:?}");
    }
    let body = pem.lines().nth(1).expect("line");
    for bad in [
        String::new(),
        body.to_owned(),
        format!("{pem}{pem}"),
        format!("-----BEGIN PUBLIC KEY-----\n{pem}"),
        format!("{pem}-----END PUBLIC KEY-----\n"),
        format!("-----END PUBLIC KEY-----\n{pem}"),
        format!("\u{feff}{pem}"),
        format!(" {pem}"),
        pem.replace("-----END", "----END"),
        pem.replace("=\n", "="),
        pem.replace('\n', " "),
    ] {
        assert_eq!(read(&bad), Err(JwtKeyError::NotOneBlock), "{bad:?}");
    }
    for bad in [
        pem.replace("END PUBLIC", "END PRIVATE"),
        pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        pem.replace("PUBLIC KEY", "PRIVATE KEY"),
        pem.replace("PUBLIC KEY", "EC PRIVATE KEY"),
        pem.replace(body, &format!("{body}\n")),
        pem.replace(body, &body[4..]),
        pem.replace(body, &format!("{}-{}", &body[..8], &body[9..])),
        pem.replace("PUBLIC KEY-----\n", "PUBLIC KEY-----\nComment: a\n\n"),
        pem.replace("PUBLIC KEY-----\n", "PUBLIC KEY----- x\n"),
    ] {
        assert_eq!(read(&bad), Err(JwtKeyError::Unreadable), "{bad:?}");
    }
    for label in ["OPENSSH PRIVATE KEY", "PGP PUBLIC KEY BLOCK", "public key", "CERTIFICATE REQUEST"] {
        assert_eq!(read(&pem.replace("PUBLIC KEY", label)), Err(JwtKeyError::UnknownType), "{label}");
    }
}

#[test]
fn der_is_one_whole_object() {
    for pair in vectors()["pairs"].as_array().expect("pairs") {
        let algorithm = algorithm(texts(&pair["algorithms"])[0]);
        for pem in texts(&pair["private"]).into_iter().chain(texts(&pair["public"])) {
            let der = der(pem);
            let read = |der: &[u8]| JwtKey::from_der(der, algorithm).err();
            for length in 0..der.len() {
                assert_eq!(read(&der[..length]), Some(JwtKeyError::Unreadable), "{length} of {pem}");
            }
            for after in [&[0][..], &[5, 0], &der] {
                assert_eq!(read(&[&der, after].concat()), Some(JwtKeyError::Unreadable), "{pem}");
            }
            // The length of the object with a byte too many, and left open (both BER).
            let (content, header) = match der[1] {
                0x82 => (&der[4..], vec![0x30, 0x83, 0, der[2], der[3]]),
                0x81 => (&der[3..], vec![0x30, 0x82, 0, der[2]]),
                short => (&der[2..], vec![0x30, 0x81, short]),
            };
            assert_eq!(read(&[&header[..], content].concat()), Some(JwtKeyError::Unreadable), "{pem}");
            assert_eq!(read(&[&[0x30, 0x80], content, &[0, 0]].concat()), Some(JwtKeyError::Unreadable));
        }
    }
}

/// The bytes with one run of them replaced.
fn replaced(bytes: &[u8], run: &[u8], by: &[u8]) -> Vec<u8> {
    let at = bytes.windows(run.len()).position(|window| window == run).expect("the run");
    [&bytes[..at], by, &bytes[at + run.len()..]].concat()
}

#[test]
fn the_halves_of_a_pair_belong_together() {
    let vectors = vectors();
    let pair = |n: usize| &vectors["pairs"][n];
    let number = |n: usize, member: &str| {
        let text = pair(n)["jwk"][member].as_str().expect("number");
        crate::canonical::base64::url_vec(text.as_bytes()).expect("base64url")
    };
    let other = JwtKey::generate(JwtAlgorithm::Es256).expect("key").to_public_jwk().expect("half");
    let other = |member: &str| {
        crate::canonical::base64::url_vec(other[member].as_str().expect("text").as_bytes()).expect("number")
    };
    for pem in texts(&pair(1)["private"]) {
        let (x, y) = (number(1, "x"), number(1, "y"));
        let read = |der: &[u8]| JwtKey::from_der(der, JwtAlgorithm::Es256).err();
        let point = [other("x"), other("y")].concat();
        let swapped = replaced(&der(pem), &[&x[..], &y].concat(), &point);
        assert_eq!(read(&swapped), Some(JwtKeyError::Mismatched));
        // The same x, with a y that is not on the curve.
        assert_eq!(read(&replaced(&der(pem), &y, &other("y"))), Some(JwtKeyError::Mismatched));
    }
    // PKCS#8 in its second version has a public half of Ed25519 too (RFC 8410, section 7).
    let private = der(pair(4)["private"][0].as_str().expect("pem"));
    let with = |x: &[u8]| {
        let content = [&[0x02, 0x01, 0x01], &private[5..], &[0x81, 0x21, 0x00], x].concat();
        [&[0x30, u8::try_from(content.len()).expect("length")][..], &content].concat()
    };
    let read = |der: &[u8]| JwtKey::from_der(der, JwtAlgorithm::EdDsa).map(drop);
    assert_eq!(read(&with(&number(4, "x"))), Ok(()));
    assert_eq!(read(&with(&other("x"))), Err(JwtKeyError::Mismatched));
    assert_eq!(read(&with(&other("x")[..31])), Err(JwtKeyError::Unreadable));
}

#[test]
#[cfg(feature = "aws-lc-rs")]
fn a_private_key_of_rsa_is_checked_as_a_whole() {
    use pkcs1::RsaPrivateKey;
    let vectors = vectors();
    let whole = der(vectors["pairs"][0]["private"][1].as_str().expect("pem"));
    let key = RsaPrivateKey::from_der(&whole).expect("key");
    let numbers = [
        key.modulus,
        key.private_exponent,
        key.prime1,
        key.prime2,
        key.exponent1,
        key.exponent2,
        key.coefficient,
    ];
    for number in numbers {
        let mut other = number.as_bytes().to_vec();
        *other.last_mut().expect("byte") ^= 2;
        let changed = replaced(&whole, number.as_bytes(), &other);
        assert_eq!(JwtKey::from_der(&changed, JwtAlgorithm::Rs256).err(), Some(JwtKeyError::Unreadable));
    }
}

#[test]
fn der_and_pem_never_make_a_shared_secret() {
    let pem = vectors()["pairs"][1]["public"][0].as_str().expect("pem").to_owned();
    for algorithm in [JwtAlgorithm::Hs256, JwtAlgorithm::Hs384, JwtAlgorithm::Hs512] {
        assert_eq!(JwtKey::from_pem(&pem, algorithm).err(), Some(JwtKeyError::WrongType));
        assert!(JwtKey::hmac(algorithm, Secret::from(pem.clone())).is_err());
    }
}
