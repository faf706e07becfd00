//! What the strict forms of two schemes check in the same way.

use std::borrow::Cow;
use std::time::Duration;

use http::request::Parts;
use http::uri::Authority;

use super::signing::Signing;
use super::{KeyStore, NonceStore};
use crate::canonical::framed::Framed;
use crate::canonical::query::{find, is_broken};
use crate::canonical::{authority, base64, number};
use crate::crypto::digest::{OF_NOTHING, sha256};
use crate::crypto::{BodyDigest, DigestGuard, Tag};
use crate::request::{RequestTarget, RequestView};
use crate::sign::{SignError, outgoing};
use crate::{AuthError, Outcome, Reason, Scheme, Timestamp};

/// The one version that there is.
pub(crate) const VERSION: &str = "1";

/// Which forms an authenticator takes at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Forms {
    #[default]
    Both,
    StrictOnly,
}

/// When the body of the strict form is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bodies {
    /// While the handler reads it.
    #[default]
    Stream,
    /// As a whole, before the handler is called.
    Buffer,
}

/// What an authenticator expects of the strict form.
#[derive(Clone, Debug, Default)]
pub(crate) struct StrictRules {
    pub(crate) forms: Forms,
    pub(crate) bodies: Bodies,
    /// In one spelling; none stand for all.
    authorities: Vec<Box<str>>,
}

/// A credential of the strict form, parsed.
pub(crate) struct StrictCredential<'a> {
    pub(crate) key: &'a str,
    pub(crate) start: &'a str,
    pub(crate) end: &'a str,
    pub(crate) nonce: [u8; 16],
    pub(crate) digest: [u8; 32],
    pub(crate) signature: [u8; 32],
}

/// The parts of a credential as texts.
pub(crate) struct StrictTexts<'a> {
    pub(crate) version: &'a str,
    pub(crate) key: &'a str,
    pub(crate) start: &'a str,
    pub(crate) end: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) digest: &'a str,
    pub(crate) signature: &'a str,
}

impl<'a> StrictTexts<'a> {
    /// The longest key id that is looked up, in bytes.
    pub(crate) const LONGEST_ID: usize = 255;

    /// Reads the parts; each has one spelling.
    pub(crate) fn read(self) -> Result<StrictCredential<'a>, AuthError> {
        if self.version != VERSION {
            return Err(AuthError::new(Reason::MalformedSignature));
        }
        let (Some(nonce), Some(digest), Some(signature), true) = (
            base64::url(self.nonce.as_bytes()),
            // That of a request without a body is known.
            if self.digest == TEXT_OF_NOTHING {
                Some(OF_NOTHING)
            } else {
                base64::url(self.digest.as_bytes())
            },
            base64::url(self.signature.as_bytes()),
            (1..=Self::LONGEST_ID).contains(&self.key.len()),
        ) else {
            return Err(AuthError::new(Reason::InvalidCredential));
        };
        Ok(StrictCredential { key: self.key, start: self.start, end: self.end, nonce, digest, signature })
    }
}

impl StrictRules {
    /// Adds an authority; from then on only those count that were added.
    pub(crate) fn add_authority(&mut self, added: &Authority) {
        let named = match added.port() {
            Some(port) => format!("{}:{port}", added.host()),
            None => added.host().to_owned(),
        };
        // What has no spelling matches nothing.
        self.authorities.push(authority::one_spelling(&named).unwrap_or_default().into());
    }

    /// The authority of a request in one spelling, if it is one of those that count; and no
    /// escape that is broken in what is signed as it was sent.
    pub(crate) fn authority<'a>(&self, request: &RequestView<'a>) -> Result<Cow<'a, str>, AuthError> {
        // The search for one byte begins sooner than that for a character.
        let is_broken = |text: &str| find(text.as_bytes(), b'%').is_some() && is_broken(text);
        if is_broken(request.path()) || request.query().is_some_and(is_broken) {
            return Err(AuthError::new(Reason::UnreadableQuery));
        }
        let sent = request.authority()?.unwrap_or_default();
        let spelled = authority::one_spelling(sent).ok_or(AuthError::new(Reason::InvalidHost))?;
        if !self.authorities.is_empty() && !self.authorities.iter().any(|own| **own == *spelled) {
            return Err(AuthError::new(Reason::WrongAudience));
        }
        Ok(spelled)
    }
}

impl StrictCredential<'_> {
    /// Checks the window of validity and gives its end: `start - ahead <= now < end`, in whole
    /// seconds, and `end - start` at most `life`.
    pub(crate) fn check_times(
        &self,
        now: Timestamp,
        ahead: Duration,
        life: Duration,
    ) -> Result<Timestamp, AuthError> {
        let whole = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let now = now.as_unix_seconds();
        let (Some(start), Some(end)) = (number::ten_digits(self.start), number::ten_digits(self.end)) else {
            return Err(AuthError::new(Reason::InvalidCredential));
        };
        if end <= now {
            return Err(AuthError::new(Reason::Expired));
        }
        if start > now.saturating_add(whole(ahead)) {
            return Err(AuthError::new(Reason::NotYetValid));
        }
        if end <= start {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        if end - start > whole(life) {
            return Err(AuthError::new(Reason::LifetimeTooLong));
        }
        Ok(Timestamp::from_unix_seconds(end))
    }
}

