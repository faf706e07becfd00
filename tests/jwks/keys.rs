//! Keys that sign, the sets that publish them, and tokens.

use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::jwt::{JwksClient, JwtPolicy, JwtVerifier};
use portcullis::{Reason, Timestamp};
use sha2::{Digest, Sha256};

/// A key of an issuer.
pub(crate) struct Key {
    kid: String,
    pair: Ed25519KeyPair,
}

impl Key {
    /// The same key for the same id.
    pub(crate) fn new(kid: &str) -> Self {
        let seed = Sha256::digest(kid);
        Self { kid: kid.to_owned(), pair: Ed25519KeyPair::from_seed_unchecked(&seed).expect("seed") }
    }

    pub(crate) fn jwk(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        format!(r#"{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"{}","x":"{x}"}}"#, self.kid)
    }

    /// A token that is valid for a year.
    pub(crate) fn token(&self, now: Timestamp) -> String {
        let header = serde_json::json!({"alg": "EdDSA", "kid": self.kid}).to_string();
        let exp = now.as_unix_seconds() + 365 * 24 * 60 * 60;
        let payload = serde_json::json!({"sub": "ada", "exp": exp}).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token that names a key, as a stranger makes it up.
pub(crate) fn made_up(kid: &str) -> String {
    let header = serde_json::json!({"alg": "EdDSA", "kid": kid}).to_string();
    format!("{}.e30.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode([7; 64]))
}

/// The document that publishes some keys.
pub(crate) fn set(keys: &[&Key]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

pub(crate) fn verifier(client: &JwksClient) -> JwtVerifier {
    JwtVerifier::with_source(JwtPolicy::new(), Arc::new(client.clone())).expect("policy")
}

/// What a token of that key is answered with, when nobody may wait.
pub(crate) fn at_once(client: &JwksClient, key: &Key, now: Timestamp) -> Result<(), Reason> {
    verifier(client).verify(&key.token(now), now).map(drop).map_err(|error| error.reason())
}

/// What a token is answered with.
pub(crate) async fn ask(client: &JwksClient, token: &str, now: Timestamp) -> Result<(), Reason> {
    let verified = verifier(client).verify_or_look_again(token, now).await;
    verified.map(drop).map_err(|error| error.reason())
}
