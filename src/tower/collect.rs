//! Reading a body for the gate, and driving an authenticator that may ask for it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;

use crate::AuthError;
use crate::request::{BodyFailure, BodyGate};

/// A body that was read to its end.
pub(super) struct Collected {
    pub(super) data: Bytes,
    pub(super) trailers: Option<HeaderMap>,
}

/// What became of the body while the authenticator ran.
pub(super) enum BodyState<B> {
    Untouched(B),
    Collected(Collected),
    Failed(BodyFailure),
}

/// Drives `deciding` to its end. If it asks the gate for the body, `body` is read, up to
/// `limit` bytes.
pub(super) async fn drive<B: Body, T>(
    deciding: impl Future<Output = Result<T, AuthError>>,
    gate: &BodyGate,
    body: B,
    limit: usize,
) -> (Result<T, AuthError>, BodyState<B>) {
    let mut untouched = Some(body);
    let mut collected = None;
    let mut deciding = pin!(deciding);
    let mut collecting = pin!(None);
    let decision = poll_fn(|cx| {
        loop {
            if let Poll::Ready(decision) = deciding.as_mut().poll(cx) {
                return Poll::Ready(decision);
            }
            if !gate.is_wanted() {
                return Poll::Pending;
            }
            if let Some(body) = untouched.take() {
                collecting.set(Some(collect(body, limit)));
            }
            let Some(reading) = collecting.as_mut().as_pin_mut() else { return Poll::Pending };
            let read = ready!(reading.poll(cx));
            collecting.set(None);
            gate.deliver(read.as_ref().map(|body: &Collected| body.data.clone()).map_err(|failure| *failure));
            collected = Some(read);
        }
    })
    .await;
    let state = match (untouched, collected) {
        (Some(body), _) => BodyState::Untouched(body),
        (None, Some(Ok(body))) => BodyState::Collected(body),
        (None, Some(Err(failure))) => BodyState::Failed(failure),
        // The authenticator stopped waiting for a body that was still being read.
        (None, None) => BodyState::Failed(BodyFailure::Unreadable),
    };
    (decision, state)
}

/// Reads a body to its end. One that comes in a single frame is not copied.
async fn collect<B: Body>(body: B, limit: usize) -> Result<Collected, BodyFailure> {
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyFailure::TooLarge);
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut trailers = None;
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|_| BodyFailure::Unreadable)?;
        match frame.into_data() {
            Ok(mut data) => {
                let length = data.remaining();
                if length > limit - first.len() - joined.len() {
                    return Err(BodyFailure::TooLarge);
                }
                if first.is_empty() && joined.is_empty() {
                    first = data.copy_to_bytes(length);
                } else {
                    joined.extend_from_slice(&std::mem::take(&mut first));
                    joined.extend_from_slice(&data.copy_to_bytes(length));
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok().or(trailers),
        }
    }
    let data = if joined.is_empty() { first } else { joined.freeze() };
    Ok(Collected { data, trailers })
}
