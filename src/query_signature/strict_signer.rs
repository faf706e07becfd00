//! Signing URLs in the strict form.

use std::fmt;
use std::time::Duration;

use http::request::Parts;

use super::strict::{self, StrictParameters, is_disguised};
use super::strict::{DIGEST, EXPIRES, KEY, NONCE, STRICT_SIGNATURE, TIME, VERSION};
use super::{API_KEY, SIGNATURE, TIMESTAMP};
use crate::canonical::{base64, number, query};
use crate::crypto::{HmacAlgorithm, HmacKey, random};
use crate::request::RequestTarget;
use crate::sign::{RequestSigner, SignError, outgoing};
use crate::store::strict_form::{self, StrictTexts, body_digest, sign_target, signable_authority};
use crate::{KeyId, Secret, Timestamp};

/// Signs URLs in the strict form, the way
/// [`QuerySignatureAuthenticator`](super::QuerySignatureAuthenticator) verifies them: both build
/// the message with the same function.
///
/// ```
/// use portcullis::query_signature::StrictQuerySigner;
/// use portcullis::request::RequestTarget;
/// use portcullis::{Secret, Timestamp};
///
/// let signer = StrictQuerySigner::new("483a570a", &Secret::from("32 characters of your own making"));
/// let mut target = RequestTarget::new("GET", "/api/hello/", Some("page=2"));
/// target.authority = Some("api.example");
/// let url = signer.sign(&target, b"", Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert!(url.starts_with("/api/hello/?page=2&pc-version=1&pc-key=483a570a&pc-time=1700000000&"));
/// # Ok::<(), portcullis::sign::SignError>(())
/// ```
#[derive(Clone)]
pub struct StrictQuerySigner {
    id: KeyId,
    key: HmacKey,
    life: Duration,
}

impl StrictQuerySigner {
    /// Signs as the key `id` with `secret`, a [`Secret`] or that of an issued key, which is used
    /// as the text that it is.
    #[must_use]
    pub fn new(id: impl Into<KeyId>, secret: &impl AsRef<Secret>) -> Self {
        Self::of(id.into(), HmacKey::new(HmacAlgorithm::Sha256, secret.as_ref()))
    }

    pub(super) const fn of(id: KeyId, key: HmacKey) -> Self {
        Self { id, key, life: Duration::from_secs(60) }
    }

    /// How long a signed URL is good for, in whole seconds: 60 s without this.
    #[must_use]
    pub const fn with_life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Signs a request to this target, with its authority, and with this body, at `now`; the
    /// answer is the path with the signed query.
    ///
    /// # Errors
    /// When the target has no authority or one that is no host and port, when its path or query
    /// could arrive otherwise than they are sent, when the query has a parameter of either form,
    /// when the key id is not of letters, digits, `-`, `.`, `_` and `~`, when the window of
    /// validity is empty or lies outside the years 2001 to 2286, or when the system's random
    /// generator fails.
    pub fn sign(&self, target: &RequestTarget<'_>, body: &[u8], now: Timestamp) -> Result<String, SignError> {
        self.sign_with(target, body, now, &*random::bytes()?)
    }

