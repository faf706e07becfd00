//! actix-web's stream of a body as a body that the guard can read.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};

use crate::Authenticator;
use crate::guard::{BodyState, Guard, Guarded, Interrupted, PassingBody};
use crate::request::BodyFailure;

/// A request's body on its way through the guard.
pub(super) struct PayloadBody {
    payload: Payload,
    /// How much of it is still to come, at least.
    announced: u64,
}

impl PayloadBody {
    /// A payload with the head that came before it, which may say how long it is: who announces
    /// more than the guard reads is not waited for.
    pub(super) fn new(payload: Payload, headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(CONTENT_LENGTH);
        let only = lines.next().filter(|_| lines.next().is_none());
        let length = only.and_then(|line| line.to_str().ok()?.parse().ok());
        Self { payload, announced: length.unwrap_or_default() }
    }
}

/// The payload that the handler is given.
pub(super) fn passing(body: PassingBody<PayloadBody>) -> Payload {
    match body {
        PassingBody::Untouched(body) => body.payload,
        PassingBody::Whole(data, _) if data.is_empty() => Payload::None,
        PassingBody::Whole(data, _) => Payload::from(data),
        PassingBody::Guarded(body) => Payload::Stream { payload: body },
    }
}

/// Reads what is left of the body of a request that is refused. Whoever waits to be asked for it
/// has been asked by actix-web.
pub(super) async fn drain<A: Authenticator>(
    guard: &Guard<A>,
    version: Version,
    body: BodyState<PayloadBody>,
) {
    // HTTP/2 has streams for that (RFC 9113, section 8.1).
    if version <= Version::HTTP_11
        && let Some(rest) = guard.rest(body)
    {
        rest.await;
    }
}

/// The same, of a request that a guard has let through.
pub(super) async fn drain_inside<A: Authenticator>(guard: &Guard<A>, request: &mut ServiceRequest) {
    let body = PayloadBody::new(request.take_payload(), request.headers());
    drain(guard, request.version(), BodyState::Untouched(body)).await;
}

impl Stream for Guarded<PayloadBody> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(frame) = ready!(self.as_mut().poll_frame(cx)) else { return Poll::Ready(None) };
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                // Trailers, which actix-web does not tell of.
                Ok(Err(_)) => {}
                Err(Interrupted::Inner(error)) => return Poll::Ready(Some(Err(error))),
                Err(Interrupted::Refused(failure)) => {
                    let kind = match failure {
                        BodyFailure::TooSlow => ErrorKind::TimedOut,
                        _ => ErrorKind::InvalidData,
                    };
                    return Poll::Ready(Some(Err(PayloadError::Io(io::Error::new(kind, failure)))));
                }
            }
        }
    }
}

impl Body for PayloadBody {
    type Data = Bytes;
    type Error = PayloadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PayloadError>>> {
        let chunk = ready!(Pin::new(&mut self.payload).poll_next(cx));
        if let Some(Ok(chunk)) = &chunk {
            self.announced = self.announced.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.payload, Payload::None)
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.announced);
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_believed_where_there_is_exactly_one() {
        for (lines, lower) in [
            (&["7"][..], 7),
            (&["1099511627776"], 1 << 40),
            (&["7", "7"], 0),
            (&["x"], 0),
            (&["99999999999999999999"], 0),
            (&[], 0),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CONTENT_LENGTH, line.parse().expect("a value"));
            }
            let hint = PayloadBody::new(Payload::None, &headers).size_hint();
            assert_eq!((hint.lower(), hint.exact()), (lower, None), "{lines:?}");
        }
    }
}
