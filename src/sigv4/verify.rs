//! Comparing the signature.

use std::sync::Arc;

use super::canonical::{Canonical, string_to_sign};
use super::derive::key_of;
use super::lines::RequestLines;
use super::policy::Policy;
use super::presented::Presented;
use crate::request::RequestView;
use crate::store::KeyRecord;
use crate::store::derived::DerivedKey;
use crate::{AuthError, Reason, Timestamp};

/// How many forms of one request there are at most.
const FORMS: usize = 6;

/// Checks that everything is covered that must be, and the signature against each secret that
/// is in force and each form that is accepted; gives the key that it was made with.
pub(super) fn check_signature<P>(
    policy: &Policy,
    record: &KeyRecord<P>,
    now: Timestamp,
    request: &RequestView<'_>,
    presented: &Presented<'_>,
    payload_line: &[u8],
) -> Result<Arc<DerivedKey>, AuthError> {
    let refuse = |reason| record.refuse_presented(reason);
    let credential = presented.credential()?;
    let lines = RequestLines::of(request);
    if !lines.are_covered(&presented.signed_headers, |name| policy.needs(name, presented.place)) {
        return Err(refuse(Reason::NotCovered));
    }
    let canonical = Canonical {
        method: request.method(),
        path: request.path(),
        query: request.query().unwrap_or_default(),
        signed_headers: &presented.signed_headers,
        headers: &lines,
        payload: payload_line,
    };
    let mut digests: [Option<[u8; 64]>; FORMS] = [None; FORMS];
    for secret in record.secrets_at(now) {
        let (key, is_new) = key_of(secret, &credential);
        let forms = policy.forms(canonical.path, canonical.query);
        for ((path, query), digest) in forms.zip(&mut digests) {
            let digest = match digest {
                Some(digest) => digest,
                None => digest.insert(canonical.digest(path, query).map_err(|error| refuse(error.reason()))?),
            };
            let text = string_to_sign(presented.date, credential.scope, digest);
            if key.key().sign(&text).matches(&presented.signature) {
                // Not before: strangers would choose what is kept.
                if is_new {
                    secret.derived().keep(&key);
                }
                return Ok(key);
            }
        }
    }
    Err(refuse(Reason::WrongSignature))
}
