//! Which hints fit a refusal.

use std::error::Error;

use super::hint::Hint;
use super::presented::Presented;
use super::times::{apart, times};
use super::{ExplainSettings, ExplainedRequest};
use crate::store::{KeySummary, Networks, StoreError};
use crate::{AuthError, Reason, Scheme, Timestamp};

/// What is known besides the reason.
pub(super) struct Facts<'a> {
    pub(super) settings: &'a ExplainSettings,
    pub(super) request: &'a ExplainedRequest,
    pub(super) at: Timestamp,
    pub(super) key: Option<&'a KeySummary>,
    /// What may be an API key or a token.
    pub(super) presented: Option<&'a Presented<'a>>,
    /// The scheme that the request is of.
    pub(super) scheme: Option<Scheme>,
    pub(super) has_jwt_key: bool,
    /// Whether the application has added authenticators, such as that of passwords.
    pub(super) has_further: bool,
    /// Whether there is what the client signed.
    pub(super) has_client_text: bool,
}

pub(super) fn hints(error: &AuthError, facts: &Facts<'_>) -> Vec<Hint> {
    let mut hints = of_reason(error, facts);
    if facts.key.is_some_and(|key| key.networks != Networks::any()) && facts.request.peer.is_some() {
        hints.push(Hint::BehindProxy);
    }
    hints
}

