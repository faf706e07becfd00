//! Signing with the strict form of `x-auth-*` headers.

use std::fmt;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::strict::{self, StrictFields};
use super::{DIGEST, EXP, HEADERS, ISS, NBF, NONCE, SIGNATURE, VERSION};
use crate::canonical::{base64, number};
use crate::crypto::{HmacAlgorithm, HmacKey, random};
use crate::request::RequestTarget;
use crate::sign::{RequestSigner, SignError};
use crate::store::strict_form::{self, StrictTexts, body_digest, sign_target, signable_authority};
use crate::{KeyId, Secret, Timestamp};

/// Signs requests in the strict form, the way
/// [`XAuthAuthenticator`](super::XAuthAuthenticator) verifies them: both build the message with
/// the same function.
///
/// ```
/// use portcullis::x_auth::StrictXAuthSigner;
/// use portcullis::{Secret, Timestamp, sign::RequestSigner};
///
/// let signer = StrictXAuthSigner::new("M-LmI2b3pA0UdIuU7OhXEw", &Secret::from("a secret of yours"));
/// let request = http::Request::post("https://api.example/orders").body(())?;
/// let (mut head, ()) = request.into_parts();
/// signer.sign_request(&mut head, br#"{"title":"Hi"}"#, Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert_eq!(head.headers["x-auth-version"], "1");
/// assert_eq!(head.headers["x-auth-exp"], "1700000060");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StrictXAuthSigner {
    id: KeyId,
    key: HmacKey,
    life: Duration,
}

/// The seven headers of one signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StrictXAuthHeaders {
    /// `x-auth-iss`.
    pub iss: String,
    /// `x-auth-nbf`.
    pub nbf: String,
    /// `x-auth-exp`.
    pub exp: String,
    /// `x-auth-nonce`.
    pub nonce: String,
    /// `x-auth-digest`.
    pub digest: String,
    /// `x-auth-signature`.
    pub signature: String,
}

impl StrictXAuthSigner {
    /// How far `nbf` is set back, so that a server whose clock is behind accepts.
    const SET_BACK: Duration = Duration::from_secs(5);

    /// Signs as the key `id` with `secret`, a [`Secret`] or that of an issued key, which is used
    /// as the text that it is.
    #[must_use]
    pub fn new(id: impl Into<KeyId>, secret: &impl AsRef<Secret>) -> Self {
        Self::of(id.into(), HmacKey::new(HmacAlgorithm::Sha256, secret.as_ref()), Duration::from_secs(60))
    }

    pub(super) const fn of(id: KeyId, key: HmacKey, life: Duration) -> Self {
        Self { id, key, life }
    }

    /// How long a signed request is good for, from the moment of signing, in whole seconds: 60 s
    /// without this.
    #[must_use]
    pub const fn with_life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Signs a request to this target, with its authority, and with this body, at `now`.
    ///
    /// # Errors
    /// When the target has no authority or one that is no host and port, when its path or query
    /// could arrive otherwise than they are sent, when the key id cannot be a header, when the
    /// window of validity is empty or lies outside the years 2001 to 2286, or when the system's
    /// random generator fails.
    pub fn sign(
        &self,
        target: &RequestTarget<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<StrictXAuthHeaders, SignError> {
        self.sign_with(target, body, now, &*random::bytes()?)
    }

    fn sign_with(
        &self,
        target: &RequestTarget<'_>,
        body: &[u8],
        now: Timestamp,
        nonce: &[u8; 16],
    ) -> Result<StrictXAuthHeaders, SignError> {
        let authority = signable_authority(target)?;
        let iss = self.id.as_str();
        if !(1..=StrictTexts::LONGEST_ID).contains(&iss.len())
            || !iss.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(SignError::InvalidHeader);
        }
        let nbf = now.saturating_sub(Self::SET_BACK).as_unix_seconds().to_string();
        let exp = now.saturating_add(self.life).as_unix_seconds().to_string();
        match (number::ten_digits(&nbf), number::ten_digits(&exp)) {
            (Some(start), Some(end)) if start < end => {}
            _ => return Err(SignError::InvalidTime),
        }
        let digest = body_digest(body);
        let fields = StrictFields { iss, nbf: &nbf, exp: &exp, nonce, digest: &digest };
        let tag = self.key.sign_with(|sink| strict::feed(target, &authority, &fields, sink));
        Ok(StrictXAuthHeaders {
            iss: iss.to_owned(),
            nbf,
            exp,
            nonce: base64::encode_url(nonce),
            digest: base64::encode_url(&digest),
            signature: base64::encode_url(tag.expose()),
        })
    }
}

