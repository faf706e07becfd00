//! Signing with `x-auth-*` headers.

use std::fmt;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::strict_signer::{StrictXAuthSigner, refuse_signed};
use super::{EXP, ISS, NBF, SIGNATURE, canonical};
use crate::canonical::base64;
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::sign::{RequestSigner, SignError};
use crate::{KeyId, Secret, Timestamp};

/// Signs requests in the compatible form, the way [`XAuthAuthenticator`](super::XAuthAuthenticator) verifies
/// them: both build the signed text with the same function.
///
/// ```
/// use portcullis::x_auth::XAuthSigner;
/// use portcullis::{Secret, Timestamp};
///
/// let signer = XAuthSigner::new("M-LmI2b3pA0UdIuU7OhXEw", &Secret::from("a secret of yours"));
/// let signed = signer.sign(br#"{"title":"Hi"}"#, Timestamp::from_unix_seconds(1_700_000_000))?;
/// let mut headers = http::HeaderMap::new();
/// signed.insert_into(&mut headers)?;
/// assert_eq!(headers["x-auth-exp"], "1700000060");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct XAuthSigner {
    id: KeyId,
    key: HmacKey,
    life: Duration,
}

/// The four headers of one signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XAuthHeaders {
    /// `x-auth-iss`.
    pub iss: String,
    /// `x-auth-exp`.
    pub exp: String,
    /// `x-auth-nbf`.
    pub nbf: String,
    /// `x-auth-signature`.
    pub signature: String,
}

/// The time cannot be written in ten digits of Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time cannot be written as ten digits of unix seconds")]
pub struct UnwritableTime;

impl XAuthSigner {
    /// How far `nbf` is set back, so that a server whose clock is behind accepts.
    const SET_BACK: Duration = Duration::from_secs(5);

    /// Signs as the key `id` with `secret`, a [`Secret`] or that of an issued key, which is used
    /// as the text that it is.
    #[must_use]
    pub fn new(id: impl Into<KeyId>, secret: &impl AsRef<Secret>) -> Self {
        let key = HmacKey::new(HmacAlgorithm::Sha256, secret.as_ref());
        Self { id: id.into(), key, life: Duration::from_secs(60) }
    }

    /// How long a signed request is good for, from the moment of signing: 60 s without
    /// this.
    #[must_use]
    pub const fn with_life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// The same key and life, in the strict form: what new clients should use.
    #[must_use]
    pub fn strict(self) -> StrictXAuthSigner {
        StrictXAuthSigner::of(self.id, self.key, self.life)
    }

    /// Signs a request with this body at `now`.
    ///
    /// # Errors
    /// When the window of validity lies outside the years 2001 to 2286.
    pub fn sign(&self, body: &[u8], now: Timestamp) -> Result<XAuthHeaders, UnwritableTime> {
        let exp = now.saturating_add(self.life).as_unix_seconds().to_string();
        let nbf = now.saturating_sub(Self::SET_BACK).as_unix_seconds().to_string();
        if canonical::seconds(&exp).is_none() || canonical::seconds(&nbf).is_none() {
            return Err(UnwritableTime);
        }
        let iss = self.id.as_str().to_owned();
        let tag = self.key.sign_with(|sink| canonical::feed(&iss, &exp, &nbf, body, sink));
        Ok(XAuthHeaders { iss, exp, nbf, signature: base64::encode_standard(tag.expose()) })
    }
}

impl RequestSigner for XAuthSigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        refuse_signed(&head.headers)?;
        let signed = self.sign(body, now).map_err(|UnwritableTime| SignError::InvalidTime)?;
        signed.insert_into(&mut head.headers).map_err(|_| SignError::InvalidHeader)
    }
}

/// The bytes that are signed for headers of these values and this body: no secret, for
/// whoever must find out why two sides disagree. Signer and verifier feed the same.
///
/// ```
/// use portcullis::x_auth::canonical_text;
/// let text = canonical_text("id", "1510564397", "1510564037", b"hi");
/// assert_eq!(text, b"id15105643971510564037aGk=");
/// ```
#[must_use]
pub fn canonical_text(iss: &str, exp: &str, nbf: &str, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    canonical::feed(iss, exp, nbf, body, &mut |part| text.extend_from_slice(part));
    text
}

impl fmt::Debug for XAuthSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XAuthSigner").field("id", &self.id).finish_non_exhaustive()
    }
}

impl XAuthHeaders {
    /// The headers as names and values.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 4] {
        [(ISS, &self.iss), (EXP, &self.exp), (NBF, &self.nbf), (SIGNATURE, &self.signature)]
    }

    /// Sets the headers, in place of any that are there; all of them or none.
    ///
    /// # Errors
    /// When the key id has characters that no header value can hold.
    pub fn insert_into(&self, headers: &mut HeaderMap) -> Result<(), http::header::InvalidHeaderValue> {
        let mut values = Vec::with_capacity(self.pairs().len());
        for (name, value) in self.pairs() {
            values.push((HeaderName::from_static(name), HeaderValue::from_str(value)?));
        }
        values.into_iter().for_each(|(name, value)| drop(headers.insert(name, value)));
        Ok(())
    }
}
