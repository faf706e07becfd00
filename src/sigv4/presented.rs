//! The credential of one request, from either place.

use std::borrow::Cow;
use std::time::Duration;

use super::authorization::Authorization;
use super::lines::{OwnValues, RequestLines};
use super::payload::{self, Payload};
use super::policy::{Place, Rules};
use super::presigned::Presigned;
use super::scope::{Credential, Places};
use super::{date, hex, signed_headers};
use crate::canonical::{number, path, percent};
use crate::request::RequestView;
use crate::{AuthError, Reason, Timestamp};

/// What one request presents, parsed and sound in form.
#[derive(Debug)]
pub(super) struct Presented<'a> {
    pub(super) place: Place,
    credential: Cow<'a, str>,
    places: Places,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: [u8; 32],
    /// As sent.
    pub(super) date: &'a str,
    pub(super) moment: Timestamp,
    /// Of a presigned URL.
    pub(super) expiry: Option<Duration>,
    pub(super) token: Option<Cow<'a, str>>,
    pub(super) payload: Payload,
    /// The declaration as sent; the last line of the canonical request.
    pub(super) payload_line: Option<&'a str>,
}

impl<'a> Presented<'a> {
    /// Reads a request; none where it presents nothing of this scheme.
    pub(super) fn read(
        request: &RequestView<'a>,
        lines: &RequestLines<'a>,
        rules: Rules,
    ) -> Result<Option<Self>, AuthError> {
        let own = lines.own()?;
        let authorization = own.authorization.map(Authorization::read).transpose()?.flatten();
        let presigned = request.query().map(Presigned::read).transpose()?.flatten();
        let (authorization, presigned) = match (authorization, presigned) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => return Err(AuthError::new(Reason::SeveralCarriers)),
            found => found,
        };
        // Before the key is looked up: a 400 must not tell that there is one.
        if !path::is_readable(request.path()) {
            return Err(AuthError::new(Reason::UnreadablePath));
        }
        if !percent::is_sound(request.query().unwrap_or_default()) {
            return Err(AuthError::new(Reason::UnreadableQuery));
        }
        let mut read = match (authorization, presigned) {
            (Some(authorization), _) => Self::of_header(authorization, &own)?,
            (None, Some(presigned)) => Self::of_query(presigned, &own, rules)?,
            (None, None) => return Ok(None),
        };
        signed_headers::check(&read.signed_headers)?;
        read.places = Credential::read(&read.credential)?.places();
        Ok(Some(read))
    }

    fn of_header(
        authorization: Authorization<'a>,
        &OwnValues { date, payload, token, .. }: &OwnValues<'a>,
    ) -> Result<Self, AuthError> {
        let Some(date) = date else { return Err(AuthError::new(Reason::IncompleteCredential)) };
        Ok(Self {
            place: Place::Header,
            credential: Cow::Borrowed(authorization.credential),
            places: Places::default(),
            signed_headers: Cow::Borrowed(authorization.signed_headers),
            signature: read_signature(authorization.signature)?,
            date,
            moment: read_date(date)?,
            expiry: None,
            token: token.map(Cow::Borrowed),
            payload: Payload::read(payload)?,
            payload_line: payload,
        })
    }

    fn of_query(
        presigned: Presigned<'a>,
        &OwnValues { date, payload, token, .. }: &OwnValues<'a>,
        rules: Rules,
    ) -> Result<Self, AuthError> {
        // What is said in both places could be read in either.
        if date.is_some()
            || (payload.is_some() && presigned.payload.is_some())
            || (token.is_some() && presigned.token.is_some())
        {
            return Err(AuthError::new(Reason::MalformedSignature));
        }
        let declared = payload.or(presigned.payload);
        let declared = declared.or((rules == Rules::S3).then_some(payload::UNSIGNED));
        Ok(Self {
            place: Place::Query,
            credential: presigned.credential,
            places: Places::default(),
            signed_headers: presigned.signed_headers,
            signature: read_signature(presigned.signature)?,
            date: presigned.date,
            moment: read_date(presigned.date)?,
            expiry: Some(read_expiry(presigned.expires)?),
            token: presigned.token.or(token.map(Cow::Borrowed)),
            payload: Payload::read(declared)?,
            payload_line: declared,
        })
    }

    /// The id of the key.
    pub(super) fn id(&self) -> &str {
        self.places.id_of(&self.credential)
    }

    /// What the key was derived for.
    pub(super) fn scope(&self) -> &str {
        self.places.scope_of(&self.credential)
    }

    /// The key and what it is used for, in parts.
    pub(super) fn credential(&self) -> Credential<'_> {
        Credential::at(&self.credential, self.places)
    }
}

fn read_signature(text: &str) -> Result<[u8; 32], AuthError> {
    hex::read(text).ok_or_else(|| AuthError::new(Reason::InvalidCredential))
}

fn read_date(text: &str) -> Result<Timestamp, AuthError> {
    date::read(text).ok_or_else(|| AuthError::new(Reason::InvalidCredential))
}

/// Whole seconds of at most six digits: longer ones are longer than seven days.
fn read_expiry(text: &str) -> Result<Duration, AuthError> {
    let seconds = number::digits(text, 6).and_then(|seconds| u64::try_from(seconds).ok());
    match seconds {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(AuthError::new(Reason::InvalidCredential)),
    }
}
