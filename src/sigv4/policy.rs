//! What an authenticator asks of a signature.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::canonical::PathForm;
use super::chunked::ChunkedGuard;
use super::payload::Payload;
use super::query::QueryForm;
use super::scope::Credential;
use crate::canonical::{path, percent};
use crate::{AuthError, KeyId, Reason, Timestamp};

/// Where the signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In `Authorization`.
    Header,
    /// In the query.
    Query,
}

/// How paths and payloads are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// Of all services but one.
    General,
    /// Of S3.
    S3,
}

/// Which regions or services a signature may be for.
#[derive(Clone, Debug)]
pub(super) enum Names {
    Any,
    Of(Vec<String>),
}

impl Names {
    pub(super) fn add(&mut self, name: String) {
        if let Self::Of(names) = self {
            names.push(name);
        }
    }

    fn have(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(names) => names.iter().any(|held| held == name),
        }
    }
}

/// Whether something weaker is accepted too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Also {
    Refused,
    Accepted,
}

/// When a body is checked whose digest or chunks are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bodies {
    /// While the handler reads it.
    Stream,
    /// Before the handler runs.
    Buffer,
}

type Check = dyn Fn(&KeyId, Option<&str>) -> bool + Send + Sync;

/// What the application says of session tokens.
#[derive(Clone)]
pub(super) struct SessionTokens(pub(super) Arc<Check>);

impl fmt::Debug for SessionTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionTokens(..)")
    }
}

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) regions: Names,
    pub(super) services: Names,
    pub(super) rules: Rules,
    /// Paths that are signed in another form than they are sent in.
    pub(super) unnormalised: Also,
    pub(super) lenient: Also,
    pub(super) unsigned_payload: Also,
    pub(super) unsigned_trailer: Also,
    pub(super) unsigned_content_type: Also,
    pub(super) bodies: Bodies,
    pub(super) max_chunk: u64,
    pub(super) max_skew: Duration,
    pub(super) max_expiry: Duration,
    pub(super) required: Vec<String>,
    pub(super) authorities: Vec<String>,
    pub(super) sessions: Option<SessionTokens>,
}

impl Policy {
    /// The longest life of a presigned URL that there is.
    pub(super) const LONGEST_EXPIRY: Duration = Duration::from_secs(604_800);

    pub(super) fn new(region: String, service: String) -> Self {
        Self {
            regions: Names::Of(vec![region]),
            services: Names::Of(vec![service]),
            rules: Rules::General,
            unnormalised: Also::Accepted,
            lenient: Also::Refused,
            unsigned_payload: Also::Refused,
            unsigned_trailer: Also::Refused,
            unsigned_content_type: Also::Refused,
            bodies: Bodies::Stream,
            max_chunk: ChunkedGuard::MAX_CHUNK,
            max_skew: Duration::from_secs(900),
            max_expiry: Self::LONGEST_EXPIRY,
            required: Vec::new(),
            authorities: Vec::new(),
            sessions: None,
        }
    }

    /// Whether the scope is of the day of `date`, and of one of the regions and services.
    pub(super) fn check_scope(&self, credential: &Credential<'_>, date: &str) -> Result<(), AuthError> {
        let same_day = date.get(..8) == Some(credential.day);
        if same_day && self.regions.have(credential.region) && self.services.have(credential.service) {
            return Ok(());
        }
        Err(AuthError::new(Reason::WrongAudience))
    }

    /// The path is sent as it is signed, where that is asked for.
    pub(super) fn check_path(&self, path: &str) -> Result<(), AuthError> {
        let strict = self.unnormalised == Also::Refused && self.rules == Rules::General;
        if strict && matches!(path::normalised(path), Cow::Owned(_)) {
            return Err(AuthError::new(Reason::UnreadablePath));
        }
        Ok(())
    }

    /// Whether there are hosts that requests must be for.
    pub(super) const fn names_authorities(&self) -> bool {
        !self.authorities.is_empty()
    }

    /// Whether the request is for a host that is named, where any is.
    pub(super) fn check_authority(&self, authority: Option<&str>) -> Result<(), AuthError> {
        let is_named = |authority: &str| {
            let plain = without_port(authority);
            self.authorities.iter().any(|held| without_port(held).eq_ignore_ascii_case(plain))
        };
        if self.authorities.is_empty() || authority.is_some_and(is_named) {
            return Ok(());
        }
        Err(AuthError::new(Reason::WrongAudience))
    }