fn of_reason(error: &AuthError, facts: &Facts<'_>) -> Vec<Hint> {
    let refused_by = |scheme| error.scheme() == Some(scheme);
    let presented = |is: fn(&Presented<'_>, &ExplainSettings) -> bool| {
        facts.presented.is_some_and(|presented| is(presented, facts.settings))
    };
    match error.reason() {
        Reason::UnknownKey | Reason::InvalidCredential
            if refused_by(Scheme::ApiKey) && presented(|presented, _| presented.fails_checksum()) =>
        {
            vec![Hint::Mistyped]
        }
        Reason::UnknownKey => vec![match (facts.key, facts.scheme) {
            (Some(key), Some(scheme)) if key.scheme != scheme => Hint::OtherScheme(key.scheme),
            (Some(_), _) => Hint::KnownIdAlone,
            (None, _) => Hint::NoSuchKey,
        }],
        Reason::WrongSignature if refused_by(Scheme::Jwt) => vec![Hint::ForeignToken],
        Reason::WrongSignature => {
            let is_comparable = facts.scheme.is_some() && !facts.has_client_text;
            let missing = is_comparable.then_some(Hint::ClientTextMissing);
            rotated(facts).into_iter().chain(missing).collect()
        }
        Reason::InvalidCredential if facts.scheme == Some(Scheme::XAuth) => vec![Hint::XAuthForm],
        Reason::InvalidCredential if facts.scheme == Some(Scheme::QuerySignature) => {
            vec![Hint::SignedUrlForm]
        }
        Reason::InvalidCredential if facts.scheme == Some(Scheme::SigV4) => {
            token_of_a_session(facts).into_iter().collect()
        }
        Reason::InvalidCredential
            if refused_by(Scheme::ApiKey)
                && presented(|presented, settings| presented.fails_format(settings)) =>
        {
            vec![Hint::FormatBroken]
        }
        Reason::ClockDrift | Reason::Expired | Reason::NotYetValid | Reason::LifetimeTooLong => {
            of_times(error, facts)
        }
        Reason::WrongAudience => vec![Hint::OtherAudience],
        Reason::DigestMismatch => vec![Hint::OtherBody],
        Reason::FormNotAllowed => vec![Hint::StrictFormAlone],
        Reason::NotCovered => unsigned_body(facts).into_iter().chain([Hint::HeaderNotCovered]).collect(),
        Reason::EntryPointNotAllowed => {
            let name = facts.request.entry_point.as_deref().unwrap_or(&facts.request.path);
            vec![Hint::EntryPointTaken(without_controls(name))]
        }
        Reason::AddressNotAllowed if facts.request.peer.is_none() => vec![Hint::PeerUnknown],
        Reason::UnclaimedCredential if may_be_raw_key(facts) => vec![Hint::RawAuthorization],
        Reason::UnclaimedCredential => {
            let tokens = (!facts.has_jwt_key).then_some(Hint::NoTokenKey);
            tokens.into_iter().chain((!facts.has_further).then_some(Hint::NoPasswords)).collect()
        }
        Reason::SeveralCarriers => vec![Hint::SeveralCredentials],
        Reason::IncompleteCredential => vec![Hint::IncompleteSignature],
        Reason::AmbiguousSignature => vec![Hint::AmbiguousEnd],
        Reason::StoreUnavailable => damaged(error).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// That a time decided: what the request says of its own.
fn of_times(error: &AuthError, facts: &Facts<'_>) -> Vec<Hint> {
    let key_lives = facts.key.is_some_and(|key| key.expires_at.is_none_or(|end| facts.at < end));
    let rotated = if error.reason() == Reason::Expired && key_lives { rotated(facts) } else { None };
    let times = match error.scheme() {
        Some(Scheme::Jwt) => token_times(facts),
        _ => times(facts.request, facts.at),
    };
    rotated.into_iter().chain(times).chain([Hint::JudgedAt]).collect()
}

/// That the secret before the last rotation has ended.
fn rotated(facts: &Facts<'_>) -> Option<Hint> {
    let until = facts.key?.previous_until.filter(|until| *until <= facts.at)?;
    Some(Hint::Rotated { until })
}

/// What may be wrong about a session token.
fn token_of_a_session(facts: &Facts<'_>) -> Option<Hint> {
    let query = facts.request.query.as_deref().unwrap_or_default();
    let in_query = query.split('&').any(|pair| pair.starts_with("X-Amz-Security-Token="));
    let is_there = in_query || facts.request.header("x-amz-security-token").is_some();
    match (is_there, &facts.settings.session_token) {
        (true, None) => Some(Hint::SessionTokenUnexpected),
        (true, Some(_)) => Some(Hint::SessionTokenDiffers),
        (false, Some(_)) => Some(Hint::SessionTokenMissing),
        (false, None) => None,
    }
}

/// That the body is not signed, which a service may accept.
fn unsigned_body(facts: &Facts<'_>) -> Option<Hint> {
    let (settings, declared) = (facts.settings, facts.request.header("x-amz-content-sha256"));
    let query = facts.request.query.as_deref().unwrap_or_default();
    // A URL of S3 says nothing of its body, or says it in the query.
    let by_url = query.contains("%2Fs3%2Faws4_request") || query.contains("=UNSIGNED-PAYLOAD");
    match declared {
        _ if facts.scheme != Some(Scheme::SigV4) => None,
        Some(b"STREAMING-UNSIGNED-PAYLOAD-TRAILER") if !settings.unsigned_trailer => {
            Some(Hint::UnsignedChunks)
        }
        Some(b"UNSIGNED-PAYLOAD") if !settings.unsigned_payload => Some(Hint::UnsignedBody),
        None if by_url && !settings.unsigned_payload => Some(Hint::UnsignedBody),
        _ => None,
    }
}

/// Whether `Authorization` holds what may be an API key, and nothing before it.
fn may_be_raw_key(facts: &Facts<'_>) -> bool {
    let may_be = |presented: &Presented<'_>| presented.is_raw && presented.may_be_key(facts.settings);
    !facts.settings.raw_authorization && facts.presented.is_some_and(may_be)
}

/// Why the store cannot answer although it was reached.
fn damaged(error: &AuthError) -> Option<Hint> {
    let Some(StoreError::Corrupt(entry)) = error.source()?.downcast_ref() else { return None };
    let what = entry.what().to_owned();
    // Behind another master key, nothing that is sealed opens.
    Some(match what.contains("master key") {
        true => Hint::OtherMasterKey { what },
        false => Hint::Damaged { what },
    })
}

/// What a token says of its times, as moments.
fn token_times(facts: &Facts<'_>) -> Vec<Hint> {
    let times = facts.presented.map(Presented::token_times).unwrap_or_default();
    times.into_iter().map(|(name, seconds)| apart(name, seconds, facts.at)).collect()
}

/// What a stranger wrote, without what moves the cursor of a terminal.
fn without_controls(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
