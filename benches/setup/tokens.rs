//! Tokens of every kind of key, and those that are refused, each behind what it cannot beat.

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, RsaEncoding, RsaKeyPair, RsaParameters,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::FrozenClock;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};

use super::steps::Step;
use super::{Bench, JWT_SECRET, NOW, Sent, bearer};

const CLAIMS: &str = concat!(
    r#"{"iss":"https://issuer.example","sub":"user-1","aud":"api://default","#,
    r#""exp":1700000600,"iat":1699999990,"jti":"7f3c1d2e"}"#
);

/// A pair of keys: a token, what verifies it here, and what verifies it alone.
struct Signed {
    row: &'static str,
    raw: &'static str,
    token: String,
    key: JwtKey,
    parsed: ParsedPublicKey,
}

fn policy() -> JwtPolicy {
    JwtPolicy::new().with_issuer("https://issuer.example").with_audience("api://default")
}

fn jwt(key: JwtKey) -> JwtAuthenticator {
    JwtAuthenticator::new(JwtVerifier::new(policy(), [key]).expect("verifier"))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Header and claims, encoded, with what signs them behind.
fn token(algorithm: JwtAlgorithm, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)), encode(CLAIMS));
    format!("{signed}.{}", encode(sign(signed.as_bytes())))
}

fn key(algorithm: JwtAlgorithm, jwk: &str) -> JwtKey {
    JwtKey::from_jwk_text(jwk, algorithm).expect("a key")
}

fn rsa(
    (row, raw): (&'static str, &'static str),
    algorithm: JwtAlgorithm,
    pair: &RsaKeyPair,
    encoding: &'static dyn RsaEncoding,
    parameters: &'static RsaParameters,
) -> Signed {
    let public = pair.public_key();
    let (n, e) = (public.modulus(), public.exponent());
    let jwk = format!(
        r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#,
        encode(n.big_endian_without_leading_zero()),
        encode(e.big_endian_without_leading_zero())
    );
    let token = token(algorithm, |input| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), input, &mut signature).expect("signed");
        signature
    });
    let parsed = ParsedPublicKey::new(parameters, public.as_ref()).expect("a key");
    Signed { row, raw, token, key: key(algorithm, &jwk), parsed }
}

fn es256() -> Signed {
    let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair");
    let point = pair.public_key().as_ref();
    let (x, y) = point.split_at_checked(33).expect("a point");
    let jwk = format!(
        r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#,
        encode(x.get(1..).expect("x")),
        encode(y)
    );
    let token = token(JwtAlgorithm::Es256, |input| {
        pair.sign(&SystemRandom::new(), input).expect("signed").as_ref().to_vec()
    });
    let parsed = ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).expect("a key");
    Signed { row: "jwt, es256", raw: "es256, parsed key", token, key: key(JwtAlgorithm::Es256, &jwk), parsed }
}

fn eddsa() -> Signed {
    let pair = Ed25519KeyPair::generate().expect("a pair");
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, encode(pair.public_key()));
    let token = token(JwtAlgorithm::EdDsa, |input| pair.sign(input).as_ref().to_vec());
    let parsed = ParsedPublicKey::new(&signature::ED25519, pair.public_key()).expect("a key");
    Signed { row: "jwt, eddsa", raw: "eddsa, parsed key", token, key: key(JwtAlgorithm::EdDsa, &jwk), parsed }
}

fn signed() -> [Signed; 4] {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair");
    [
        rsa(
            ("jwt, rs256", "rs256, parsed key"),
            JwtAlgorithm::Rs256,
            &pair,
            &signature::RSA_PKCS1_SHA256,
            &signature::RSA_PKCS1_2048_8192_SHA256,
        ),
        rsa(
            ("jwt, ps256", "ps256, parsed key"),
            JwtAlgorithm::Ps256,
            &pair,
            &signature::RSA_PSS_SHA256,
            &signature::RSA_PSS_2048_8192_SHA256,
        ),
        es256(),
        eddsa(),
    ]
}

/// Every kind of pair: the raw work of its signature, and the row that does it.
pub fn pairs() -> Vec<(Step, Bench)> {
    let pair = |one: Signed| {
        let (input, encoded) = one.token.rsplit_once('.').expect("a signature");
        let signature = URL_SAFE_NO_PAD.decode(encoded).expect("base64");
        let (input, parsed, sent) = (input.to_owned(), one.parsed, bearer(&one.token));
        let raw = Step::new(one.raw, move || {
            parsed.verify_sig(black_box(input.as_bytes()), black_box(&signature)).expect("good");
        });
        (raw, Bench::new(one.row, &FrozenClock::at(NOW), jwt(one.key), move || sent.clone()))
    };
    signed().into_iter().map(pair).collect()
}

/// A token of HMAC with whatever header and claims.
fn hs256(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &JWT_SECRET.into()).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", encode(tag.expose()))
}

/// What `jwt_named` refuses, each for one reason, and the good token first.
pub fn refusals() -> Vec<(&'static str, Sent)> {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    let good = hs256(header, CLAIMS);
    let but = |from: &str, to: &str| hs256(header, &CLAIMS.replace(from, to));
    let with = |member: &str| hs256(&format!(r#"{{"alg":"HS256",{member}}}"#), CLAIMS);
    let (signed, _) = good.rsplit_once('.').expect("a signature");
    let tokens = [
        ("accepted", good.clone()),
        ("two parts", good.rsplit_once('.').expect("a signature").0.to_owned()),
        ("wrong alphabet", good.replace('.', "!.")),
        ("too long", format!("{}.e30.AAAA", "a".repeat(9000))),
        ("signature too short", format!("{signed}.AAAA")),
        ("header of noise", format!("{}.e30.{}", encode([0xa5; 27]), encode([7; 32]))),
        ("header that is no JSON", hs256("{", CLAIMS)),
        ("alg none", hs256(r#"{"alg":"none"}"#, CLAIMS)),
        ("alg of another key", hs256(r#"{"alg":"RS256","typ":"JWT"}"#, CLAIMS)),
        ("crit", with(r#""crit":["exp"]"#)),
        ("unknown kid", with(r#""kid":"other""#)),
        ("bad signature", format!("{signed}.{}", encode([7; 32]))),
        ("expired", but("1700000600", "1699999999")),
        ("not yet valid", but(r#""iat":1699999990"#, r#""iat":1700000100"#)),
        ("another issuer", but("https://issuer.example", "https://others.example")),
        ("another audience", but("api://default", "api://another")),
        ("exp missing", but(r#""exp":1700000600,"#, "")),
        ("a name twice", but(r#""jti""#, r#""sub":"b","jti""#)),
    ];
    tokens.map(|(name, token)| (name, bearer(&token))).into()
}

/// The verifier of the refusals: its key has an id.
pub fn jwt_named() -> JwtAuthenticator {
    jwt(JwtKey::hmac(JwtAlgorithm::Hs256, JWT_SECRET.into()).expect("key").with_id("2026"))
}

/// The same as rows of the layer.
pub fn refused_rows() -> Vec<Bench> {
    let row = |(name, sent): (&'static str, Sent)| {
        let bench = Bench::new(name, &FrozenClock::at(NOW), jwt_named(), move || sent.clone());
        if name == "accepted" { bench } else { bench.refused() }
    };
    refusals().into_iter().map(row).collect()
}
