//! Signing URLs.

use std::fmt;

use http::request::Parts;

use super::parameters::Parameters;
use super::strict::StrictParameters;
use super::strict_signer::StrictQuerySigner;
use super::{API_KEY, SIGNATURE, TIMESTAMP, canonical};
use crate::canonical::base64;
use crate::canonical::query::is_broken;
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::sign::{RequestSigner, SignError, outgoing};
use crate::{AuthError, KeyId, Secret, Timestamp};

/// Signs URLs in the compatible form, as narrowly as it can be read, the way
/// [`QuerySignatureAuthenticator`](super::QuerySignatureAuthenticator) verifies them.
///
/// ```
/// use portcullis::query_signature::QuerySigner;
/// use portcullis::{Secret, Timestamp};
///
/// let signer = QuerySigner::new("483a570a", &Secret::from("32 characters of your own making"));
/// let now = Timestamp::from_unix_micros(1_700_000_000_274_000);
/// let url = signer.sign("/api/hello/?page=2", b"", now)?;
/// assert!(url.starts_with("/api/hello/?page=2&timestamp=1700000000.274&apikey=483a570a&signature="));
/// # Ok::<(), portcullis::query_signature::UnsignableRequest>(())
/// ```
#[derive(Clone)]
pub struct QuerySigner {
    id: KeyId,
    key: HmacKey,
}

/// The request cannot be signed so that it means one thing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsignableRequest {
    /// The target is not a path with an optional query in printable ASCII, or its query has
    /// a broken percent escape.
    #[error("the target is not a path and query of printable ascii without a fragment")]
    InvalidTarget,
    /// The query has one of the parameters that signing adds, in this form or in the strict one.
    #[error("the query has a timestamp, apikey or signature already")]
    ReservedParameter,
    /// The body begins with `&`, so that it could be read as more of the query.
    #[error("the body begins with an ampersand")]
    AmbiguousBody,
    /// The time is before 1970.
    #[error("the time is before the unix epoch")]
    InvalidTime,
}

impl QuerySigner {
    /// Signs as the key `id` with `secret`, a [`Secret`] or that of an issued key, which is used
    /// as the text that it is.
    #[must_use]
    pub fn new(id: impl Into<KeyId>, secret: &impl AsRef<Secret>) -> Self {
        Self { id: id.into(), key: HmacKey::new(HmacAlgorithm::Sha256, secret.as_ref()) }
    }

    /// The same key, in the strict form: what new clients should use.
    #[must_use]
    pub fn strict(self) -> StrictQuerySigner {
        StrictQuerySigner::of(self.id, self.key)
    }

    /// Signs a path with or without a query, and the body that is sent to it.
    ///
    /// # Errors
    /// When the target is no path in printable ASCII, when its query has a broken escape or a
    /// parameter that signing adds, when the body begins with `&`, or when `now` is before 1970.
    pub fn sign(&self, target: &str, body: &[u8], now: Timestamp) -> Result<String, UnsignableRequest> {
        let printable = target.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#');
        if !target.starts_with('/') || !printable {
            return Err(UnsignableRequest::InvalidTarget);
        }
        if body.starts_with(b"&") {
            return Err(UnsignableRequest::AmbiguousBody);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if is_broken(query) {
            return Err(UnsignableRequest::InvalidTarget);
        }
        if !matches!((Parameters::read(query), StrictParameters::read(query)), (Ok(None), Ok(None))) {
            return Err(UnsignableRequest::ReservedParameter);
        }
        let now = now.to_decimal().ok_or(UnsignableRequest::InvalidTime)?;
        let separator = if query.is_empty() { "" } else { "&" };
        let signed = format!("{query}{separator}{TIMESTAMP}={now}&{API_KEY}={}", self.id);
        let tag = self.key.sign_with(|sink| canonical::feed(path, [&signed, ""], body, sink));
        let signature = base64::encode_standard(tag.expose());
        let escaped = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        Ok(format!("{path}?{signed}&{SIGNATURE}={escaped}"))
    }
}

impl RequestSigner for QuerySigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        let signed = self.sign(outgoing::path_and_query(&head.uri), body, now)?;
        let uri = outgoing::with_path_and_query(&head.uri, &signed)?;
        head.uri = uri;
        Ok(())
    }
}

impl From<UnsignableRequest> for SignError {
    fn from(unsignable: UnsignableRequest) -> Self {
        match unsignable {
            UnsignableRequest::InvalidTarget => Self::InvalidTarget,
            UnsignableRequest::ReservedParameter => Self::AlreadySigned,
            UnsignableRequest::AmbiguousBody => Self::AmbiguousBody,
            UnsignableRequest::InvalidTime => Self::InvalidTime,
        }
    }
}

/// The bytes that are signed of a request in the compatible form, with its query as it was sent: no secret, for whoever must
/// find out why two sides disagree. Signer and verifier feed the same. None where the query
/// has none of the three parameters.
///
/// ```
/// use portcullis::query_signature::canonical_text;
/// let text = canonical_text("/orders", "page=2&timestamp=1&signature=cw%3D%3D&apikey=k", b"{}")?;
/// assert_eq!(text.as_deref(), Some(b"/orders?page=2&timestamp=1&apikey=k{}".as_slice()));
/// assert_eq!(canonical_text("/orders", "page=2", b"")?, None);
/// # Ok::<(), portcullis::AuthError>(())
/// ```
///
/// # Errors
/// When the query has some of the parameters, one of them twice or in disguise, or a broken
/// escape beside them.
pub fn canonical_text(path: &str, query: &str, body: &[u8]) -> Result<Option<Vec<u8>>, AuthError> {
    let Some(parameters) = Parameters::read(query)? else { return Ok(None) };
    let mut text = Vec::new();
    canonical::feed(path, parameters.signed, body, &mut |part| text.extend_from_slice(part));
    Ok(Some(text))
}

impl fmt::Debug for QuerySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuerySigner").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_signed_clearly_is_refused() {
        let signer = QuerySigner::new("k", &Secret::from("secret"));
        let sign =
            |target: &str, body: &[u8]| signer.sign(target, body, Timestamp::from_unix_seconds(1)).err();
        for target in ["", "a", "/a#b", "/a b", "/é", "/?a=%"] {
            assert_eq!(sign(target, b""), Some(UnsignableRequest::InvalidTarget), "{target}");
        }
        for query in ["apikey=1", "x&signature", "%61pikey=2"] {
            let target = format!("/?{query}");
            assert_eq!(sign(&target, b""), Some(UnsignableRequest::ReservedParameter), "{query}");
        }
        assert_eq!(sign("/", b"&a=b"), Some(UnsignableRequest::AmbiguousBody));
        assert_eq!(sign("/", b"a=b"), None);
    }
}
