//! How a body goes from what decided about the request to what handles it.

use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::Body;

use super::guarded::Guarded;
use super::guards::Guards;
use super::late_refusal::LateRefusal;
use super::{BodyState, Guard};
use crate::request::{BodyFailure, BodyGate, DecodedBody, RequestView};
use crate::{AuthError, Authenticator};

/// A body that may go on, and what its headers must say of it from now on.
pub(crate) struct Passing<B> {
    pub(crate) body: PassingBody<B>,
    pub(crate) decoded: Decoded,
}

pub(crate) enum PassingBody<B> {
    Untouched(B),
    /// It was read, and is good.
    Whole(Bytes, Option<Box<HeaderMap>>),
    /// It is checked on its way; on the heap, for most requests get by without.
    Guarded(Pin<Box<Guarded<B>>>),
}

impl<A: Authenticator> Guard<A> {
    /// What becomes of the body of a request that goes on. One that is there is checked at once,
    /// and so is one of which there is nothing.
    pub(crate) fn pass<B: Body>(
        &self,
        body: BodyState<B>,
        gate: &BodyGate,
        request: &RequestView<'_>,
    ) -> Result<Passing<B>, AuthError> {
        let guards = Guards::new(gate.take_guards());
        let decoded = Decoded(guards.decoded());
        let refuse = |failure| AuthError::from(failure).with_credential(request.noted());
        let whole = |guards: Guards, data, trailers: Option<Box<HeaderMap>>| {
            let data = if guards.is_empty() { data } else { guards.pass(data, trailers.as_deref())? };
            Ok(PassingBody::Whole(data, trailers))
        };
        let body = match body {
            BodyState::Untouched(body) if guards.is_empty() => Ok(PassingBody::Untouched(body)),
            BodyState::Untouched(body) if body.is_end_stream() => whole(guards, Bytes::new(), None),
            BodyState::Untouched(body) => {
                let late = LateRefusal::new(request, &self.settings);
                let (length, timeout) = (decoded.length(), self.settings.body_timeout);
                let guarded = Guarded::new(body, guards, length, timeout, late);
                Ok(PassingBody::Guarded(Box::pin(guarded)))
            }
            BodyState::Collected(data, trailers) => whole(guards, data, trailers),
            BodyState::Failed(failure) => Err(failure),
            // The authenticator stopped waiting for a body that was still being read.
            BodyState::Reading(_) | BodyState::Taken => Err(BodyFailure::Unreadable),
        };
        Ok(Passing { body: body.map_err(refuse)?, decoded })
    }
}

/// The content codings that the handler does not see, and the length without them.
pub(crate) struct Decoded(Vec<DecodedBody>);

impl Decoded {
    /// What `Content-Length` says from now on.
    pub(crate) fn length(&self) -> Option<u64> {
        self.0.last().map(|decoded| decoded.length)
    }

    /// What is left of the lines of `Content-Encoding` (RFC 9110, section 8.4), in one; none
    /// where no coding is left.
    pub(crate) fn codings<'a>(&self, lines: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        let codings = lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let undone = |coding: &[u8]| {
            self.0.iter().any(|decoded| coding.eq_ignore_ascii_case(decoded.coding.as_bytes()))
        };
        let kept: Vec<&[u8]> = codings.filter(|coding| !coding.is_empty() && !undone(coding)).collect();
        (!kept.is_empty()).then(|| kept.join(&b", "[..]))
    }

    /// Says it in the headers of a request.
    #[cfg(feature = "tower")]
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
        let Some(length) = self.length() else { return };
        let lines = headers.get_all(CONTENT_ENCODING);
        let left = self.codings(lines.iter().map(HeaderValue::as_bytes));
        headers.insert(CONTENT_LENGTH, length.into());
        // A message has one framing or the other (RFC 9112, section 6.2).
        headers.remove(TRANSFER_ENCODING);
        // Parts of values that were read are one.
        match left.and_then(|left| HeaderValue::from_bytes(&left).ok()) {
            Some(left) => drop(headers.insert(CONTENT_ENCODING, left)),
            None => drop(headers.remove(CONTENT_ENCODING)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_that_was_undone_leaves_the_others_as_they_were() {
        let decoded = Decoded(vec![DecodedBody { coding: "aws-chunked", length: 3 }]);
        for (lines, left) in [
            (&["aws-chunked"][..], None),
            (&["AWS-Chunked, gzip"], Some("gzip")),
            (&["gzip , aws-chunked", "", "br,aws-chunked"], Some("gzip, br")),
            (&["aws-chunked2"], Some("aws-chunked2")),
            (&[], None),
        ] {
            let codings = decoded.codings(lines.iter().map(|line| line.as_bytes()));
            assert_eq!(codings.as_deref(), left.map(str::as_bytes), "{lines:?}");
        }
    }
}
