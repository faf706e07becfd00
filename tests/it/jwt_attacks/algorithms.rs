//! Which key checks a token, and how, is not for the token to say.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis::crypto::HmacAlgorithm;
use portcullis::jwt::{
    JwkRules, JwtAlgorithm, JwtAuthenticator, JwtKey, JwtKeyError, JwtKeySet, JwtKeySetError, JwtKeySource,
    JwtPolicy, JwtVerifier, KeysUnavailable,
};
use portcullis::tower::AuthLayer;
use portcullis::{FrozenClock, Timestamp};
use serde_json::Value;

use super::{PAIRS, der, issue, layer, look_alike, mac, pair, vectors};
use crate::jwt::{CLAIMS, SECRET, encode, good, key, status, token};
use crate::kit::NOW;

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
    let verifier = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(Down)).expect("policy");
    let jwt = JwtAuthenticator::new(verifier).with_mapping(crate::jwt::map);
    let layer = AuthLayer::new(jwt).with_clock(FrozenClock::at(NOW));
    let answer = crate::jwt::ask(&layer, &format!("Bearer {}", good())).await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (503, vec![]));
    // What has not even the form of a token needs no key to be refused.
    assert_eq!(status(&layer, "a..c").await, 401);
}
