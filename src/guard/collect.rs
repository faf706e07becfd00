//! Reading a body, for the gate or whole, and driving an authenticator that may ask for it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::BodyLimits;
use super::drain::Rest;
use super::patience::Patience;
use crate::request::{BodyFailure, BodyGate};
use crate::{AuthError, Timestamp};

/// What became of the body while the authenticator ran.
pub(crate) enum BodyState<B> {
    Untouched(B),
    /// On its way from one state to the next.
    Taken,
    /// It is being read; on the heap, for most requests get by without.
    Reading(Pin<Box<Collect<B>>>),
    Collected(Bytes, Option<Box<HeaderMap>>),
    /// With the rest of one that is too long.
    Failed(BodyFailure, Option<Pin<Box<Collect<B>>>>),
}

impl<B: Body> BodyState<B> {
    /// The gate for it: one of which nothing is to come is there already.
    pub(crate) fn gate(&self) -> BodyGate {
        match self {
            Self::Untouched(body) if body.is_end_stream() => BodyGate::delivered(Bytes::new()),
            _ => BodyGate::new(),
        }
    }

    /// Whether nothing of it is to come.
    #[cfg(feature = "tower")]
    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Self::Untouched(body) => body.is_end_stream(),
            Self::Collected(..) | Self::Taken => true,
            Self::Reading(_) | Self::Failed(..) => false,
        }
    }

    /// Whether any of it was asked for.
    #[cfg(feature = "tower")]
    pub(crate) fn is_started(&self) -> bool {
        match self {
            Self::Failed(_, Some(rest)) | Self::Reading(rest) => rest.started,
            Self::Untouched(_) | Self::Failed(_, None) | Self::Collected(..) | Self::Taken => false,
        }
    }
}

/// Drives `deciding`. If it asks the gate for the body, that is read, within `limits`, and `body` says what came of it; the gate is told `now` where it was waited for.
pub(crate) fn poll_drive<B: Body, T>(
    mut deciding: Pin<&mut impl Future<Output = Result<T, AuthError>>>,
    gate: &BodyGate,
    body: &mut BodyState<B>,
    limits: BodyLimits,
    now: impl Fn() -> Timestamp,
    cx: &mut Context<'_>,
) -> Poll<Result<T, AuthError>> {
    loop {
        if let Poll::Ready(decision) = deciding.as_mut().poll(cx) {
            return Poll::Ready(decision);
        }
        if !gate.is_wanted() {
            return Poll::Pending;
        }
        if let BodyState::Untouched(_) = body
            && let BodyState::Untouched(body_itself) = std::mem::replace(body, BodyState::Taken)
        {
            *body = BodyState::Reading(Box::pin(Collect::new(body_itself, limits)));
        }
        let BodyState::Reading(reading) = body else { return Poll::Pending };
        let Poll::Ready(read) = reading.as_mut().poll_collect(cx) else {
            *reading.as_mut().project().waited = true;
            return Poll::Pending;
        };
        let came = reading.waited.then(&now);
        let delivery = read.as_ref().map(|(data, _)| data.clone()).map_err(|failure| *failure);
        *body = match (read, std::mem::replace(body, BodyState::Taken)) {
            (Ok((data, trailers)), _) => BodyState::Collected(data, trailers),
            (Err(failure @ BodyFailure::TooLarge), BodyState::Reading(rest)) => {
                BodyState::Failed(failure, Some(rest))
            }
            (Err(failure), _) => BodyState::Failed(failure, None),
        };
        gate.deliver_at(delivery, came);
    }
}

/// Reads a body within these limits.
pub(crate) async fn read<B: Body>(body: B, limits: BodyLimits) -> Result<Bytes, BodyFailure> {
    let mut reading = pin!(Collect::new(body, limits));
    poll_fn(|cx| reading.as_mut().poll_collect(cx)).await.map(|(data, _)| data)
}

/// A body, and what came behind it.
type Read = Result<(Bytes, Option<Box<HeaderMap>>), BodyFailure>;

pin_project! {
    /// Reads a body to its end. One that comes in a single frame is not copied.
    pub(crate) struct Collect<B> {
        #[pin]
        body: B,
        room: usize,
        first: Bytes,
        joined: BytesMut,
        trailers: Option<Box<HeaderMap>>,
        // Whether anybody has asked for it.
        started: bool,
        // Whether it was not there at once.
        waited: bool,
        patience: Patience,
    }
}

impl<B: Body> Collect<B> {
    pub(super) fn new(body: B, limits: BodyLimits) -> Self {
        let (first, joined) = (Bytes::new(), BytesMut::new());
        let patience = Patience::new(limits.timeout);
        let room = limits.bytes;
        Self { body, room, first, joined, trailers: None, started: false, waited: false, patience }
    }

    fn poll_collect(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Read> {
        if self.body.size_hint().lower() > self.room as u64 {
            return Poll::Ready(Err(BodyFailure::TooLarge));
        }
        *self.as_mut().project().started = true;
        loop {
            let this = self.as_mut().project();
            let Poll::Ready(came) = this.body.poll_frame(cx) else {
                ready!(this.patience.poll_over(cx));
                return Poll::Ready(Err(BodyFailure::TooSlow));
            };
            match came {
                None => break,
                Some(Err(_)) => return Poll::Ready(Err(BodyFailure::Unreadable)),
                Some(Ok(frame)) => {
                    if let Err(failure) = self.as_mut().keep(frame) {
                        return Poll::Ready(Err(failure));
                    }
                }
            }
        }
        let this = self.project();
        let joined = std::mem::take(this.joined);
        let data = if joined.is_empty() { std::mem::take(this.first) } else { joined.freeze() };
        Poll::Ready(Ok((data, this.trailers.take())))
    }

    fn keep(self: Pin<&mut Self>, frame: Frame<B::Data>) -> Result<(), BodyFailure> {
        let this = self.project();
        match frame.into_data() {
            Ok(mut data) => {
                let length = data.remaining();
                *this.room = this.room.checked_sub(length).ok_or(BodyFailure::TooLarge)?;
                if this.first.is_empty() && this.joined.is_empty() {
                    *this.first = data.copy_to_bytes(length);
                } else {
                    this.joined.extend_from_slice(&std::mem::take(this.first));
                    this.joined.extend_from_slice(&data.copy_to_bytes(length));
                }
            }
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    *this.trailers = Some(Box::new(trailers));
                }
            }
        }
        Ok(())
    }
}

impl<B: Body> Rest for Collect<B> {
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn poll_piece(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let came = ready!(self.project().body.poll_frame(cx));
        let length = |frame: Frame<B::Data>| frame.data_ref().map_or(0, Buf::remaining);
        Poll::Ready(came.and_then(Result::ok).map(length))
    }

    fn forget(self: Pin<&mut Self>) {
        let this = self.project();
        (*this.first, *this.joined, *this.trailers) = (Bytes::new(), BytesMut::new(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Never;

    impl Body for Never {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_not_waited_for_for_ever() {
        let start = tokio::time::Instant::now();
        assert_eq!(read(Never, BodyLimits::of(1)).await, Err(BodyFailure::TooSlow));
        assert_eq!(start.elapsed().as_secs(), 30);
    }
}
