//! Checking a body while the handler reads it.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::HeaderMap;

use super::BodyFailure;

/// What a body passes on its way to the handler, where it is not read as a whole first.
///
/// # What an implementation promises
/// - What was signed is compared before the end is told: after a good [`finish`](Self::finish)
///   the handler sees the end of the body, after an error it sees an error, never a clean end.
/// - Something is held back until the end is known to be good: who counts bytes up to
///   `Content-Length` instead of waiting for the end must not have all of them before.
/// - Its memory does not grow with the body.
/// - After an error, nothing is handed on.
///
/// # What an adapter promises
/// - Pieces come in their order, then the end, once; after an error, nothing more comes. What was
///   appended by a call that fails is dropped.
/// - Of a body that never ends, or breaks off, the end never comes.
///
/// [`DigestGuard`](crate::crypto::DigestGuard) is one.
pub trait BodyGuard: Send + Sync + 'static {
    /// Takes a piece of the body as it arrived, and appends to `out` what may be read now.
    ///
    /// # Errors
    /// When the body cannot be what was signed.
    fn push(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure>;

    /// The body has ended, with these trailers; appends to `out` what was held back.
    ///
    /// # Errors
    /// When the body is not what was signed.
    fn finish(&mut self, trailers: Option<&HeaderMap>, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure>;

    /// Which content coding it undoes, if any: the handler is told of the body without it.
    fn decoded(&self) -> Option<DecodedBody>;
}

/// What a guard makes of a body that arrives in a content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodedBody {
    /// The word in `Content-Encoding` that no longer holds (RFC 9110, section 8.4).
    pub coding: &'static str,
    /// How many bytes the handler is to read.
    pub length: u64,
}

impl fmt::Debug for dyn BodyGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyGuard(..)")
    }
}
