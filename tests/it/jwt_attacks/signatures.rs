//! Signatures that are none, and other spellings of good ones.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtPolicy, JwtVerifier};

use super::{PAIRS, der, issue, layer, look_alike, pair};
use crate::jwt::{encode, status};
use crate::kit::NOW;

/// The order of the group of P-256 (FIPS 186-4, section D.1.2.3).
const N_OF_P256: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// `a - b`, both big-endian.
fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0_i16;
    let mut digits: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(a, b)| {
            let digit = i16::from(*a) - i16::from(*b) - borrow;
            borrow = i16::from(digit < 0);
            digit.rem_euclid(256).to_le_bytes()[0]
        })
        .collect();
    digits.reverse();
    digits
}

fn split(token: &str) -> (String, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').expect("parts");
    (signed.to_owned(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
}

#[tokio::test]
async fn signatures_at_the_edge_of_the_group_verify_nothing() {
    let key = pair(JwtAlgorithm::Es256);
    let (signed, good) = split(&issue(&key));
    let layer = layer(JwtPolicy::new(), [key]);
    let (r, s) = good.split_at(32);
    let (zero, mut one, n) = (vec![0; 32], vec![0; 32], N_OF_P256.to_vec());
    one[31] = 1;
    let above = minus(&n, &[vec![0xff; 31], vec![0xff]].concat());
    let edges = [zero, one.clone(), minus(&n, &one), n, above, vec![0xff; 32]];
    let mut tokens = Vec::new();
    for (i, a) in edges.iter().enumerate() {
        for (j, b) in edges.iter().enumerate() {
            tokens.push((format!("{i} {j}"), [a.clone(), b.clone()].concat()));
        }
        tokens.push((format!("{i} s"), [a, s].concat()));
        tokens.push((format!("r {i}"), [r, a].concat()));
    }
    let tokens = tokens.into_iter().map(|(name, of)| (name, format!("{signed}.{}", encode(of))));
    assert_eq!(look_alike(&layer, tokens).await, 48);
    for algorithm in [JwtAlgorithm::Es384, JwtAlgorithm::EdDsa, JwtAlgorithm::Rs256] {
        let key = pair(algorithm);
        let (signed, good) = split(&issue(&key));
        let layer = super::layer(JwtPolicy::new(), [key]);
        let tokens = [0, 1, 0xff].map(|byte| {
            (format!("{algorithm} {byte}"), format!("{signed}.{}", encode(vec![byte; good.len()])))
        });
        assert_eq!(look_alike(&layer, tokens).await, 3);
    }
}

#[tokio::test]
async fn a_mirrored_ecdsa_signature_makes_no_other_token() {
    // RFC 7518, section 3.4, takes s and n - s alike, so that the text of a token is no name
    // for it: its `jti` is.
    let key = pair(JwtAlgorithm::Es256);
    let issuer = JwtIssuer::new(key.clone(), Duration::from_secs(60));
    let text = issuer.issue_with("ada", NOW, serde_json::json!({ "jti": "1" })).expect("token");
    let (signed, good) = split(&text);
    let (r, s) = good.split_at(32);
    let mirrored = format!("{signed}.{}", encode([r, &minus(&N_OF_P256, s)].concat()));
    assert_ne!(mirrored, text);
    let verifier = JwtVerifier::new(JwtPolicy::new(), [key]).expect("verifier");
    for text in [&text, &mirrored] {
        assert_eq!(verifier.verify(text, NOW).expect("verified").id(), Some("1"));
    }
}

/// The signature of P-256 in DER, as other formats have it.
fn in_der(signature: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let short: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        der(2, &if short[0] < 0x80 { short } else { [vec![0], short].concat() })
    };
    let (r, s) = signature.split_at(32);
    der(0x30, &[integer(r), integer(s)].concat())
}

#[tokio::test]
async fn a_signature_in_another_form_or_length_is_refused() {
    for algorithm in PAIRS {
        let key = pair(algorithm);
        let (signed, good) = split(&issue(&key));
        let layer = layer(JwtPolicy::new(), [key]);
        let mut wrong: Vec<Vec<u8>> =
            [0, 1, 32, 63, 65, 72, 95, 97, 255, 257, 4096].map(|length| vec![0x5a; length]).into();
        wrong.push([&good[..], &[0]].concat());
        wrong.push([&[0], &good[..]].concat());
        wrong.push(good[..good.len() - 1].to_vec());
        wrong.push(good[1..].to_vec());
        wrong.push(good.iter().rev().copied().collect());
        if algorithm == JwtAlgorithm::Es256 {
            wrong.push(in_der(&good));
        }
        let count = wrong.len();
        let tokens = wrong
            .into_iter()
            .map(|of| (format!("{algorithm} {}", of.len()), format!("{signed}.{}", encode(of))));
        assert_eq!(look_alike(&layer, tokens).await, count);
    }
}

#[tokio::test]
async fn every_other_spelling_of_a_good_token_is_refused() {
    for algorithm in [JwtAlgorithm::Es256, JwtAlgorithm::Es384, JwtAlgorithm::EdDsa, JwtAlgorithm::Rs256] {
        let key = pair(algorithm);
        let text = issue(&key);
        let layer = layer(JwtPolicy::new(), [key]);
        let parts: Vec<_> = text.split('.').collect();
        let mut others = vec![
            text.replace('.', ". "),
            format!("{text}."),
            text.replace('.', "%2E"),
            text.replacen('.', "..", 1),
        ];
        for (n, part) in parts.iter().enumerate() {
            let spare = part.len() % 4;
            let last = part.as_bytes()[part.len() - 1];
            let mut spellings =
                vec![format!("{part}="), format!("{part}=="), format!("{part}A"), format!("={part}")];
            if spare != 0 {
                // The bits behind the last byte are zero in the one spelling that is canonical.
                spellings.push(format!("{}{}", &part[..part.len() - 1], char::from(last + 1)));
            }
            for (ours, theirs) in [('-', "+"), ('_', "/")] {
                if part.contains(ours) {
                    spellings.push(part.replace(ours, theirs));
                }
            }
            for spelling in spellings {
                let mut all = parts.clone();
                all[n] = &spelling;
                others.push(all.join("."));
            }
        }
        assert_eq!(status(&layer, &text).await, 200, "{algorithm}");
        for other in &others {
            // More than two dots and no `ey` in front would be claimed by nobody.
            assert_eq!(status(&layer, other).await, 401, "{other}");
        }
        assert!(others.len() > 16, "{algorithm}");
    }
}
