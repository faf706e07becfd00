//! Comparing the signature.

use std::sync::Arc;

use super::canonical::{Canonical, string_to_sign};
use super::derive::key_of;
use super::hex;
use super::lines::RequestLines;
use super::policy::Policy;
use super::presented::Presented;
use crate::request::RequestView;
use crate::store::KeyRecord;
use crate::store::derived::DerivedKey;
use crate::{AuthError, Reason, Timestamp};

/// How many forms of one request there are at most, beside the one that is the rule.
const OTHERS: usize = 5;

/// Checks that everything is covered that must be, and gives the digest of what is signed in the
/// form that is the rule.
///
/// It needs no key: the work is linear in the head of the request, and the same for a key that
/// is not there.
pub(super) fn digest(
    policy: &Policy,
    request: &RequestView<'_>,
    lines: &RequestLines<'_>,
    presented: &Presented<'_>,
    payload_line: &[u8],
) -> Result<[u8; 32], AuthError> {
    let (path, query) = policy.rule();
    let digest = canonical(request, lines, presented, payload_line).digest(path, query);
    let is_covered =
        || lines.are_covered(&presented.signed_headers, |name| policy.needs(name, presented.place));
    match digest {
        Ok(digest) if is_covered() => Ok(digest),
        Ok(_) => Err(AuthError::new(Reason::NotCovered).with_presented(presented.id())),
        Err(error) => Err(error.with_presented(presented.id())),
    }
}

/// Checks the signature against each secret that is in force and each form that is accepted;
/// gives the key that it was made with.
pub(super) fn check_signature<P>(
    policy: &Policy,
    record: &KeyRecord<P>,
    now: Timestamp,
    request: &RequestView<'_>,
    presented: &Presented<'_>,
    (payload_line, digest): (&[u8], &[u8; 32]),
) -> Result<Arc<DerivedKey>, AuthError> {
    let mut others: [Option<[u8; 32]>; OTHERS] = [None; OTHERS];
    for secret in record.secrets_at(now) {
        let (key, is_new) = key_of(secret, presented.scope(), || presented.credential());
        let is_good = |digest: &[u8; 32]| {
            let digits = hex::write(digest);
            let text = string_to_sign(presented.date, presented.scope(), &digits);
            key.key().sign(&text).matches(&presented.signature)
        };
        let mut found = is_good(digest);
        let forms = policy.forms(request.path(), request.query().unwrap_or_default()).skip(1);
        for ((path, query), other) in forms.zip(&mut others) {
            if found {
                break;
            }
            let digest = match other {
                Some(digest) => digest,
                None => {
                    let lines = RequestLines::of(request);
                    let canonical = canonical(request, &lines, presented, payload_line);
                    let digest = canonical.digest(path, query);
                    other.insert(digest.map_err(|error| record.refuse_presented(error.reason()))?)
                }
            };
            found = is_good(digest);
        }
        if found {
            // Not before: strangers would choose what is kept.
            if is_new {
                secret.derived().keep(&key);
            }
            return Ok(key);
        }
    }
    Err(record.refuse_presented(Reason::WrongSignature))
}

fn canonical<'a, 'b>(
    request: &RequestView<'a>,
    lines: &'a RequestLines<'b>,
    presented: &'a Presented<'_>,
    payload: &'a [u8],
) -> Canonical<'a, RequestLines<'b>> {
    Canonical {
        method: request.method(),
        path: request.path(),
        query: request.query().unwrap_or_default(),
        signed_headers: &presented.signed_headers,
        headers: lines,
        payload,
    }
}
