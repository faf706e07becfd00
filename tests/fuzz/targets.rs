//! What is fuzzed: functions of bytes, each of which panics when a promise is broken. They are
//! run by the tests beside this file, and for longer by `cargo fuzz`; see `fuzz/`.
//!
//! Both are differential. Whatever is accepted here, `jsonwebtoken` accepts with the same key,
//! and reads the same in it; the exceptions are listed where they are made.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use portcullis::Timestamp;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwkRules, JwtAlgorithm, JwtKey, JwtKeySet, JwtPolicy, JwtVerifier, VerifiedToken};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

const VECTORS: &str = include_str!("../vectors/data/jwt_tokens.json");
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "api://default";

/// The keys of the vectors: for each algorithm, the profile that has its JWK, and a token that
/// was signed with it.
const KEYS: [(JwtAlgorithm, Algorithm, &str, &str); 5] = [
    (JwtAlgorithm::Hs256, Algorithm::HS256, "hs", "ok-hs256"),
    (JwtAlgorithm::Rs256, Algorithm::RS256, "rs", "ok-rs256"),
    (JwtAlgorithm::Ps256, Algorithm::PS256, "ps", "ok-ps256"),
    (JwtAlgorithm::Es256, Algorithm::ES256, "es", "ok-es256"),
    (JwtAlgorithm::EdDsa, Algorithm::EdDSA, "ed", "ok-eddsa"),
];

struct Known {
    /// Expects nothing of a token but a good signature.
    lenient: JwtVerifier,
    /// Expects an issuer, an audience and an end.
    strict: JwtVerifier,
    hmac: HmacKey,
    theirs: Vec<(Algorithm, DecodingKey)>,
    tokens: Vec<(Algorithm, String)>,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let vectors: Value = serde_json::from_str(VECTORS).expect("vectors");
        let jwk = |profile: &str| vectors["profiles"][profile]["key"].clone();
        let ours = || {
            let key = |(ours, _, profile, _): &(JwtAlgorithm, _, &str, _)| {
                JwtKey::from_jwk_text(&jwk(profile).to_string(), *ours).expect("a key")
            };
            KEYS.iter().map(key).collect::<Vec<_>>()
        };
        let theirs = KEYS.iter().map(|(_, theirs, profile, _)| {
            let jwk: Jwk = serde_json::from_value(jwk(profile)).expect("a JWK");
            (*theirs, DecodingKey::from_jwk(&jwk).expect("a key"))
        });
        let cases = vectors["cases"].as_array().expect("cases");
        let tokens = KEYS.iter().skip(1).map(|(_, theirs, _, name)| {
            let case = cases.iter().find(|case| case["name"] == *name).expect("a case");
            (*theirs, case["token"].as_str().expect("a token").to_owned())
        });
        let secret = URL_SAFE_NO_PAD.decode(jwk("hs")["k"].as_str().expect("k")).expect("base64");
        let strict = JwtPolicy::new().with_issuer(ISSUER).with_audience(AUDIENCE);
        Known {
            lenient: JwtVerifier::new(JwtPolicy::new().dangerous_without_exp(), ours()).expect("keys"),
            strict: JwtVerifier::new(strict, ours()).expect("keys"),
            hmac: HmacKey::new(HmacAlgorithm::Sha256, &portcullis::Secret::new(secret)),
            theirs: theirs.collect(),
            tokens: tokens.collect(),
        }
    })
}

/// A token. The first byte says what the others are: `h`, header and payload with a line break
/// between; `e`, the same, encoded already; both are signed with HS256, so that what lies behind a
/// good signature is reached. Anything else is a whole token. Says whether it was accepted.
pub fn token(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let (header, payload) = text.get(1..).unwrap_or_default().split_once('\n').unwrap_or_default();
    let token = match text.as_bytes().first() {
        Some(b'h') => signed(&URL_SAFE_NO_PAD.encode(header), &URL_SAFE_NO_PAD.encode(payload)),
        Some(b'e') => signed(header, payload),
        _ => text.to_owned(),
    };
    let known = known();
    let strict = known.strict.verify(&token, NOW);
    let accepted = match known.lenient.verify(&token, NOW) {
        Ok(verified) => {
            same_as_theirs(&token, &verified, false);
            true
        }
        Err(_) => false,
    };
    if let Ok(verified) = strict {
        assert!(accepted, "who asks for more accepts less");
        same_as_theirs(&token, &verified, true);
    }
    accepted
}

fn signed(header: &str, payload: &str) -> String {
    let signed = format!("{header}.{payload}");
    let tag = known().hmac.sign(&[signed.as_bytes()]);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.expose()))
}

