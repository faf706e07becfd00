//! Reading a body, for the gate or whole, and driving an authenticator that may ask for it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use pin_project_lite::pin_project;

use super::BodyLimits;
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
    Failed(BodyFailure),
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
        *body = read;
        let delivery = match body {
            BodyState::Collected(data, _) => Ok(data.clone()),
            BodyState::Failed(failure) => Err(*failure),
            _ => Err(BodyFailure::Unreadable),
        };
        gate.deliver_at(delivery, came);
    }
}

/// Reads a body within these limits.
pub(crate) async fn read<B: Body>(body: B, limits: BodyLimits) -> Result<Bytes, BodyFailure> {
    let mut reading = pin!(Collect::new(body, limits));
    match poll_fn(|cx| reading.as_mut().poll_collect(cx)).await {
        BodyState::Collected(data, _) => Ok(data),
        BodyState::Failed(failure) => Err(failure),
        _ => Err(BodyFailure::Unreadable),
    }
}

pin_project! {
    /// Reads a body to its end. One that comes in a single frame is not copied.
    pub(crate) struct Collect<B> {
        #[pin]
        body: B,
        room: usize,
        first: Bytes,
        joined: BytesMut,
        trailers: Option<Box<HeaderMap>>,
        // Whether it was not there at once.
        waited: bool,
        patience: Patience,
    }
}

impl<B: Body> Collect<B> {
    fn new(body: B, limits: BodyLimits) -> Self {
        let (first, joined) = (Bytes::new(), BytesMut::new());
        let patience = Patience::new(limits.timeout);
        Self { body, room: limits.bytes, first, joined, trailers: None, waited: false, patience }
    }

    fn poll_collect(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<BodyState<B>> {
        if self.body.size_hint().lower() > self.room as u64 {
            return Poll::Ready(BodyState::Failed(BodyFailure::TooLarge));
        }
        loop {
            let this = self.as_mut().project();
            let Poll::Ready(came) = this.body.poll_frame(cx) else {
                ready!(this.patience.poll_over(cx));
                return Poll::Ready(BodyState::Failed(BodyFailure::TooSlow));
            };
            match came {
                None => break,
                Some(Err(_)) => return Poll::Ready(BodyState::Failed(BodyFailure::Unreadable)),
                Some(Ok(frame)) => {
                    if let Err(failure) = self.as_mut().keep(frame) {
                        return Poll::Ready(BodyState::Failed(failure));
                    }
                }
            }
        }
        let this = self.project();
        let joined = std::mem::take(this.joined);
        let data = if joined.is_empty() { std::mem::take(this.first) } else { joined.freeze() };
        Poll::Ready(BodyState::Collected(data, this.trailers.take()))
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
