//! Attacks on tokens that others have fallen for, as a client sees them.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{
    JwkRules, JwtAlgorithm, JwtIssuer, JwtKey, JwtKeyError, JwtKeySet, JwtKeySetError, JwtKeySource,
    JwtPolicy, JwtVerifier, KeysUnavailable,
};
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, FrozenClock, Timestamp};
use serde_json::Value;

use crate::jwt::{CLAIMS, HEADER, INVALID, SECRET, but, encode, good, jwt_of, key, refused, status, token};
use crate::kit::NOW;

fn layer(
    policy: JwtPolicy,
    keys: impl IntoIterator<Item = JwtKey>,
) -> AuthLayer<impl Authenticator<Principal = StoredPrincipal> + use<>> {
    let keys: Vec<_> = keys.into_iter().collect();
    AuthLayer::new(jwt_of(policy, keys)).with_clock(FrozenClock::at(NOW))
}

/// Asserts that all of these are refused with the same status, challenge and body.
async fn look_alike<A>(layer: &AuthLayer<A>, tokens: impl IntoIterator<Item = (String, String)>) -> usize
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let mut first = None;
    let mut count = 0;
    for (name, token) in tokens {
        let answer = refused(layer, &name, &format!("Bearer {token}")).await;
        assert_eq!(answer.header("www-authenticate"), INVALID, "{name}");
        assert_eq!(&answer, first.get_or_insert_with(|| answer_of(&answer)), "{name}");
        count += 1;
    }
    count
}

fn answer_of(answer: &crate::kit::Answer) -> crate::kit::Answer {
    crate::kit::Answer { status: answer.status, headers: answer.headers.clone(), body: answer.body.clone() }
}

/// Any header over any claims, with an HMAC by any secret.
fn mac(algorithm: HmacAlgorithm, secret: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let tag = HmacKey::new(algorithm, &secret.to_vec().into()).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", encode(tag.expose()))
}

fn pair(algorithm: JwtAlgorithm) -> JwtKey {
    JwtKey::generate(algorithm).expect("pair")
}

fn issue(key: &JwtKey) -> String {
    JwtIssuer::new(key.clone(), Duration::from_secs(60)).issue("ada", NOW).expect("token")
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/data/jwt_tokens.json")).expect("vectors")
}

const PAIRS: [JwtAlgorithm; 5] =
    [JwtAlgorithm::Es256, JwtAlgorithm::Es384, JwtAlgorithm::EdDsa, JwtAlgorithm::Rs256, JwtAlgorithm::Ps256];

#[tokio::test]
async fn no_kind_of_key_takes_a_token_without_an_algorithm() {
    for algorithm in PAIRS {
        let key = pair(algorithm);
        let good = issue(&key);
        let layer = layer(JwtPolicy::new(), [key]);
        assert_eq!(status(&layer, &good).await, 200, "{algorithm}");
        let (_, signature) = good.rsplit_once('.').expect("parts");
        let names = ["none", "None", "nOnE", "NONE", "", " none", "HS256", "XS256", "HS257", "ES256K", "dir"];
        let headers = names.map(|name| format!(r#"{{"alg":"{name}"}}"#));
        let others = [
            "{}",
            r#"{"alg":null}"#,
            r#"{"alg":1}"#,
            r#"{"alg":["ES256"]}"#,
            r#"{"alg":"ES256","alg":"none"}"#,
        ];
        let headers = headers.into_iter().chain(others.map(str::to_owned));
        let tokens = headers.flat_map(|header| {
            let signed = format!("{}.{}", encode(&header), encode(CLAIMS));
            let long = "A".repeat(signature.len());
            ["", "x", signature, long.as_str()]
                .map(|signature| (format!("{header} {signature}"), format!("{signed}.{signature}")))
        });
        assert_eq!(look_alike(&layer, tokens).await, 64, "{algorithm}");
    }
}

/// A value of DER: its tag, its length, itself.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match value.len() {
        0..128 => vec![tag, value.len().to_le_bytes()[0]],
        _ => [&[tag, 0x80 | length.len().to_le_bytes()[0]], &*length].concat(),
    };
    [head, value.to_vec()].concat()
}

fn pem(label: &str, der: &[u8], end: &str) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ascii")).collect();
    format!("-----BEGIN {label}-----{end}{}{end}-----END {label}-----", lines.join(end))
}

