//! The answer to a request that is refused.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::request::Parts;
use http::{HeaderValue, Response, Version};
use http_body::{Body, SizeHint};

use crate::Authenticator;
use crate::guard::{BodyState, Drain, Guard, Rest};

/// The body of a refusal. Its content comes when the rest of the request's body has been read, for
/// a server closes a connection of HTTP/1 on which it has not; the head of the answer is on its way
/// by then.
#[derive(Debug)]
pub(super) struct RefusalBody {
    data: Option<Bytes>,
    rest: Option<Unread>,
}

/// What of a request's body is still to be read; on the heap, for few requests are refused. The
/// lock is never taken, and makes it `Sync`.
struct Unread(Mutex<Drain<dyn Rest + Send>>);

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unread(..)")
    }
}

impl RefusalBody {
    /// The answer to a request of this head and body.
    pub(super) fn answer<A: Authenticator, B: Body + Send + 'static>(
        guard: &Guard<A>,
        mut refusal: Response<Bytes>,
        request: &Parts,
        body: BodyState<B>,
    ) -> Response<Self> {
        if body.has_ended() || request.version > Version::HTTP_11 {
            // HTTP/2 has streams for that (RFC 9113, section 8.1).
            return refusal.map(|data| Self::new(data, None));
        }
        // Who waits to be asked for a body has not sent it (RFC 9110, section 10.1.1, which HTTP/1.0
        // does not know).
        let waits = request.version == Version::HTTP_11 && request.headers.contains_key(EXPECT);
        let rest = if waits && !body.is_started() { None } else { guard.rest(body) };
        if rest.is_none() {
            // The server closes the connection, and not all of them say so (RFC 9112, section 9.6).
            refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        refusal.map(|data| Self::new(data, rest.map(|rest| Unread(Mutex::new(rest.erased())))))
    }

    fn new(data: Bytes, rest: Option<Unread>) -> Self {
        Self { data: (!data.is_empty()).then_some(data), rest }
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(Unread(rest)) = &mut self.rest {
            let rest = rest.get_mut().unwrap_or_else(PoisonError::into_inner);
            ready!(Pin::new(rest).poll(cx));
            // The server looks at whether its end was reached.
            self.rest = None;
        }
        Poll::Ready(self.data.take())
    }

    /// A body that has ended already is sent without a frame of data: gRPC calls that trailers only.
    pub(super) const fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.rest.is_none()
    }

    /// Not exact where there is only a rest, or the server would send nothing and not wait for it.
    pub(super) fn size_hint(&self) -> SizeHint {
        match &self.data {
            None if self.rest.is_some() => SizeHint::default(),
            data => SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64)),
        }
    }
}
