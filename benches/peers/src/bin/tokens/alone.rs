//! Without a layer: `jsonwebtoken::decode`, and the raw check of a signature.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, aws_lc, rust_crypto};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, errors::Result};

use crate::keys::{Pair, SECRET};
use crate::turns::Subject;

/// Which backend is asked. The library takes one provider for the process, so that is one that
/// passes on to either; the detour is one load.
static RUST_CRYPTO: AtomicBool = AtomicBool::new(false);

fn backend() -> &'static CryptoProvider {
    if RUST_CRYPTO.load(Ordering::Relaxed) {
        &rust_crypto::DEFAULT_PROVIDER
    } else {
        &aws_lc::DEFAULT_PROVIDER
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    (backend().signer_factory)(algorithm, key)
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    (backend().verifier_factory)(algorithm, key)
}

static BOTH: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: jsonwebtoken::crypto::KeyUtils::new_unimplemented(),
};

pub fn install() {
    BOTH.install_default().expect("the first to install one");
}

/// Six claims.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "they are read, which is what is measured")]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    jti: String,
}

fn decoding(
    algorithm: &'static str,
    token: &str,
    (theirs, key): (Algorithm, DecodingKey),
    rust: bool,
) -> Subject {
    let name = if rust { "jsonwebtoken::decode, rust_crypto" } else { "jsonwebtoken::decode, aws_lc_rs" };
    let mut validation = Validation::new(theirs);
    validation.set_issuer(&["https://issuer.example"]);
    validation.set_audience(&["api://default"]);
    let token = token.to_owned();
    let work = move |()| {
        RUST_CRYPTO.store(rust, Ordering::Relaxed);
        black_box(jsonwebtoken::decode::<Claims>(black_box(&token), &key, &validation).expect("good"));
    };
    Subject::on(algorithm, name, || (), work)
}

/// Of HMAC, with either backend.
pub fn hmac() -> [Subject; 2] {
    let key = || (Algorithm::HS256, DecodingKey::from_secret(SECRET.as_bytes()));
    let token = crate::layers::hmac_token();
    [false, true].map(|rust| decoding("HS256", &token, key(), rust))
}

/// Of a pair, with either backend.
pub fn decode(pair: &Pair) -> [Subject; 2] {
    [false, true].map(|rust| decoding(pair.algorithm, &pair.token, pair.theirs.clone(), rust))
}

/// The signature alone, with a key that is parsed already.
pub fn raw(pair: &Pair) -> Subject {
    let (input, encoded) = pair.token.rsplit_once('.').expect("a signature");
    let signature = URL_SAFE_NO_PAD.decode(encoded).expect("base64");
    let (input, parsed) = (input.to_owned(), pair.parsed.clone());
    let work = move |()| parsed.verify_sig(black_box(input.as_bytes()), &signature).expect("good");
    Subject::on(pair.algorithm, "aws-lc-rs, parsed key", || (), work)
}
