//! Signing events.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::presented::{Signed, is_id, moment_of};
use super::scheme::{List, Moment, VERSION, WebhookEncoding, WebhookScheme};
use super::secret::{InvalidWebhookSecret, LiveKey, WebhookSecret};
use crate::Timestamp;
use crate::crypto::random;
use crate::sign::{RequestSigner, SignError};

/// Signs events the way [`WebhookVerifier`](super::WebhookVerifier) verifies them: both feed
/// the same text.
///
/// As a [`RequestSigner`], it keeps the id that a request has in the header of the scheme, so
/// that an event can be sent again under its id, and makes one where there is none.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::webhook::{WebhookScheme, WebhookSigner};
///
/// let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
/// let signer = WebhookSigner::new(WebhookScheme::standard(), secrets)?;
/// let now = Timestamp::from_unix_seconds(1_614_265_330);
/// let signed = signer.sign_as("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#, now)?;
/// let [.., (name, signature)] = signed.pairs() else { unreachable!() };
/// assert_eq!(*name, "webhook-signature");
/// assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WebhookSigner {
    scheme: WebhookScheme,
    keys: Arc<[LiveKey]>,
}

/// The headers of one signed event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookHeaders(Vec<(&'static str, String)>);

impl WebhookSigner {
    /// Signs with each of `secrets`, which must be one where the scheme has room for one
    /// signature.
    ///
    /// # Errors
    /// When there is no secret, or one that is not what the scheme wants, or too many.
    pub fn new<S: Into<WebhookSecret>>(
        scheme: WebhookScheme,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<Self, InvalidWebhookSecret> {
        let keys: Arc<[LiveKey]> = LiveKey::all(&scheme, secrets)?.into();
        if keys.len() > 1 && matches!(scheme.list, List::One { .. }) {
            return Err(InvalidWebhookSecret::Several);
        }
        Ok(Self { scheme, keys })
    }

    /// Signs an event with this body at `now`, under an id of its own where the scheme has ids.
    ///
    /// # Errors
    /// When `now` lies outside the years 2001 to 2286, when every secret has ended, or when the
    /// system has no randomness for an id.
    pub fn sign(&self, body: &[u8], now: Timestamp) -> Result<WebhookHeaders, SignError> {
        match self.scheme.id {
            Some(_) => self.sign_as(&fresh_id()?, body, now),
            None => self.sign_as("", body, now),
        }
    }

    /// Signs an event under the id `id`, which is left out where the scheme has none.
    ///
    /// # Errors
    /// The same, and when the scheme has ids and `id` cannot be one: it is empty, longer than
    /// 255 bytes, or has a character other than visible ASCII without the dot.
    pub fn sign_as(&self, id: &str, body: &[u8], now: Timestamp) -> Result<WebhookHeaders, SignError> {
        let id = if self.scheme.id.is_some() { id } else { "" };
        if self.scheme.id.is_some() && !is_id(id) {
            return Err(SignError::InvalidHeader);
        }
        let seconds = now.as_unix_seconds().to_string();
        if self.scheme.moment != Moment::Nowhere && moment_of(&seconds).is_none() {
            return Err(SignError::InvalidTime);
        }
        let signed = Signed { id, seconds: &seconds };
        let tags: Vec<_> = self
            .keys
            .iter()
            .filter(|key| key.is_in_force(now))
            .map(|key| key.hmac.sign_with(|sink| signed.feed(&self.scheme, body, sink)))
            .collect();
        if tags.is_empty() {
            return Err(SignError::NoKey);
        }
        let every = |before: &str, encoding: WebhookEncoding, between: &str| {
            let one = |tag: &crate::crypto::Tag| format!("{before}{}", encoding.encode(tag.expose()));
            tags.iter().map(one).collect::<Vec<_>>().join(between)
        };
        let list = match self.scheme.list {
            List::One { before, encoding } => every(before, encoding, ""),
            List::Versions => every(&format!("{VERSION},"), WebhookEncoding::Base64, " "),
            List::Pairs => {
                format!("t={seconds},{}", every(&format!("{VERSION}="), WebhookEncoding::Hex, ","))
            }
        };
        let mut headers = Vec::with_capacity(3);
        headers.extend(self.scheme.id.map(|name| (name, id.to_owned())));
        headers.extend(self.scheme.moment.header().map(|name| (name, seconds)));
        headers.push((self.scheme.signature, list));
        Ok(WebhookHeaders(headers))
    }
}

/// An id that no other event has.
fn fresh_id() -> Result<String, SignError> {
    Ok(format!("msg_{}", random::base64url::<16>()?))
}

impl RequestSigner for WebhookSigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        let added = [self.scheme.moment.header(), Some(self.scheme.signature)];
        if added.into_iter().flatten().any(|name| head.headers.contains_key(name)) {
            return Err(SignError::AlreadySigned);
        }
        let mut ids = self.scheme.id.into_iter().flat_map(|name| head.headers.get_all(name));
        let signed = match (ids.next(), ids.next()) {
            (None, _) => self.sign(body, now)?,
            (Some(id), None) => {
                self.sign_as(id.to_str().map_err(|_| SignError::InvalidHeader)?, body, now)?
            }
            (Some(_), Some(_)) => return Err(SignError::InvalidHeader),
        };
        signed.insert_into(&mut head.headers).map_err(|_| SignError::InvalidHeader)
    }
}

impl WebhookHeaders {
    /// The headers as names and values.
    #[must_use]
    pub fn pairs(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// Sets the headers, in place of any that are there; the signatures are marked as sensitive.
    ///
    /// # Errors
    /// Never with the schemes of this crate; when the text before a signature of a scheme of
    /// one's own has characters that no header can hold.
    pub fn insert_into(&self, headers: &mut HeaderMap) -> Result<(), http::header::InvalidHeaderValue> {
        let value = |(name, value): &(&'static str, String)| {
            Ok((HeaderName::from_static(name), HeaderValue::from_str(value)?))
        };
        let mut values = self.0.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        if let Some((_, signature)) = values.last_mut() {
            signature.set_sensitive(true);
        }
        for (name, value) in values {
            headers.insert(name, value);
        }
        Ok(())
    }
}