/// That `jsonwebtoken` accepts the token too, and that both read the same claims.
fn same_as_theirs(token: &str, verified: &VerifiedToken, strict: bool) {
    let mut parts = token.split('.');
    let (encoded, payload) = (parts.next().expect("a header"), parts.next().expect("a payload"));
    let text = URL_SAFE_NO_PAD.decode(encoded).expect("canonical base64url");
    let mut header: Map<String, Value> = serde_json::from_slice(&text).expect("an object");
    for refused in ["crit", "b64", "zip"] {
        assert!(!header.contains_key(refused), "{refused} was passed over");
    }
    let name = header.get("alg").and_then(Value::as_str).expect("an algorithm").to_owned();
    // First exception: it knows EdDSA by its older name alone.
    if name == "Ed25519" {
        return;
    }
    let find = |(theirs, _): &&(Algorithm, DecodingKey)| format!("{theirs:?}") == name;
    let (algorithm, key) = known().theirs.iter().find(find).expect("an algorithm of a key");
    // Second exception: it wants some members, which only say where a key could be had, to have
    // certain types. They are passed over here, so they are taken out for it.
    let length = header.len();
    header.retain(|name, _| ["alg", "kid", "typ", "cty"].contains(&name.as_str()));
    let token = match (header.len() == length, *algorithm) {
        (true, _) => token.to_owned(),
        (false, Algorithm::HS256) => {
            let header = serde_json::to_vec(&header).expect("JSON");
            signed(&URL_SAFE_NO_PAD.encode(header), payload)
        }
        _ => return,
    };
    let mut validation = Validation::new(*algorithm);
    validation.required_spec_claims.clear();
    // Its clock is the system's; what it would check of the time is checked below.
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, strict);
    if strict {
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
    }
    let theirs: Map<String, Value> = match jsonwebtoken::decode(&token, key, &validation) {
        Ok(data) => data.claims,
        Err(error) => panic!("jsonwebtoken refuses what was accepted, for {error}"),
    };
    assert_eq!(verified.claims::<Map<String, Value>>().expect("claims"), theirs);
    let now = NOW.as_unix_seconds() as f64;
    let moment = |name: &str| theirs.get(name).map(|moment| moment.as_f64().expect("a number"));
    assert!(moment("exp").map_or(!strict, |end| end > now), "it has ended");
    assert!(moment("nbf").is_none_or(|start| start <= now + 1e-6), "it has not begun");
    assert_eq!(theirs.get("sub").map(Value::as_str), verified.subject().map(Some));
    assert_eq!(theirs.get("iss").map(Value::as_str), verified.issuer().map(Some));
    assert_eq!(theirs.get("jti").map(Value::as_str), verified.id().map(Some));
    let audience: Vec<&str> = match theirs.get("aud") {
        None => Vec::new(),
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().expect("a text")).collect(),
        Some(one) => vec![one.as_str().expect("a text")],
    };
    assert_eq!(verified.audience().collect::<Vec<_>>(), audience);
}

/// A set of keys: its JSON. Says whether a key of it was read.
pub fn key_set(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let rules = JwkRules::new().with_rsa_algorithm(JwtAlgorithm::Rs256);
    let mut dropped = 0;
    let set = JwtKeySet::read(text, &rules, |_, _| dropped += 1);
    let whole = JwtKeySet::from_json(text, &rules);
    assert_eq!(whole.is_ok(), set.is_ok() && dropped == 0, "a static set is refused for any bad key");
    let Ok(set) = set else { return false };

    // Key by key: the text of one that is dropped may be such that no other reader takes it.
    let listed = serde_json::from_str::<Listed<'_>>(text).expect("JSON").keys;
    assert!(set.keys().len() + dropped <= listed.len());
    let read = |jwk: &&RawValue| serde_json::from_str::<Value>(jwk.get()).ok();
    let listed: Vec<Value> = listed.iter().filter_map(read).collect();
    let theirs: Vec<(&Value, Jwk)> = listed.iter().filter_map(|jwk| Some((jwk, reduced(jwk)?))).collect();
    let mut both = Vec::new();
    for key in set.keys() {
        assert!(!key.can_sign() && !key.algorithm().is_symmetric(), "a public set");
        let ours = key.to_public_jwk().expect("a public key");
        let same = |(jwk, theirs): &&(&Value, Jwk)| {
            let theirs = serde_json::to_value(&theirs.algorithm).expect("JSON");
            let numbers = ["kty", "crv", "n", "e", "x", "y"];
            jwk.get("kid").and_then(Value::as_str) == key.id()
                && numbers.iter().all(|name| theirs.get(name) == ours.get(name))
        };
        let found = theirs.iter().find(same);
        both.push(&found.unwrap_or_else(|| panic!("jsonwebtoken does not read the same as {ours}")).1);
    }
    // What is signed by the owner of a key, both know.
    let policy = JwtPolicy::new().dangerous_without_exp();
    let verifier = JwtVerifier::with_set(policy, set).expect("policy");
    for (algorithm, token) in &known().tokens {
        let ours = verifier.verify(token, NOW).is_ok();
        let mut validation = Validation::new(*algorithm);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        // Of the keys that both read: it panics at an Ed25519 key that is too short.
        let knows = |jwk: &&Jwk| {
            let key = DecodingKey::from_jwk(jwk);
            key.is_ok_and(|key| jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok())
        };
        assert!(!ours || both.iter().any(knows), "jsonwebtoken knows no key of {algorithm:?}");
    }
    true
}

#[derive(serde::Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

/// A JWK as `jsonwebtoken` reads it. Exceptions: certificates, which it wants to have certain
/// types and which are passed over here, and members that it does not know.
fn reduced(jwk: &Value) -> Option<Jwk> {
    let mut jwk = jwk.as_object()?.clone();
    jwk.retain(|name, _| {
        ["kty", "kid", "alg", "use", "key_ops", "crv", "n", "e", "x", "y"].contains(&name.as_str())
    });
    // It has no Ed25519 among its algorithms, only the older name of it.
    if jwk.get("alg").is_some_and(|alg| alg == "Ed25519") {
        jwk.insert("alg".to_owned(), "EdDSA".into());
    }
    // Nor one for P-521.
    if jwk.get("alg").is_some_and(|alg| alg == "ES512") {
        jwk.remove("alg");
    }
    serde_json::from_value(Value::Object(jwk)).ok()
}
