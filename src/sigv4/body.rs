//! Bodies under a signature.

use super::chunked::{ChunkSeed, ChunkedGuard};
use super::payload::Payload;
use super::policy::{Bodies, Policy};
use super::presented::Presented;
use super::{EMPTY, hex};
use crate::Reason;
use crate::canonical::number;
use crate::crypto::digest::sha256;
use crate::crypto::{BodyDigest, DigestGuard};
use crate::request::RequestView;
use crate::store::derived::DerivedKey;

const DECODED_LENGTH: &str = "x-amz-decoded-content-length";
const TRAILER: &str = "x-amz-trailer";

/// The last line of the canonical request, of a body that is here.
pub(super) fn line(body: &[u8]) -> [u8; 64] {
    hex::write(&if body.is_empty() { EMPTY } else { sha256(body) })
}

/// Leaves a guard for a body that is to be checked while it streams, or that must be decoded.
/// Says whether there is one.
pub(super) fn guard(
    policy: &Policy,
    request: &RequestView<'_>,
    presented: &Presented<'_>,
    key: &DerivedKey,
) -> Result<bool, Reason> {
    match presented.payload {
        Payload::Digest(digest) if policy.bodies == Bodies::Stream && !presented.payload.is_empty() => {
            request.guard_body(DigestGuard::new(BodyDigest::sha256(digest)));
            Ok(true)
        }
        Payload::Chunked(payload) => {
            let headers = request.unique_headers([DECODED_LENGTH, TRAILER]);
            let [length, trailer] = headers.map_err(|error| error.reason())?;
            let length = length.and_then(|length| number::digits(length, 18));
            let length = length.and_then(|length| u64::try_from(length).ok());
            let length = length.ok_or(Reason::MalformedSignature)?;
            let (scope, date) = (key.scope().into(), presented.date.into());
            let seed = ChunkSeed::behind(key.key().clone(), scope, date, &presented.signature);
            let guard =
                ChunkedGuard::new(payload, seed, length, trailer).map_err(|_| Reason::MalformedSignature)?;
            request.guard_body(guard.with_max_chunk(policy.max_chunk));
            Ok(true)
        }
        _ => Ok(false),
    }
}