    /// Checks the time of signing, and gives the last moment at which the signature is good.
    pub(super) fn check_times(
        &self,
        signed: Timestamp,
        expiry: Option<Duration>,
        now: Timestamp,
    ) -> Result<Timestamp, AuthError> {
        let Some(expiry) = expiry else {
            if now.abs_diff(signed) > self.max_skew {
                return Err(AuthError::new(Reason::ClockDrift));
            }
            return Ok(signed.saturating_add(self.max_skew));
        };
        let end = signed.saturating_add(expiry);
        if signed > now.saturating_add(self.max_skew) {
            return Err(AuthError::new(Reason::NotYetValid));
        }
        if now > end {
            return Err(AuthError::new(Reason::Expired));
        }
        if expiry > self.max_expiry.min(Self::LONGEST_EXPIRY) {
            return Err(AuthError::new(Reason::LifetimeTooLong));
        }
        Ok(end)
    }

    /// Whether what the request says of its body is enough.
    pub(super) fn check_payload(&self, payload: Payload, place: Place) -> Result<(), AuthError> {
        let refused = match payload {
            Payload::Undeclared if self.rules == Rules::S3 && place == Place::Header => {
                Some(Reason::IncompleteCredential)
            }
            Payload::Unsigned if self.unsigned_payload == Also::Refused => Some(Reason::NotCovered),
            Payload::Chunked(_) if place == Place::Query => Some(Reason::InvalidCredential),
            Payload::Chunked(chunked)
                if !chunked.signs_chunks() && self.unsigned_trailer == Also::Refused =>
            {
                Some(Reason::NotCovered)
            }
            _ => None,
        };
        refused.map_or(Ok(()), |reason| Err(AuthError::new(reason)))
    }

    /// Whether a header must be signed where it is present; `name` in lower case.
    pub(super) fn needs(&self, name: &str, place: Place) -> bool {
        let content = || match name {
            "content-type" => self.unsigned_content_type == Also::Refused,
            "content-encoding" => true,
            _ => false,
        };
        name.starts_with("x-amz-")
            || (place == Place::Header && content())
            || self.required.iter().any(|held| held == name)
    }

    /// The forms of path and query that the rules prescribe.
    pub(super) const fn rule(&self) -> (PathForm, QueryForm) {
        match self.rules {
            Rules::General => (PathForm::Normalised, QueryForm::Rule),
            Rules::S3 => (PathForm::EncodedOnce, QueryForm::Rule),
        }
    }

    /// The forms that are tried, the rule first. Most that come out the same are left out.
    pub(super) fn forms<'a>(
        &self,
        path: &str,
        query: &'a str,
    ) -> impl Iterator<Item = (PathForm, QueryForm)> + use<'a> {
        let (rule, _) = self.rule();
        // A path that is plain and normalised is the same in every form.
        let raw = match self.rules {
            Rules::General => self.lenient == Also::Accepted && !is_same_raw(path),
            Rules::S3 => !percent::is_plain(path.as_bytes(), Some(b'/')),
        };
        let lenient = self.lenient == Also::Accepted && !query.is_empty();
        let spaced = lenient && query.contains('+');
        let queries = move || {
            let more = [(spaced, QueryForm::PlusAsSpace), (lenient, QueryForm::Raw)];
            std::iter::once(QueryForm::Rule)
                .chain(more.into_iter().filter(|(tried, _)| *tried).map(|(_, form)| form))
        };
        let paths = std::iter::once(rule).chain(raw.then_some(PathForm::Raw));
        paths.flat_map(move |path| queries().map(move |query| (path, query)))
    }
}

/// The name of a host without the port that is the default of HTTP or HTTPS.
fn without_port(name: &str) -> &str {
    name.strip_suffix(":443").or_else(|| name.strip_suffix(":80")).unwrap_or(name)
}

/// Whether a path is signed by the general rules as it was sent.
fn is_same_raw(path: &str) -> bool {
    percent::is_plain(path.as_bytes(), Some(b'/')) && matches!(path::normalised(path), Cow::Borrowed(_))
}
