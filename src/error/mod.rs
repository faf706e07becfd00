//! Why a request was refused.

mod reason;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::limit::{RateLimitFields, whole_seconds};
use crate::{Credential, KeyId, Scheme};

pub use reason::{ErrorKind, Reason};

/// A refusal.
///
/// Opaque on the wire: [`kind`](Self::kind) decides the status;
/// [`scheme`](Self::scheme) and [`reason`](Self::reason) are fixed vocabularies for
/// logs and renderers; the source is for logs alone.
///
/// ```
/// use portcullis::{AuthError, ErrorKind, Reason, Scheme};
/// let error = AuthError::new(Reason::UnknownKey).with_scheme(Scheme::ApiKey);
/// assert_eq!(error.kind(), ErrorKind::Unauthenticated);
/// assert_eq!(error.to_string(), "api-key: the key is unknown");
/// ```
#[derive(Debug)]
pub struct AuthError {
    reason: Reason,
    scheme: Option<Scheme>,
    key: Option<KeyId>,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// Apart, for few refusals have any.
    details: Option<Box<Details>>,
}

#[derive(Debug, Default)]
struct Details {
    retry_after: Option<Duration>,
    fields: Option<Box<RateLimitFields>>,
    presented: Presented,
}

/// The id that a credential names its key or its user by, whether there is one or not.
#[derive(Default)]
struct Presented(Option<Box<str>>);

impl fmt::Debug for Presented {
    /// Not the id: it is whatever a stranger sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Presented(..)" } else { "Presented" })
    }
}

impl AuthError {
    /// A refusal for `reason`.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self { reason, scheme: None, key: None, source: None, details: None }
    }

    /// Says which scheme refused; an earlier word on it stands.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme.get_or_insert(scheme);
        self
    }

    /// Says which stored key was used, so that its operator can find it in the log.
    #[must_use]
    pub fn with_key(mut self, key: KeyId) -> Self {
        self.key = Some(key);
        self
    }

    /// Says which credential was used, as far as it is known.
    #[must_use]
    pub(crate) fn with_credential(self, credential: Option<&Credential>) -> Self {
        let Some(credential) = credential else { return self };
        let error = self.with_scheme(credential.scheme());
        match credential.key() {
            Some(key) => error.with_key(key.clone()),
            None => error,
        }
    }

    /// Adds the underlying error, which only logs will see.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says how long to wait before the request is made again, in whole seconds, rounded
    /// up: what a 429 says in `Retry-After` (RFC 9110, section 10.2.3), and a 503 instead of
    /// the layer's own number.
    ///
    /// ```
    /// use portcullis::{AuthError, Reason};
    /// use std::time::Duration;
    /// let error = AuthError::new(Reason::QuotaExhausted).with_retry_after(Duration::from_millis(1_200));
    /// assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.details.get_or_insert_default().retry_after = Some(whole_seconds(wait));
        self
    }

    /// Says how the budgets stand that the refusal is about.
    pub(crate) fn with_fields(mut self, fields: Option<Box<RateLimitFields>>) -> Self {
        self.details.get_or_insert_default().fields = fields;
        self
    }

    /// Says which id the refused credential names, known or not. Failures are counted under
    /// it, and it is never logged: only [`with_key`](Self::with_key) is.
    ///
    /// A scheme says it of every refusal behind the look-up, or of none: what is counted for
    /// known ids alone tells them apart.
    pub(crate) fn with_presented(mut self, id: &str) -> Self {
        self.details.get_or_insert_default().presented = Presented(Some(id.into()));
        self
    }

    /// The class of the refusal.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.reason.kind()
    }

    /// The precise reason.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The scheme that refused, if one did.
    #[must_use]
    pub const fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// The public id of the stored key that was used, where one was found.
    #[must_use]
    pub const fn key(&self) -> Option<&KeyId> {
        self.key.as_ref()
    }

    /// How long to wait before the request is made again, in whole seconds, where that was
    /// said.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.details.as_ref()?.retry_after
    }

    pub(crate) fn fields(&self) -> Option<&RateLimitFields> {
        self.details.as_ref()?.fields.as_deref()
    }

    pub(crate) fn presented(&self) -> Option<&str> {
        self.details.as_ref()?.presented.0.as_deref()
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Some(scheme) => write!(f, "{scheme}: {}", self.reason),
            None => write!(f, "{}", self.reason),
        }
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<Reason> for AuthError {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_text_of_its_own() {
        let texts: std::collections::HashSet<_> = Reason::ALL.iter().map(|r| r.text()).collect();
        assert_eq!(texts.len(), Reason::ALL.len());
    }

    #[test]
    fn the_first_scheme_stands() {
        let error = AuthError::new(Reason::Expired).with_scheme(Scheme::Jwt).with_scheme(Scheme::XAuth);
        assert_eq!(error.scheme(), Some(Scheme::Jwt));
    }

    #[test]
    fn a_refusal_names_the_credential_it_is_about() {
        let refused = |credential| AuthError::new(Reason::OwnerInactive).with_credential(credential);
        let named = |error: AuthError| (error.scheme(), error.key().cloned());
        let key = Credential::of_key(Scheme::ApiKey, crate::Realm::default(), KeyId::from("k"));
        let token = Credential::of_scheme(Scheme::Jwt);
        assert_eq!(named(refused(Some(&key))), (Some(Scheme::ApiKey), Some(KeyId::from("k"))));
        assert_eq!(named(refused(Some(&token))), (Some(Scheme::Jwt), None));
        assert_eq!(named(refused(None)), (None, None));
    }
}