/// Every text and every byte string that the public RSA key `jwk` is commonly written as.
fn spellings(jwk: &Value) -> Vec<Vec<u8>> {
    let number =
        |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("a number")).expect("base64url");
    let integer = |name| {
        let number = number(name);
        der(2, &if number[0] < 0x80 { number } else { [vec![0], number].concat() })
    };
    let pkcs1 = der(0x30, &[integer("n"), integer("e")].concat());
    let rsa = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let spki = der(0x30, &[der(0x30, &rsa), der(3, &[vec![0], pkcs1.clone()].concat())].concat());
    let mut texts = Vec::new();
    for (label, of) in [("PUBLIC KEY", &spki), ("RSA PUBLIC KEY", &pkcs1), ("CERTIFICATE", &spki)] {
        texts.extend(["\n", "\r\n"].map(|end| pem(label, of, end)));
        texts.push(STANDARD.encode(of));
    }
    let (n, e) = (jwk["n"].as_str().expect("n"), jwk["e"].as_str().expect("e"));
    texts.push(jwk.to_string());
    texts.push(format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#));
    texts.push(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    texts.push(n.to_owned());
    let mut all = vec![pkcs1, spki, number("n"), number("e")];
    for text in texts {
        let around =
            [("", "\n"), ("", "\r\n"), ("", ""), (" ", ""), ("\n", "\n"), ("\u{feff}", ""), ("", "\0")];
        all.extend(around.map(|(before, after)| format!("{before}{text}{after}").into_bytes()));
    }
    all
}

#[tokio::test]
async fn a_public_key_is_never_a_shared_secret() {
    let jwk = vectors()["profiles"]["rs"]["key"].clone();
    let public = |algorithm, id| {
        let key = JwtKey::from_jwk_text(&jwk.to_string(), algorithm).expect("key");
        if id { key.with_id("k") } else { key }
    };
    let macs = [
        ("HS256", HmacAlgorithm::Sha256),
        ("HS384", HmacAlgorithm::Sha384),
        ("HS512", HmacAlgorithm::Sha512),
    ];
    let spellings = spellings(&jwk);
    for with_id in [true, false] {
        // Alone, and beside a shared secret of the same issuer under the same id.
        let alone = vec![public(JwtAlgorithm::Rs256, with_id), public(JwtAlgorithm::Ps256, false)];
        let secret = if with_id { key(SECRET).with_id("k") } else { key(SECRET) };
        let both = [alone.clone(), vec![secret]].concat();
        for keys in [alone, both] {
            let layer = layer(JwtPolicy::new(), keys);
            let tokens = spellings.iter().enumerate().flat_map(|(n, spelling)| {
                macs.iter().flat_map(move |(name, algorithm)| {
                    let headers = [
                        format!(r#"{{"alg":"{name}"}}"#),
                        format!(r#"{{"alg":"{name}","kid":"k"}}"#),
                        r#"{"alg":"RS256","kid":"k"}"#.to_owned(),
                    ];
                    headers
                        .map(|header| (format!("{n} {header}"), mac(*algorithm, spelling, &header, CLAIMS)))
                })
            });
            assert_eq!(look_alike(&layer, tokens).await, spellings.len() * 9);
        }
    }
    assert_eq!(spellings.len(), 4 + 13 * 7);
}

#[tokio::test]
async fn the_algorithm_of_a_published_key_is_not_the_tokens_choice() {
    let jwk = vectors()["profiles"]["rs"]["key"].clone();
    assert!(jwk.get("alg").is_none());
    let set = serde_json::json!({ "keys": [jwk] }).to_string();
    let refused = JwtKeySet::from_json(&set, &JwkRules::new());
    assert!(matches!(refused, Err(JwtKeySetError::Key(_, JwtKeyError::NoAlgorithm))), "{refused:?}");
    let rules = JwkRules::new().with_rsa_algorithm(JwtAlgorithm::Rs256);
    let keys = JwtKeySet::from_json(&set, &rules).expect("set").keys().to_vec();
    let layer = layer(JwtPolicy::new(), keys);
    let vectors = vectors();
    let case = |name: &str| {
        let cases = vectors["cases"].as_array().expect("cases").iter();
        let mut named = cases.filter(|case| case["name"] == name);
        named.next().and_then(|case| case["token"].as_str()).expect("a token").to_owned()
    };
    assert_eq!(status(&layer, &case("ok-rs256")).await, 200);
    let tokens = ["ok-ps256", "ok-hs256", "confusion-rs-as-hs-pem-rs", "confusion-rs-as-hs-jwk-json-rs"];
    let tokens = tokens.map(|name| (name.to_owned(), case(name)));
    assert_eq!(look_alike(&layer, tokens).await, 4);
}

#[tokio::test]
async fn an_id_that_two_published_keys_have_is_nobodys() {
    let profiles = &vectors()["profiles"];
    let with_id = |profile: &str, id: &str, alg: &str| {
        let mut jwk = profiles[profile]["key"].clone();
        jwk["kid"] = id.into();
        jwk["alg"] = alg.into();
        jwk
    };
    let other = pair(JwtAlgorithm::Es256).with_id("e");
    let (rs, ps, es) =
        (with_id("rs", "k", "RS256"), with_id("ps", "k", "PS256"), with_id("es", "k", "ES256"));
    let read = |keys: &[&Value]| {
        let mut dropped = Vec::new();
        let text = serde_json::json!({ "keys": keys }).to_string();
        let set = JwtKeySet::read(&text, &JwkRules::new(), |which, error| dropped.push((which.place, error)));
        (set.expect("set").keys().to_vec(), dropped)
    };
    // The same id under another type stays.
    let (keys, dropped) = read(&[&rs, &es]);
    assert_eq!((keys.len(), dropped.len()), (2, 0));
    let (keys, dropped) = read(&[&rs, &es, &ps]);
    let repeated = JwtKeyError::RepeatedId;
    assert_eq!((keys.len(), dropped), (1, vec![(1, repeated), (3, repeated)]));
    let layer = layer(JwtPolicy::new(), keys.into_iter().chain([other.clone()]));
    assert_eq!(status(&layer, &issue(&other)).await, 200);
    let header = |alg: &str| encode(format!(r#"{{"alg":"{alg}","kid":"k"}}"#));
    let tokens = [("RS256", 342), ("PS256", 342), ("ES256", 86)].map(|(alg, length)| {
        (alg.to_owned(), format!("{}.{}.{}", header(alg), encode(CLAIMS), "A".repeat(length)))
    });
    assert_eq!(look_alike(&layer, tokens).await, 3);
}

#[tokio::test]
async fn a_kid_reaches_nothing_whatever_it_looks_like() {
    let layer = layer(JwtPolicy::new().with_max_token_len(4 << 20), [key(SECRET).with_id("k")]);
    let long = "k".repeat(1 << 20);
    let kids = [
        "../../dev/null",
        "/etc/passwd",
        "' UNION SELECT 'k'--",
        "http://127.0.0.1/",
        "k\\u0000",
        "|id",
        &long,
    ];
    let tokens = kids.map(|kid| {
        (kid.get(..20).unwrap_or(kid).to_owned(), {
            token(format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), CLAIMS)
        })
    });
    assert_eq!(look_alike(&layer, tokens).await, 7);
    assert_eq!(status(&layer, &token(r#"{"alg":"HS256","kid":"k"}"#, CLAIMS)).await, 200);
}

#[tokio::test]
async fn a_key_that_the_token_brings_is_not_used() {
    let vectors = vectors();
    let mut count = 0;
    for case in vectors["cases"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        if !name.starts_with("embedded-") {
            continue;
        }
        let profile = &vectors["profiles"][case["profile"].as_str().expect("a profile")];
        let keys = match profile.get("jwks") {
            Some(set) => {
                JwtKeySet::from_json(&set.to_string(), &JwkRules::new()).expect("set").keys().to_vec()
            }
            None => {
                vec![JwtKey::from_jwk_text(&profile["key"].to_string(), JwtAlgorithm::Es256).expect("key")]
            }
        };
        let token = (name.to_owned(), case["token"].as_str().expect("a token").to_owned());
        count += look_alike(&layer(JwtPolicy::new(), keys), [token]).await;
    }
    assert_eq!(count, 2);
    // Whatever brings it, the token's own key changes nothing about a good token either.
    let header = |more: &str| format!(r#"{{"alg":"HS256",{more}}}"#);
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let own = format!(r#"{{"kty":"oct","k":"{}"}}"#, encode("mN3Yj0iPS4hcgUuTwjAzZr1Z9CAowKObT7qv"));
    for more in [
        format!(r#""jwk":{own}"#),
        r#""jku":"http://127.0.0.1:1/""#.to_owned(),
        r#""x5c":["AA=="]"#.to_owned(),
    ] {
        assert_eq!(status(&layer, &token(header(&more), CLAIMS)).await, 200, "{more}");
        let forged =
            mac(HmacAlgorithm::Sha256, b"mN3Yj0iPS4hcgUuTwjAzZr1Z9CAowKObT7qv", &header(&more), CLAIMS);
        assert_eq!(status(&layer, &forged).await, 401, "{more}");
    }
}

#[tokio::test]
async fn a_critical_extension_is_understood_to_the_letter_or_refused() {
    let understood = JwtPolicy::new().understand_critical("https://example.com/until").expect("policy");
    let layer = layer(understood, [key(SECRET)]);
    let with = |crit: &str, more: &str| token(format!(r#"{{"alg":"HS256","crit":{crit}{more}}}"#), CLAIMS);
    let until = r#","https://example.com/until":7"#;
    assert_eq!(status(&layer, &with(r#"["https://example.com/until"]"#, until)).await, 200);
    assert_eq!(status(&layer, &token(format!(r#"{{"alg":"HS256"{until}}}"#), CLAIMS)).await, 200);
    let tokens = [
        (r#"["https://example.com/until"]"#, ""),
        (r#"["https://example.com/until","https://example.com/until"]"#, until),
        (r#"["https://example.com/until","x"]"#, until),
        (r#"["https://example.com/until","x"]"#, r#","https://example.com/until":7,"x":1"#),
        (r#"["x"]"#, r#","x":1"#),
        (r#"["https://example.com/until","alg"]"#, until),
        (r#"["https://example.com/until","b64"]"#, r#","https://example.com/until":7,"b64":false"#),
        (r#"["b64"]"#, r#","b64":false"#),
        (r#"["b64"]"#, r#","b64":true"#),
        (r#"["https://example.com/UNTIL"]"#, until),
        (r#""https://example.com/until""#, until),
        (r#"{"https://example.com/until":1}"#, until),
        ("[[]]", until),
        ("[null]", until),
        ("[]", until),
        ("null", until),
    ];
    let tokens = tokens.map(|(crit, more)| (format!("{crit}{more}"), with(crit, more)));
    assert_eq!(look_alike(&layer, tokens).await, 16);
}

#[test]
fn an_understood_extension_can_be_read_once_the_token_is_verified() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Extension {
        until: u32,
    }
    let policy = JwtPolicy::new().understand_critical("until").expect("policy");
    let verifier = JwtVerifier::new(policy, [key(SECRET)]).expect("verifier");
    let read = |header: &str| verifier.verify(&token(header, CLAIMS), NOW).expect("verified");
    let with = read(r#"{"alg":"HS256","crit":["until"],"until":7}"#);
    assert_eq!(with.critical_header::<Extension>().expect("header"), Some(Extension { until: 7 }));
    let wrong = read(r#"{"alg":"HS256","crit":["until"],"until":"7"}"#);
    assert!(wrong.critical_header::<Extension>().is_err());
    let without = read(r#"{"alg":"HS256","until":7}"#);
    assert_eq!(without.critical_header::<Extension>().expect("none"), None);
}

#[tokio::test]
async fn a_nested_token_is_refused_and_other_content_types_are_passed_over() {
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let with = |cty: &str| token(format!(r#"{{"alg":"HS256","cty":"{cty}"}}"#), CLAIMS);
    assert_eq!(status(&layer, &with("x;v=1")).await, 200);
    let tokens = ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"].map(|cty| (cty.to_owned(), with(cty)));
    let nested = token(r#"{"alg":"HS256","cty":"JWT"}"#, good());
    let tokens = tokens.into_iter().chain([
        ("nested".to_owned(), nested),
        ("nested in silence".to_owned(), token(HEADER, good())),
        ("a quoted one".to_owned(), token(HEADER, format!("\"{}\"", good()))),
    ]);
    assert_eq!(look_alike(&layer, tokens).await, 7);
}

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
        let layer = self::layer(JwtPolicy::new(), [key]);
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

#[tokio::test]
async fn other_serialisations_and_encrypted_tokens_are_refused() {
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let good = good();
    let parts: Vec<_> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let jwe = encode(r#"{"alg":"dir","enc":"A128GCM"}"#);
    let zipped = encode(r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#);
    let tokens = [
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("six parts", format!("{good}.{good}")),
        ("encrypted", format!("{jwe}..{}.{}.{}", encode([1; 12]), encode([2; 64]), encode([3; 16]))),
        (
            "encrypted and zipped",
            format!("{zipped}..{}.{}.{}", encode([1; 12]), encode([2; 64]), encode([3; 16])),
        ),
        ("encrypted to the secret", format!("{jwe}.{claims}.{signature}")),
        ("signed with enc", token(r#"{"alg":"HS256","enc":"A128GCM","zip":"DEF"}"#, CLAIMS)),
        ("zipped", token(r#"{"alg":"HS256","zip":"DEF"}"#, CLAIMS)),
        (
            "flattened",
            format!(r#"ey{{"protected":"{header}","payload":"{claims}","signature":"{signature}"}}"#),
        ),
    ];
    assert_eq!(look_alike(&layer, tokens.map(|(name, token)| (name.to_owned(), token))).await, 9);
    let json = format!(r#"{{"protected":"{header}","payload":"{claims}","signature":"{signature}"}}"#);
    for other in
        [json.clone(), format!(r#"{{"signatures":[{json}]}}"#), format!("{json}.{claims}.{signature}")]
    {
        assert_eq!(status(&layer, &other).await, 401, "{other}");
    }
}

#[tokio::test]
async fn nesting_without_end_is_refused_without_an_end_of_the_stack() {
    let policy = JwtPolicy::new().with_max_token_len(4 << 20).with_max_header_len(4 << 20);
    let layer = layer(policy, [key(SECRET)]);
    let mut tokens = Vec::new();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"[{"a":"#, "}]")] {
        for depth in [64, 100_000] {
            let deep = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            tokens
                .push((format!("header {depth}"), token(format!(r#"{{"alg":"HS256","x":{deep}}}"#), CLAIMS)));
            tokens.push((format!("claims {depth}"), token(HEADER, but("7", &deep))));
            tokens.push((format!("open {depth}"), token(HEADER, open.repeat(depth))));
        }
    }
    assert_eq!(look_alike(&layer, tokens).await, 18);
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_decoded() {
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let padded = |length: usize| token(HEADER, but("ada", &"a".repeat(length)));
    let long_header =
        |length: usize| token(format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(length)), CLAIMS);
    assert_eq!(status(&layer, &padded(4000)).await, 200);
    assert_eq!(status(&layer, &long_header(3000)).await, 200);
    let over = long_header(3060);
    assert!(over.len() < 8 * 1024 && over.find('.').is_some_and(|at| at > 4 * 1024));
    let tokens = [
        ("a token of over 8 KiB", padded(6000)),
        ("one of 16 KiB", padded(12 * 1024)),
        ("a header of over 4 KiB", over),
        ("a header of 20 KiB", long_header(20 * 1024)),
    ];
    assert_eq!(look_alike(&layer, tokens.map(|(name, token)| (name.to_owned(), token))).await, 4);
}

#[tokio::test]
async fn moments_of_another_type_are_refused_wherever_they_are() {
    let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("shop");
    let layer = layer(policy, [key(SECRET)]);
    assert_eq!(status(&layer, &good()).await, 200);
    let values = [
        r#""1700000060""#,
        r#""NaN""#,
        r#""Infinity""#,
        "NaN",
        "-1",
        "-1.5",
        "1e400",
        "-1e400",
        "18446744073709551616",
        "9223372036854775808",
        "1700000060000",
        "null",
        "true",
        "[]",
        "[1700000060]",
        r#"{"a":1}"#,
        "0x10",
        "1_000",
    ];
    let mut tokens = Vec::new();
    for claim in [r#""exp":1700000060"#, r#""nbf":1699999990"#, r#""iat":1699999990"#] {
        let (name, _) = claim.split_once(':').expect("a name");
        tokens.extend(
            values.map(|value| {
                (format!("{name} {value}"), token(HEADER, but(claim, &format!("{name}:{value}"))))
            }),
        );
    }
    for (claim, name) in
        [(r#""iss":"https://issuer.example""#, "iss"), (r#""aud":"shop""#, "aud"), (r#""sub":"ada""#, "sub")]
    {
        for value in ["123", "{}", "null", "true", "[[\"shop\"]]", r#"["shop",7]"#, "\"\"", "[]"] {
            // An empty subject maps to somebody in this test.
            if (name, value) != ("sub", "\"\"") {
                tokens.push((
                    format!("{name} {value}"),
                    token(HEADER, but(claim, &format!(r#""{name}":{value}"#))),
                ));
            }
        }
    }
    let without = [r#""iss":"https://issuer.example","#, r#""aud":"shop","#]
        .map(|claim| (claim.to_owned(), token(HEADER, but(claim, ""))));
    tokens.extend(without);
    assert_eq!(look_alike(&layer, tokens).await, 54 + 23 + 2);
}

#[tokio::test]
async fn a_life_that_is_too_long_or_begins_in_the_future_is_refused() {
    let hour = Duration::from_secs(3600);
    let layer = layer(JwtPolicy::new().with_max_lifetime(hour).with_max_age(hour), [key(SECRET)]);
    let living = |iat: i64, exp: i64| token(HEADER, format!(r#"{{"sub":"ada","iat":{iat},"exp":{exp}}}"#));
    let now = NOW.as_unix_seconds();
    assert_eq!(status(&layer, &living(now, now + 3600)).await, 200);
    assert_eq!(status(&layer, &living(now - 3599, now + 1)).await, 200);
    let tokens = [
        ("ten years", living(now, now + 315_360_000)),
        ("a second too long", living(now, now + 3601)),
        ("from an hour on", living(now + 3600, now + 7200)),
        ("issued too long ago", living(now - 3601, now + 1)),
        ("the year 9999", living(now, 253_402_300_799)),
        ("no iat", token(HEADER, format!(r#"{{"sub":"ada","exp":{}}}"#, now + 60))),
        ("ends before it begins", living(now, now - 1)),
    ];
    assert_eq!(look_alike(&layer, tokens.map(|(name, token)| (name.to_owned(), token))).await, 7);
}

#[test]
fn a_secret_that_could_be_guessed_makes_no_key() {
    let hmac = |algorithm, secret: &str| JwtKey::hmac(algorithm, secret.into()).map(drop);
    for (algorithm, shortest) in
        [(JwtAlgorithm::Hs256, 32), (JwtAlgorithm::Hs384, 48), (JwtAlgorithm::Hs512, 64)]
    {
        assert_eq!(hmac(algorithm, &SECRET[..shortest]), Ok(()), "{algorithm}");
        for bad in ["", "secret", "changeme", "your-256-bit-secret", &SECRET[..shortest - 1]] {
            assert!(matches!(hmac(algorithm, bad), Err(JwtKeyError::Weak(_))), "{algorithm} {bad}");
        }
        for repeated in ["a", "ab", "secret", "your-256-bit-secret", "\0"] {
            let long = repeated.repeat(64);
            assert!(matches!(hmac(algorithm, &long), Err(JwtKeyError::Weak(_))), "{algorithm} {repeated}");
        }
    }
}

/// Keys that cannot be had.
#[derive(Debug)]
struct Down;

impl JwtKeySource for Down {
    fn keys(&self, _now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        Err(KeysUnavailable)
    }
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_an_outage_and_no_refusal() {
    let verifier = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(Down));
    let jwt = portcullis::jwt::JwtAuthenticator::new(verifier).with_mapping(crate::jwt::map);
    let layer = AuthLayer::new(jwt).with_clock(FrozenClock::at(NOW));
    let answer = crate::jwt::ask(&layer, &format!("Bearer {}", good())).await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (503, vec![]));
    // What has not even the form of a token needs no key to be refused.
    assert_eq!(status(&layer, "a..c").await, 401);
}

#[tokio::test]
async fn tokens_that_the_vectors_refuse_all_look_alike() {
    let vectors = vectors();
    let key = |profile: &str| {
        let profile = &vectors["profiles"][profile];
        let name = profile["algorithms"][0].as_str().expect("an algorithm");
        JwtKey::from_jwk_text(&profile["key"].to_string(), name.parse().expect("known")).expect("key")
    };
    let layer = layer(JwtPolicy::new(), ["hs", "rs", "ps", "es", "ed"].map(key));
    let mut tokens = Vec::new();
    let (mut unsendable, mut unclaimed) = (0, 0);
    for case in vectors["cases"].as_array().expect("cases") {
        let profile = case["profile"].as_str().expect("a profile");
        let (name, token) =
            (case["name"].as_str().expect("a name"), case["token"].as_str().expect("a token"));
        if case["expected"] != "reject" || !["hs", "rs", "ps", "es", "ed"].contains(&profile) {
            continue;
        }
        // What surrounds a header's value is no part of it.
        if http::HeaderValue::from_bytes(token.as_bytes()).is_err() || token.ends_with(' ') {
            unsendable += 1;
        } else if !token.starts_with("ey") && token.matches('.').count() != 2 {
            assert_eq!(status(&layer, token).await, 401, "{name}");
            unclaimed += 1;
        } else {
            tokens.push((name.to_owned(), token.to_owned()));
        }
    }
    assert_eq!((look_alike(&layer, tokens).await, unclaimed, unsendable), (32, 2, 2));
}
