//! Publishing keys (RFC 7517, section 5).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
use super::JwtKeyRing;
use crate::Timestamp;
use crate::canonical::base64;
use crate::crypto::digest;
use crate::jwt::{JwtKey, JwtKeySet, KeysUnavailable};

impl JwtKeySet {
    /// The public halves of its keys as a JWK set. Shared secrets are in none.
    ///
    /// ```
    /// use portcullis::jwt::{JwtAlgorithm, JwtKey, JwtKeySet};
    /// let secret = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
    /// assert_eq!(JwtKeySet::new([secret])?.to_public_jwks(), r#"{"keys":[]}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_public_jwks(&self) -> String {
        let keys: Vec<_> = self.keys().iter().filter_map(JwtKey::to_public_jwk).collect();
        json!({ "keys": keys }).to_string()
    }
}

/// Publishes the keys of an issuer, as a plain function for whatever framework calls it; only
/// their public halves.
///
/// | request | answer |
/// |---|---|
/// | any | 200 `{"keys": [..]}` with `Cache-Control: public, max-age=..` and `ETag` |
/// | with `If-None-Match` of the same keys | 304 |
/// | the ring was not turned for too long | 503 |
#[derive(Clone, Debug)]
pub struct JwksEndpoint(Source);

#[derive(Clone, Debug)]
enum Source {
    Fixed(Arc<JwtKeySet>, Duration),
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    Ring(JwtKeyRing),
}

impl JwksEndpoint {
    /// Publishes keys that stay, to be kept for `max_age` by whoever asks.
    #[must_use]
    pub fn new(keys: JwtKeySet, max_age: Duration) -> Self {
        Self(Source::Fixed(Arc::new(keys), max_age))
    }

    /// Publishes the keys of a ring. How long they may be kept says its plan; never so long
    /// that a key could sign which is not among them.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[must_use]
    pub const fn of_ring(ring: JwtKeyRing) -> Self {
        Self(Source::Ring(ring))
    }

    /// Answers one request at the moment `now`; `if_none_match` is the header of that name.
    #[must_use]
    pub fn answer(&self, if_none_match: Option<&str>, now: Timestamp) -> Response<Bytes> {
        let Ok((body, max_age)) = self.published(now) else {
            crate::trace::event!(error, "the keys of the issuer cannot be published");
            return answer(StatusCode::SERVICE_UNAVAILABLE, "no-store", None, Bytes::new());
        };
        let tag = format!("\"{}\"", base64::encode_url(&digest::sha256(body.as_bytes())));
        let age = format!("public, max-age={}", max_age.as_secs());
        let (status, body) = if if_none_match.is_some_and(|held| names(held, &tag)) {
            (StatusCode::NOT_MODIFIED, Bytes::new())
        } else {
            (StatusCode::OK, body.into())
        };
        answer(status, &age, Some(&tag), body)
    }

    /// Answers a request with these headers.
    #[cfg(any(feature = "axum", feature = "actix"))]
    pub(crate) fn respond(
        &self,
        headers: &impl crate::request::HeaderSource,
        now: Timestamp,
    ) -> Response<Bytes> {
        let mut held = String::new();
        // Several lines are one list (RFC 9110, section 5.3).
        headers.visit("if-none-match", &mut |line| {
            held.push(',');
            held.push_str(&String::from_utf8_lossy(line));
        });
        self.answer(Some(&held), now)
    }

    fn published(&self, now: Timestamp) -> Result<(String, Duration), KeysUnavailable> {
        match &self.0 {
            Source::Fixed(keys, max_age) => {
                let _ = now;
                Ok((keys.to_public_jwks(), *max_age))
            }
            #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
            Source::Ring(ring) => ring.published(now).map(|(keys, max_age)| (keys.to_public_jwks(), max_age)),
        }
    }
}

/// Whether a list of entity tags names this one; a weak one does too (RFC 9110, section 13.1.2).
fn names(list: &str, tag: &str) -> bool {
    list.split(',').map(str::trim).any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
}

fn answer(status: StatusCode, caching: &str, tag: Option<&str>, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status == StatusCode::OK {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in [(header::CACHE_CONTROL, Some(caching)), (header::ETAG, tag)] {
        // Both are ASCII that was made here.
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_names_what_is_in_it() {
        for list in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(names(list, "\"a\""), "{list}");
        }
        for list in ["a", "\"A\"", "", "\"ab\"", "\"b\""] {
            assert!(!names(list, "\"a\""), "{list}");
        }
    }
}
