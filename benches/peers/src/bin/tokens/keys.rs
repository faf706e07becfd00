//! A token of each algorithm, and the public half of the key that signed it, as everybody wants it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, RsaEncoding, RsaKeyPair, RsaParameters,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use portcullis::jwt::{JwtAlgorithm, JwtKey};
use portcullis::{Clock, SystemClock};

pub const SECRET: &str = "9b1d6fe03a7c52c48e9f0b7a61d23c58f47ea90c1b5d8e26";

/// Six claims, as an identity provider sends them.
pub fn claims() -> String {
    let now = SystemClock.now().as_unix_seconds();
    format!(
        r#"{{"iss":"https://issuer.example","sub":"user-1","aud":"api://default","exp":{},"iat":{now},"jti":"7f3c1d2e"}}"#,
        now + 24 * 3600
    )
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub struct Pair {
    pub algorithm: &'static str,
    pub token: String,
    pub ours: JwtKey,
    pub theirs: (Algorithm, DecodingKey),
    pub parsed: ParsedPublicKey,
}

impl Pair {
    pub fn all() -> [Self; 4] {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair");
        let (rs, ps) = (Algorithm::RS256, Algorithm::PS256);
        [
            rsa("RS256", rs, &pair, &signature::RSA_PKCS1_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
            rsa("PS256", ps, &pair, &signature::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256),
            es256(),
            eddsa(),
        ]
    }
}

fn token(algorithm: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
    let signed = format!("{header}.{}", encode(claims()));
    format!("{signed}.{}", encode(sign(signed.as_bytes())))
}

fn ours(algorithm: &str, jwk: &str) -> JwtKey {
    let algorithm: JwtAlgorithm = algorithm.parse().expect("an algorithm");
    JwtKey::from_jwk_text(jwk, algorithm).expect("a key")
}

fn rsa(
    algorithm: &'static str,
    theirs: Algorithm,
    pair: &RsaKeyPair,
    encoding: &'static dyn RsaEncoding,
    parameters: &'static RsaParameters,
) -> Pair {
    let public = pair.public_key();
    let n = public.modulus().big_endian_without_leading_zero();
    let e = public.exponent().big_endian_without_leading_zero();
    let jwk = format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, encode(n), encode(e));
    let token = token(algorithm, |input| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), input, &mut signature).expect("signed");
        signature
    });
    Pair {
        algorithm,
        token,
        ours: ours(algorithm, &jwk),
        theirs: (theirs, DecodingKey::from_rsa_raw_components(n, e)),
        parsed: ParsedPublicKey::new(parameters, public.as_ref()).expect("a key"),
    }
}

fn es256() -> Pair {
    let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair");
    let point = pair.public_key().as_ref();
    let (x, y) = (point.get(1..33).expect("x"), point.get(33..).expect("y"));
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, encode(x), encode(y));
    Pair {
        algorithm: "ES256",
        token: token("ES256", |input| {
            pair.sign(&SystemRandom::new(), input).expect("signed").as_ref().to_vec()
        }),
        ours: ours("ES256", &jwk),
        theirs: (Algorithm::ES256, DecodingKey::from_ec_der(point)),
        parsed: ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).expect("a key"),
    }
}

fn eddsa() -> Pair {
    let pair = Ed25519KeyPair::generate().expect("a pair");
    let x = pair.public_key().as_ref();
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, encode(x));
    Pair {
        algorithm: "EdDSA",
        token: token("EdDSA", |input| pair.sign(input).as_ref().to_vec()),
        ours: ours("EdDSA", &jwk),
        theirs: (Algorithm::EdDSA, DecodingKey::from_ed_der(x)),
        parsed: ParsedPublicKey::new(&signature::ED25519, x).expect("a key"),
    }
}