impl RequestSigner for StrictXAuthSigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        refuse_signed(&head.headers)?;
        let signed = sign_target(head, |target| self.sign(target, body, now))?;
        signed.insert_into(&mut head.headers).map_err(|_| SignError::InvalidHeader)
    }
}

/// Refuses a request that has a header of either form.
pub(super) fn refuse_signed(headers: &HeaderMap) -> Result<(), SignError> {
    if HEADERS.iter().any(|name| headers.contains_key(*name)) {
        return Err(SignError::AlreadySigned);
    }
    Ok(())
}

impl StrictXAuthHeaders {
    /// The headers as names and values.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 7] {
        [
            (VERSION, strict_form::VERSION),
            (ISS, &self.iss),
            (NBF, &self.nbf),
            (EXP, &self.exp),
            (NONCE, &self.nonce),
            (DIGEST, &self.digest),
            (SIGNATURE, &self.signature),
        ]
    }

    /// Sets the headers, in place of any that are there; all of them or none.
    ///
    /// # Errors
    /// When the key id has characters that no header value can hold.
    pub fn insert_into(&self, headers: &mut HeaderMap) -> Result<(), http::header::InvalidHeaderValue> {
        let mut values = Vec::with_capacity(HEADERS.len());
        for (name, value) in self.pairs() {
            values.push((HeaderName::from_static(name), HeaderValue::from_str(value)?));
        }
        values.into_iter().for_each(|(name, value)| drop(headers.insert(name, value)));
        Ok(())
    }
}

impl fmt::Debug for StrictXAuthSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrictXAuthSigner").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn target<'a>(authority: Option<&'a str>, path: &'a str) -> RequestTarget<'a> {
        RequestTarget { authority, ..RequestTarget::new("GET", path, None) }
    }

    #[test]
    fn what_a_verifier_would_refuse_is_not_signed() {
        let signer = |id: &str| StrictXAuthSigner::new(id, &Secret::from("secret"));
        let good = target(Some("api.example"), "/");
        assert!(signer("k").sign(&good, b"", NOW).is_ok());
        for id in ["", "a b", "é", &"k".repeat(256)] {
            assert!(matches!(signer(id).sign(&good, b"", NOW), Err(SignError::InvalidHeader)), "{id}");
        }
        let refused = |target| signer("k").sign(&target, b"", NOW);
        assert!(matches!(refused(target(None, "/")), Err(SignError::NoAuthority)));
        for (authority, path) in [("u@a", "/"), ("", "/"), ("a", "*"), ("a", "/%zz"), ("a", "/é")] {
            let refused = refused(target(Some(authority), path));
            assert!(matches!(refused, Err(SignError::InvalidTarget)), "{authority} {path}");
        }
        for seconds in [0, 999_999_999, 9_999_999_999, i64::MIN / 1_000_000] {
            let refused = signer("k").sign(&good, b"", Timestamp::from_unix_seconds(seconds));
            assert!(matches!(refused, Err(SignError::InvalidTime)), "{seconds}");
        }
    }

    #[test]
    fn a_request_is_signed_once_and_stays_as_it_was_after_an_error() {
        let signer = StrictXAuthSigner::new("k", &Secret::from("secret"));
        let request = http::Request::get("https://api.example/a?b").header(NONCE, "x").body(());
        let (mut head, ()) = request.expect("a request").into_parts();
        assert!(matches!(signer.sign_request(&mut head, b"", NOW), Err(SignError::AlreadySigned)));
        assert_eq!(head.headers.len(), 1);
        head.headers.clear();
        signer.sign_request(&mut head, b"", NOW).expect("signed");
        assert_eq!(head.headers.len(), 7);
        let nonce = head.headers[NONCE].clone();
        head.headers.clear();
        signer.sign_request(&mut head, b"", NOW).expect("signed");
        assert_ne!(head.headers[NONCE], nonce, "each has a nonce of its own");
    }
}
