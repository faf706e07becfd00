//! What an authenticator asks of signatures.

use std::time::Duration;

use super::body::ExpectedBody;
use super::component::Component;
use super::message::Message;
use super::parameters::SignatureParameters;
use super::presented::Choice;
use super::profile::Profile;
use crate::crypto::digest::sha256;
use crate::request::RequestView;
use crate::{AuthError, Reason, Timestamp};

/// The settings of an authenticator.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) choice: Choice,
    pub(super) profile: Profile,
    pub(super) tag: Option<Box<str>>,
    pub(super) scheme: Option<&'static str>,
    /// In lower case, without a default port; none where every host is ours.
    pub(super) authorities: Option<Box<[Box<str>]>>,
    pub(super) max_age: Duration,
    pub(super) max_skew: Duration,
    pub(super) nonce: Nonce,
    pub(super) bodies: Bodies,
}

/// When a body is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bodies {
    /// While the handler reads it.
    Stream,
    /// Before the handler is called.
    Whole,
}

/// Whether there must be a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nonce {
    Optional,
    Required,
}

/// What makes a request one that may come once.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    pub(super) nonce: Option<&'a str>,
    /// The first moment at which the request is refused for its age.
    pub(super) until: Timestamp,
}

impl Claims<'_> {
    /// What is claimed: the nonce, or else a digest of what was signed. Not the signature, of
    /// which ECDSA lets anybody make a second one that verifies too.
    pub(super) fn bytes(&self, base: &str) -> Vec<u8> {
        match self.nonce {
            Some(nonce) => [b"n", nonce.as_bytes()].concat(),
            None => [&b"b"[..], &sha256(base.as_bytes())].concat(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            choice: Choice::Only,
            profile: Profile::default(),
            tag: None,
            scheme: None,
            authorities: None,
            max_age: Duration::from_secs(300),
            max_skew: Duration::from_secs(60),
            nonce: Nonce::Optional,
            bodies: Bodies::Stream,
        }
    }
}

impl Settings {
    /// The longest key id that is looked up, and the longest nonce, in bytes.
    const LONGEST: usize = 255;

    /// Checks what is there, and gives the id of the key.
    pub(super) fn check_parameters<'p>(&self, given: &'p SignatureParameters) -> Result<&'p str, AuthError> {
        let invalid = AuthError::new(Reason::InvalidCredential);
        let fits = |text: &&str| !text.is_empty() && text.len() <= Self::LONGEST;
        let nonce = given.nonce.as_deref();
        if nonce.is_some_and(|nonce| !fits(&nonce)) || (nonce.is_none() && self.nonce == Nonce::Required) {
            return Err(invalid);
        }
        if self.tag.is_some() && self.tag.as_deref() != given.tag.as_deref() {
            return Err(invalid);
        }
        given.keyid.as_deref().filter(fits).ok_or(invalid)
    }

    /// Checks the times, and says what is claimed until when.
    pub(super) fn check_times<'p>(
        &self,
        given: &'p SignatureParameters,
        now: Timestamp,
    ) -> Result<Claims<'p>, AuthError> {
        let refused = |reason| Err(AuthError::new(reason));
        let now = now.as_unix_seconds();
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        // Without it nobody could say how old the signature is.
        let Some(created) = given.created.filter(|created| *created >= 0) else {
            return refused(Reason::InvalidCredential);
        };
        if given.expires.is_some_and(|expires| expires <= created) {
            return refused(Reason::InvalidCredential);
        }
        if created > now.saturating_add(seconds(self.max_skew)) {
            return refused(Reason::NotYetValid);
        }
        let oldest = created.saturating_add(seconds(self.max_age));
        let end = given.expires.map_or(oldest, |expires| expires.min(oldest));
        if end <= now {
            return refused(Reason::Expired);
        }
        Ok(Claims { nonce: given.nonce.as_deref(), until: Timestamp::from_unix_seconds(end) })
    }

    /// Checks what is covered, and says what the body must be.
    pub(super) fn check_covered(
        &self,
        components: &[Component],
        request: &RequestView<'_>,
    ) -> Result<ExpectedBody, AuthError> {
        if !self.profile.is_met(components, request) {
            return Err(AuthError::new(Reason::NotCovered));
        }
        ExpectedBody::of(request, components, self.profile.body)
    }

    /// Checks that the request is for a host of ours.
    pub(super) fn check_authority(&self, message: &Message<'_>) -> Result<(), AuthError> {
        let ours = |held: &[Box<str>]| held.iter().any(|held| **held == *message.authority);
        if self.authorities.as_deref().is_none_or(ours) {
            return Ok(());
        }
        Err(AuthError::new(Reason::WrongAudience))
    }
}
