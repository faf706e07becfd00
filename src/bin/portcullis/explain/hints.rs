//! What an operator does about a reason.

use std::error::Error;

use portcullis::store::{KeySummary, Networks, StoreError};
use portcullis::{AuthError, Reason, Scheme, Timestamp};

use super::Explain;
use super::dump::Dump;
use super::presented::Presented;
use super::times::{apart, times};
use crate::moments::utc;

/// What is known besides the reason.
pub(crate) struct Facts<'a> {
    pub(crate) explain: &'a Explain,
    pub(crate) dump: &'a Dump,
    pub(crate) at: Timestamp,
    pub(crate) key: Option<&'a KeySummary>,
    /// What may be an API key or a token.
    pub(crate) presented: Option<&'a Presented<'a>>,
    /// The scheme that the request is of.
    pub(crate) scheme: Option<Scheme>,
    pub(crate) has_jwt_key: bool,
}

pub(crate) fn hints(error: &AuthError, facts: &Facts<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    let mut say = |text: &str| hints.push(text.to_owned());
    let key = facts.key;
    let refused_by = |scheme| error.scheme() == Some(scheme);
    match error.reason() {
        Reason::UnknownKey | Reason::InvalidCredential
            if refused_by(Scheme::ApiKey) && facts.presented.is_some_and(Presented::fails_checksum) =>
        {
            say(
                "the key looks like the checked form, but its checksum is wrong: it was mistyped, cut or made up",
            );
        }
        Reason::UnknownKey => match (key, facts.scheme) {
            (Some(key), Some(scheme)) if key.scheme != scheme => {
                say(&format!("there is a key of this id, but for {}", key.scheme));
            }
            (Some(_), _) => say(
                "the id in the key is one of ours, but the rest of the key is not: was it rotated, or cut?",
            ),
            (None, _) => say(
                "the store has no such key in this realm: see --realm, and PORTCULLIS_KEY_PEPPER where keys are peppered",
            ),
        },
        Reason::WrongSignature if refused_by(Scheme::Jwt) => {
            say("the token was signed with another key than that of JWT_SECRET_KEY, or changed");
        }
        Reason::WrongSignature => {
            rotated(facts).into_iter().for_each(|text| say(&text));
            say("--client-canonical FILE compares what the client signed with what the server signs");
        }
        Reason::InvalidCredential if facts.scheme == Some(Scheme::XAuth) => {
            say("x-auth-exp and x-auth-nbf are ten digits each, and the signature is base64 of 32 bytes");
        }
        Reason::InvalidCredential if facts.scheme == Some(Scheme::QuerySignature) => {
            say("the timestamp is decimal seconds since 1970, and the signature standard base64 of 32 bytes");
        }
        Reason::InvalidCredential if facts.scheme == Some(Scheme::SigV4) => {
            token_of_a_session(facts).into_iter().for_each(&mut say);
        }
        Reason::InvalidCredential
            if refused_by(Scheme::ApiKey)
                && facts.presented.is_some_and(|presented| presented.fails_format(facts.explain)) =>
        {
            say(
                "the key begins like one of --key-format, but has not its whole form: it was mistyped or cut",
            );
        }
        Reason::ClockDrift | Reason::Expired | Reason::NotYetValid | Reason::LifetimeTooLong => {
            if error.reason() == Reason::Expired
                && key.is_some_and(|key| key.expires_at.is_none_or(|end| facts.at < end))
            {
                rotated(facts).into_iter().for_each(|text| say(&text));
            }
            let times =
                if refused_by(Scheme::Jwt) { token_times(facts) } else { times(facts.dump, facts.at) };
            times.into_iter().for_each(|text| say(&text));
            say("the request is judged as if it came at the time above: --at says when it came");
        }
        Reason::WrongAudience => {
            say("it was signed for another region, service or host: see --sigv4-region and --sigv4-service")
        }
        Reason::DigestMismatch => say("the digest that was signed is not that of the body in the dump"),
        Reason::FormNotAllowed => {
            say("the key accepts the strict form alone: `keys edit --any-form` changes that");
        }
        Reason::NotCovered => {
            unsigned_body(facts).into_iter().for_each(&mut say);
            say("a header that is there, or must be, is not among the signed ones");
        }
        Reason::EntryPointNotAllowed => {
            let name = facts.explain.entry_point.as_deref().unwrap_or(&facts.dump.path);
            say(&format!(
                "the entry point is taken to be {name}: --entry-point says what the route is called"
            ));
        }
        Reason::AddressNotAllowed if facts.explain.peer.is_none() => {
            say("the key is limited to networks: --peer says which address the request came from");
        }
        Reason::UnclaimedCredential if may_be_raw_key(facts) => {
            say("Authorization holds one word: --raw-authorization, if the service takes API keys so");
        }
        Reason::UnclaimedCredential => {
            if !facts.has_jwt_key {
                say("a token would need JWT_SECRET_KEY in the environment");
            }
            say("passwords (Basic) are the application's, and are not explained here");
        }
        Reason::SeveralCarriers => say("send one credential, in one place"),
        Reason::IncompleteCredential => say("all parts of a signature are sent, or none"),
        Reason::AmbiguousSignature => {
            say("with a body, apikey is the last parameter, and the body does not begin with &")
        }
        Reason::StoreUnavailable => damaged(error).into_iter().for_each(|text| say(&text)),
        _ => {}
    }
    if facts.key.is_some_and(|key| key.networks != Networks::any()) && facts.explain.peer.is_some() {
        hints.push("behind a proxy, the service must know which address is the client's".to_owned());
    }
    hints
}

