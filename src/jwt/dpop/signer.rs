//! Making proofs.

use super::DpopSignError;
use crate::Timestamp;
use crate::canonical::base64::encode_url;
use crate::crypto::digest::sha256;
use crate::crypto::random;
use crate::jwt::JwtKey;

/// A proof to be signed: what a client sends in the header `DPoP` (RFC 9449, section 4.2).
/// Each request needs its own.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::{DpopProof, JwtAlgorithm, JwtKey};
/// # #[cfg(feature = "aws-lc-rs")] {
/// let key = JwtKey::generate(JwtAlgorithm::Es256)?;
/// let proof = DpopProof::new("GET", "https://api.example/orders?page=2")
///     .with_token("the access token")
///     .sign(&key, Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert_eq!(proof.split('.').count(), 3);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a proof that is not signed proves nothing"]
pub struct DpopProof<'a> {
    method: &'a str,
    target: &'a str,
    token: Option<&'a str>,
    nonce: Option<&'a str>,
}

impl<'a> DpopProof<'a> {
    /// For a request with this method to this address; query and fragment are left out.
    pub fn new(method: &'a str, address: &'a str) -> Self {
        let end = address.find(['?', '#']).unwrap_or(address.len());
        let target = address.get(..end).unwrap_or_default();
        Self { method, target, token: None, nonce: None }
    }

    /// Names the access token that the request presents: by its SHA-256.
    pub const fn with_token(mut self, token: &'a str) -> Self {
        self.token = Some(token);
        self
    }

    /// Adds the nonce that the server asked for in its header `DPoP-Nonce`.
    pub const fn with_nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Signs it at the moment `now` with a pair of keys, and a fresh `jti`.
    ///
    /// # Errors
    /// When the key has no private half, the moment is before 1970, or the system's random
    /// generator fails.
    pub fn sign(&self, key: &JwtKey, now: Timestamp) -> Result<String, DpopSignError> {
        let jwk = key.required_members().ok_or(DpopSignError::Key)?;
        let header = format!(r#"{{"typ":"dpop+jwt","alg":"{}","jwk":{jwk}}}"#, key.algorithm());
        let made_at = u64::try_from(now.as_unix_seconds()).map_err(|_| DpopSignError::Time)?;
        let claims = serde_json::json!({
            "jti": random::base64url::<16>()?,
            "htm": self.method,
            "htu": self.target,
            "iat": made_at,
        });
        let serde_json::Value::Object(mut claims) = claims else { return Err(DpopSignError::Key) };
        if let Some(token) = self.token {
            claims.insert("ath".to_owned(), encode_url(&sha256(token.as_bytes())).into());
        }
        if let Some(nonce) = self.nonce {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        let claims = serde_json::Value::Object(claims).to_string();
        let signed = format!("{}.{}", encode_url(header.as_bytes()), encode_url(claims.as_bytes()));
        let signature = key.sign(signed.as_bytes()).ok_or(DpopSignError::Key)?;
        Ok(format!("{signed}.{}", encode_url(&signature)))
    }
}