    fn sign_with(
        &self,
        target: &RequestTarget<'_>,
        body: &[u8],
        now: Timestamp,
        nonce: &[u8; 16],
    ) -> Result<String, SignError> {
        let authority = signable_authority(target)?;
        let sent = target.query.unwrap_or_default();
        let compatible = |name: &str| is_disguised(name, &[TIMESTAMP, API_KEY, SIGNATURE]);
        let reserved = query::pairs(sent).any(|pair| compatible(pair.name));
        if reserved || !matches!(StrictParameters::read(sent), Ok(None)) {
            return Err(SignError::AlreadySigned);
        }
        let id = self.id.as_str();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(1..=StrictTexts::LONGEST_ID).contains(&id.len()) || !id.bytes().all(unreserved) {
            return Err(SignError::InvalidTarget);
        }
        let start = now.as_unix_seconds();
        let end = now.saturating_add(self.life).as_unix_seconds();
        let readable = |seconds: i64| number::ten_digits(&seconds.to_string()) == Some(seconds);
        if !readable(start) || !readable(end) || end <= start {
            return Err(SignError::InvalidTime);
        }
        let separator = if sent.is_empty() { "" } else { "&" };
        let (nonce, digest) = (base64::encode_url(nonce), base64::encode_url(&body_digest(body)));
        let version = strict_form::VERSION;
        let signed = format!(
            "{sent}{separator}{VERSION}={version}&{KEY}={id}&{TIME}={start}&{EXPIRES}={end}\
             &{NONCE}={nonce}&{DIGEST}={digest}"
        );
        let whole = RequestTarget { query: Some(&signed), ..*target };
        let tag = self.key.sign_with(|sink| strict::feed(&whole, &authority, sink));
        Ok(format!("{}?{signed}&{STRICT_SIGNATURE}={}", target.path, base64::encode_url(tag.expose())))
    }
}

impl RequestSigner for StrictQuerySigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        let signed = sign_target(head, |target| self.sign(target, body, now))?;
        let uri = outgoing::with_path_and_query(&head.uri, &signed)?;
        head.uri = uri;
        Ok(())
    }
}

impl fmt::Debug for StrictQuerySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrictQuerySigner").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    #[test]
    fn what_a_verifier_would_refuse_is_not_signed() {
        let signer = |id: &str| StrictQuerySigner::new(id, &Secret::from("secret"));
        let target =
            |authority, path, query| RequestTarget { authority, ..RequestTarget::new("GET", path, query) };
        let good = target(Some("api.example"), "/", None);
        assert!(signer("k").sign(&good, b"", NOW).is_ok());
        for id in ["", "a b", "a&b", "a%20", "é", &"k".repeat(256)] {
            assert!(matches!(signer(id).sign(&good, b"", NOW), Err(SignError::InvalidTarget)), "{id}");
        }
        for query in ["pc-key=1", "PC-Time", "pc%2dkey=1", "signature=1", "x&%61pikey", "timestamp"] {
            let refused = signer("k").sign(&target(Some("a"), "/", Some(query)), b"", NOW);
            assert!(matches!(refused, Err(SignError::AlreadySigned)), "{query}");
        }
        for (authority, path, query) in [
            ("u@a", "/", None),
            ("a", "a", None),
            ("a", "/%", None),
            ("a", "/", Some("a b")),
            ("a", "/", Some("#")),
        ] {
            let refused = signer("k").sign(&target(Some(authority), path, query), b"", NOW);
            assert!(matches!(refused, Err(SignError::InvalidTarget)), "{authority} {path} {query:?}");
        }
        assert!(matches!(signer("k").sign(&target(None, "/", None), b"", NOW), Err(SignError::NoAuthority)));
        let still = signer("k").with_life(Duration::from_millis(999));
        assert!(matches!(still.sign(&good, b"", NOW), Err(SignError::InvalidTime)));
        let early = Timestamp::from_unix_seconds(999_999_999);
        assert!(matches!(signer("k").sign(&good, b"", early), Err(SignError::InvalidTime)));
    }

    #[test]
    fn a_request_keeps_its_scheme_and_host_and_is_signed_once() {
        let signer = StrictQuerySigner::new("k", &Secret::from("secret"));
        let request = http::Request::get("https://api.example/a?b=1").body(()).expect("a request");
        let (mut head, ()) = request.into_parts();
        signer.sign_request(&mut head, b"", NOW).expect("signed");
        let signed = head.uri.to_string();
        assert!(signed.starts_with("https://api.example/a?b=1&pc-version=1&pc-key=k&"), "{signed}");
        assert!(matches!(signer.sign_request(&mut head, b"", NOW), Err(SignError::AlreadySigned)));
        assert_eq!(head.uri.to_string(), signed);
    }
}