/// That the secret before the last rotation has ended.
fn rotated(facts: &Facts<'_>) -> Option<String> {
    let until = facts.key?.previous_until.filter(|until| *until <= facts.at)?;
    let until = utc(until, false);
    Some(format!("the secret before the last rotation ended at {until}: the client may still use it"))
}

/// What may be wrong about a session token.
fn token_of_a_session(facts: &Facts<'_>) -> Option<&'static str> {
    let query = facts.dump.query.as_deref().unwrap_or_default();
    let in_query = query.split('&').any(|pair| pair.starts_with("X-Amz-Security-Token="));
    match (in_query || facts.dump.header("x-amz-security-token").is_some(), &facts.explain.session_token_file)
    {
        (true, None) => Some("it has a session token: --session-token-file says which one the key has"),
        (true, Some(_)) => Some("the session token may be another one than that of --session-token-file"),
        (false, Some(_)) => {
            Some("it has no session token, and --session-token-file says that the key has one")
        }
        (false, None) => None,
    }
}

const UNSIGNED_BODY: &str = "its body is not signed: --unsigned-payload, if the service accepts that";

/// That the body is not signed, which a service may accept.
fn unsigned_body(facts: &Facts<'_>) -> Option<&'static str> {
    let (explain, declared) = (facts.explain, facts.dump.header("x-amz-content-sha256"));
    let query = facts.dump.query.as_deref().unwrap_or_default();
    // A URL of S3 says nothing of its body, or says it in the query.
    let by_url = query.contains("%2Fs3%2Faws4_request") || query.contains("=UNSIGNED-PAYLOAD");
    match declared {
        _ if facts.scheme != Some(Scheme::SigV4) => None,
        Some(b"STREAMING-UNSIGNED-PAYLOAD-TRAILER") if !explain.unsigned_trailer => {
            Some("its chunks are not signed: --unsigned-trailer, if the service accepts that")
        }
        Some(b"UNSIGNED-PAYLOAD") if !explain.unsigned_payload => Some(UNSIGNED_BODY),
        None if by_url && !explain.unsigned_payload => Some(UNSIGNED_BODY),
        _ => None,
    }
}

/// Whether `Authorization` holds what may be an API key, and nothing before it.
fn may_be_raw_key(facts: &Facts<'_>) -> bool {
    !facts.explain.raw_authorization
        && facts.presented.is_some_and(|presented| presented.is_raw && presented.may_be_key(facts.explain))
}

/// Why the store cannot answer although it was reached.
fn damaged(error: &AuthError) -> Option<String> {
    let Some(StoreError::Corrupt(entry)) = error.source()?.downcast_ref() else { return None };
    let what = entry.what();
    // Behind another master key, nothing that is sealed opens.
    Some(match what.contains("master key") {
        true => {
            format!("the store holds {what}: PORTCULLIS_MASTER_KEY may be another one than the services'")
        }
        false => format!("the store holds what cannot be read: {what}"),
    })
}

/// What a token says of its times, as moments.
fn token_times(facts: &Facts<'_>) -> Vec<String> {
    let times = facts.presented.map(Presented::token_times).unwrap_or_default();
    times.into_iter().map(|(name, seconds)| apart(name, seconds, facts.at)).collect()
}
