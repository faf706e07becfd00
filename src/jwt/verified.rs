//! A token that was verified.

use std::fmt;

use serde::de::DeserializeOwned;

use super::claims::{Audience, Claims, ScopeClaim};
use super::{Confirmation, IssuerSubject};
use crate::{AuthError, Reason, Scopes, Timestamp};

/// The claims of a token that a [`JwtVerifier`](super::JwtVerifier) accepted, or that its
/// issuer called active.
///
/// There is no other way to make one, and no type here shows the claims of a token that
/// was not verified.
#[derive(Clone)]
pub struct VerifiedToken {
    pub(super) payload: String,
    pub(super) claims: Claims,
    /// The header, where it has critical members.
    pub(super) critical: Option<Box<str>>,
}

/// The claims, or the header, are not of the type that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("claims or header of the token are not of the expected type")]
pub struct ClaimsError(#[source] serde_json::Error);

impl VerifiedToken {
    /// A token of which the claims are yet to be read.
    pub(super) fn new(payload: String) -> Self {
        Self { payload, claims: Claims::default(), critical: None }
    }

    /// Whom the token is about: `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.claims.subject.as_ref().map(|part| part.text(&self.payload))
    }

    /// Who issued it: `iss`.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer.as_ref().map(|part| part.text(&self.payload))
    }

    /// Whom it is for: every value of `aud`.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let parts = self.claims.audience.as_ref().map(Audience::parts).unwrap_or_default();
        parts.iter().map(|part| part.text(&self.payload))
    }

    /// When it ends: `exp`.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.claims.expires_at
    }

    /// When it begins: `nbf`.
    #[must_use]
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.claims.not_before
    }

    /// When it was issued: `iat`.
    #[must_use]
    pub const fn issued_at(&self) -> Option<Timestamp> {
        self.claims.issued_at
    }

    /// Its own id: `jti`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.claims.id.as_ref().map(|part| part.text(&self.payload))
    }

    /// The `scope` claim (RFC 8693, section 4.2): a list with spaces between.
    ///
    /// # Errors
    /// [`Reason::InvalidClaim`] when there is a `scope` that is not a string.
    pub fn scope(&self) -> Result<Option<&str>, AuthError> {
        match &self.claims.scope {
            None => Ok(None),
            Some(ScopeClaim::List(part)) => Ok(Some(part.text(&self.payload))),
            Some(ScopeClaim::WrongType) => Err(AuthError::new(Reason::InvalidClaim)),
        }
    }

    /// The `scope` claim as scopes; none where the claim is missing.
    ///
    /// # Errors
    /// [`Reason::InvalidClaim`] when the claim is not a string, or holds a word that is
    /// no scope.
    pub fn scopes(&self) -> Result<Scopes, AuthError> {
        let list = self.scope()?.unwrap_or_default();
        Scopes::parse(list).map_err(|_| AuthError::new(Reason::InvalidClaim))
    }

    /// What it is bound to: `cnf` (RFC 7800). A bound token is not to be accepted from whoever
    /// holds it. Authenticators check this; whoever calls a verifier directly must do so too.
    #[must_use]
    pub fn confirmation(&self) -> Option<&Confirmation> {
        self.claims.confirmation.as_deref()
    }

    /// Every claim, as a type of the application.
    ///
    /// ```
    /// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier};
    /// use portcullis::Timestamp;
    /// use std::time::Duration;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Mine {
    ///     tenant: u32,
    /// }
    ///
    /// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
    /// let now = Timestamp::from_unix_seconds(1_700_000_000);
    /// let extra = serde_json::json!({ "tenant": 7 });
    /// let text = JwtIssuer::new(key.clone(), Duration::from_secs(60)).issue_with("ada", now, extra)?;
    ///
    /// let token = JwtVerifier::new(JwtPolicy::new(), [key])?.verify(&text, now)?;
    /// assert_eq!(token.claims::<Mine>()?.tenant, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the claims are not of that type.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, ClaimsError> {
        serde_json::from_str(&self.payload).map_err(ClaimsError)
    }

    /// Who the token is about, everywhere: its issuer and its subject, of which neither is
    /// enough where there are several issuers (RFC 7519, section 4.1.2).
    ///
    /// # Errors
    /// [`Reason::MissingClaim`] when `iss` or `sub` is missing, [`Reason::InvalidClaim`] when
    /// `sub` is empty.
    pub fn issuer_subject(&self) -> Result<IssuerSubject<'_>, AuthError> {
        let issuer = self.issuer().ok_or_else(|| AuthError::new(Reason::MissingClaim))?;
        Ok(IssuerSubject::new(issuer, self.some_subject()?))
    }

    /// The subject, which names somebody.
    pub(super) fn some_subject(&self) -> Result<&str, AuthError> {
        match self.subject() {
            None => Err(AuthError::new(Reason::MissingClaim)),
            Some("") => Err(AuthError::new(Reason::InvalidClaim)),
            Some(subject) => Ok(subject),
        }
    }

    /// The header of a token with `crit`, which it can have only if the policy
    /// [understands](super::JwtPolicy::understand_critical) what it names; none for other
    /// tokens.
    ///
    /// ```
    /// use portcullis::jwt::{ClaimsError, VerifiedToken};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Extension {
    ///     #[serde(rename = "https://example.com/until")]
    ///     until: u64,
    /// }
    ///
    /// fn until(token: &VerifiedToken) -> Result<Option<u64>, ClaimsError> {
    ///     Ok(token.critical_header::<Extension>()?.map(|extension| extension.until))
    /// }
    /// # let _ = until;
    /// ```
    ///
    /// # Errors
    /// When the header is not of that type.
    pub fn critical_header<T: DeserializeOwned>(&self) -> Result<Option<T>, ClaimsError> {
        self.critical.as_deref().map(serde_json::from_str).transpose().map_err(ClaimsError)
    }
}

impl fmt::Debug for VerifiedToken {
    /// Subject and end only: other claims may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("subject", &self.subject())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}