impl<K: KeyStore, N: NonceStore> Signing<K, N> {
    /// Verifies a credential whose window was checked, over the message that `feed` passes on.
    ///
    /// The nonce is claimed before the body comes: so a repeat never makes the service read, and
    /// a body that takes long cannot outlast the claim.
    pub(crate) async fn verify_strict(
        &self,
        (scheme, bodies): (Scheme, Bodies),
        credential: &StrictCredential<'_>,
        until: Timestamp,
        request: &RequestView<'_>,
        feed: impl Fn(&mut dyn FnMut(&[u8])),
    ) -> Result<Outcome<K::Principal>, AuthError> {
        let now = request.received_at();
        let record = self.find_usable(scheme, credential.key, now).await?;
        record.check_mac(now, &credential.signature, &feed)?;
        record.check_request(request)?;
        self.claim_nonce(&record, &credential.nonce, until, request).await?;
        if request.is_known_empty() && request.body_came().is_none() {
            if credential.digest != OF_NOTHING {
                return Err(record.refuse_presented(Reason::DigestMismatch));
            }
            return Ok(record.admit(request));
        }
        if bodies == Bodies::Stream {
            request.guard_body(DigestGuard::new(BodyDigest::sha256(credential.digest)));
            return Ok(record.admit(request));
        }
        let body = request.body().await?;
        let (record, later) = self.after_body(record, request).await?;
        if request.body_came().is_some() {
            record.check_mac(later, &credential.signature, &feed)?;
            record.check_request(request)?;
        }
        if !Tag::new(&body_digest(&body)).matches(&credential.digest) {
            return Err(record.refuse_presented(Reason::DigestMismatch));
        }
        Ok(record.admit(request))
    }
}

/// [`OF_NOTHING`] as unpadded base64url.
const TEXT_OF_NOTHING: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/// SHA-256 of a body.
pub(crate) fn body_digest(body: &[u8]) -> [u8; 32] {
    if body.is_empty() { OF_NOTHING } else { sha256(body) }
}

/// The authority of a target in one spelling, if a verifier would find there what was signed.
///
/// # Errors
/// When the target has no authority or one that is no host and port, when its method is none, or
/// when its path or query could arrive otherwise than they are sent.
pub(crate) fn signable_authority<'a>(target: &RequestTarget<'a>) -> Result<Cow<'a, str>, SignError> {
    let named = target.authority.ok_or(SignError::NoAuthority)?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_method = !target.method.is_empty() && target.method.bytes().all(is_token);
    let authority = authority::one_spelling(named).ok_or(SignError::InvalidTarget)?;
    if !is_method || !outgoing::is_signable(target.path, target.query) {
        return Err(SignError::InvalidTarget);
    }
    Ok(authority)
}

/// Signs the head of a request as `sign` signs a target that has an authority.
pub(crate) fn sign_target<T>(
    head: &Parts,
    sign: impl FnOnce(&RequestTarget<'_>) -> Result<T, SignError>,
) -> Result<T, SignError> {
    let authority = outgoing::authority(head)?;
    sign(&RequestTarget {
        authority: Some(&authority),
        ..RequestTarget::new(head.method.as_str(), head.uri.path(), head.uri.query())
    })
}

/// Feeds what both messages begin with: method, authority, path and query, the first and the
/// last two as they were sent.
pub(crate) fn feed_target<'s>(
    label: &str,
    target: &RequestTarget<'_>,
    authority: &str,
    sink: &'s mut dyn FnMut(&[u8]),
) -> Framed<'s> {
    let mut framed = Framed::begin(label, sink);
    framed.field(target.method.as_bytes()).field(authority.as_bytes()).field(target.path.as_bytes());
    framed.optional(target.query.map(str::as_bytes));
    framed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(start: &str, end: &str, now: i64) -> Result<Timestamp, Reason> {
        let (nonce, digest, signature) = ([0; 16], [0; 32], [0; 32]);
        let credential = StrictCredential { key: "k", start, end, nonce, digest, signature };
        let (ahead, life) = (Duration::from_secs(30), Duration::from_secs(600));
        let found = credential.check_times(Timestamp::from_unix_seconds(now), ahead, life);
        found.map_err(|error| error.reason())
    }

    #[test]
    fn the_window_begins_with_its_first_second_and_ends_before_its_last() {
        let (start, end) = ("1700000000", "1700000600");
        for (now, found) in [
            (1_699_999_969, Err(Reason::NotYetValid)),
            (1_699_999_970, Ok(Timestamp::from_unix_seconds(1_700_000_600))),
            (1_700_000_599, Ok(Timestamp::from_unix_seconds(1_700_000_600))),
            (1_700_000_600, Err(Reason::Expired)),
            (i64::MAX / 1_000_000, Err(Reason::Expired)),
            (i64::MIN / 1_000_000, Err(Reason::NotYetValid)),
        ] {
            assert_eq!(times(start, end, now), found, "{now}");
        }
        assert_eq!(times(start, "1700000601", 1_700_000_000), Err(Reason::LifetimeTooLong));
        assert_eq!(times("1700000020", "1700000010", 1_700_000_000), Err(Reason::InvalidCredential));
        assert_eq!(times("1700000010", "1700000010", 1_700_000_000), Err(Reason::InvalidCredential));
        assert_eq!(times("+170000000", end, 1_700_000_000), Err(Reason::InvalidCredential));
    }

    #[test]
    fn the_digest_of_nothing_is_that_of_an_empty_body() {
        assert_eq!(body_digest(b""), sha256(b""));
        assert_eq!(base64::encode_url(&OF_NOTHING), TEXT_OF_NOTHING);
    }
}
