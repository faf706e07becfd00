//! How a body goes from what decided about the request to what handles it.

use std::pin::Pin;

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body;

use super::guarded::Guarded;
use super::guards::Guards;
use super::late_refusal::LateRefusal;
use super::{Admission, BodyState, Guard};
use crate::request::{BodyFailure, BodyGate, DecodedBody, RequestView};
use crate::{AuthError, Authenticator};

/// A request that may go on with its body, and what its headers must say of that from now on.
pub(crate) struct Passing<P, B> {
    pub(crate) admission: Admission<P>,
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
    /// and so is one of which there is nothing. Of one that is refused, the rest is left where it
    /// was; and the answer says what it would have said besides.
    pub(crate) fn pass<B: Body>(
        &self,
        admission: Admission<A::Principal>,
        body: &mut BodyState<B>,
        gate: &BodyGate,
        request: &RequestView<'_>,
    ) -> Result<Passing<A::Principal, B>, AuthError> {
        let guards = Guards::new(gate.take_guards());
        let decoded = Decoded(guards.decoded());
        let whole = |guards: Guards, data, trailers: Option<Box<HeaderMap>>| {
            let data = if guards.is_empty() { data } else { guards.pass(data, trailers.as_deref())? };
            Ok(PassingBody::Whole(data, trailers))
        };
        let passed = match std::mem::replace(body, BodyState::Taken) {
            BodyState::Untouched(body) if guards.is_empty() => Ok(PassingBody::Untouched(body)),
            BodyState::Untouched(body) if body.is_end_stream() => whole(guards, Bytes::new(), None),
            BodyState::Untouched(body) => {
                let late = LateRefusal::new(request, &self.settings);
                let (length, timeout) = (decoded.length(), self.settings.body_timeout);
                let guarded = Guarded::new(body, guards, length, timeout, late);
                Ok(PassingBody::Guarded(Box::pin(guarded)))
            }
            BodyState::Collected(data, trailers) => whole(guards, data, trailers),
            BodyState::Failed(failure, rest) => {
                *body = BodyState::Failed(failure, rest);
                Err(failure)
            }
            // The authenticator stopped waiting for a body that was still being read.
            unread @ (BodyState::Reading(_) | BodyState::Taken) => {
                *body = unread;
                Err(BodyFailure::Unreadable)
            }
        };
        match passed {
            Ok(body) => Ok(Passing { admission, body, decoded }),
            Err(failure) => {
                let error = AuthError::from(failure).with_credential(request.noted());
                Err(error.with_fields(admission.remarks.fields))
            }
        }
    }
}

/// The content codings that the handler does not see, and the length without them.
pub(crate) struct Decoded(Vec<DecodedBody>);

impl Decoded {
    /// The length without them.
    fn length(&self) -> Option<u64> {
        self.0.last().map(|decoded| decoded.length)
    }

    /// What headers say of the body from now on, where that is anything new, given the lines of
    /// `Content-Encoding`: the value of each name, or none where it is to go. A message has one
    /// framing or the other (RFC 9112, section 6.2).
    pub(crate) fn headers<'a>(
        &self,
        codings: impl Iterator<Item = &'a [u8]>,
    ) -> Vec<(&'static str, Option<Vec<u8>>)> {
        let Some(length) = self.length() else { return Vec::new() };
        vec![
            ("content-length", Some(length.to_string().into_bytes())),
            ("transfer-encoding", None),
            ("content-encoding", self.codings(codings)),
        ]
    }

    /// What is left of the lines of `Content-Encoding` (RFC 9110, section 8.4), in one; none
    /// where no coding is left.
    fn codings<'a>(&self, lines: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        let codings = lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let undone = |coding: &[u8]| {
            self.0.iter().any(|decoded| coding.eq_ignore_ascii_case(decoded.coding.as_bytes()))
        };
        let kept: Vec<&[u8]> = codings.filter(|coding| !coding.is_empty() && !undone(coding)).collect();
        (!kept.is_empty()).then(|| kept.join(&b", "[..]))
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
