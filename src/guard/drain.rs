//! The rest of a refused request's body, which is read and thrown away.
//!
//! A server that closes a connection of HTTP/1 while bytes of a body are still unread resets it,
//! and a client that is still writing then sees that it broke, and not why (RFC 9112, section
//! 9.6). So what is little is read to its end, and the connection can be used again.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, SizeHint};

use super::collect::Collect;
use super::patience::Patience;
use super::{BodyState, Guard};
use crate::Authenticator;

/// How long it may take, from the first wait to the end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What of a body is still to come.
pub(crate) trait Rest {
    fn size_hint(&self) -> SizeHint;

    fn is_end_stream(&self) -> bool;

    /// The length of the next piece; none at the end, clean or not.
    fn poll_piece(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>>;

    /// Lets go of what was kept of it.
    fn forget(self: Pin<&mut Self>);
}

/// Reads a rest: to its end, or until that takes too much. Outside of a Tokio runtime, it takes
/// what is there and does not wait.
pub(crate) struct Drain<R: ?Sized> {
    rest: Pin<Box<R>>,
    left: u64,
    patience: Patience,
}

impl<A: Authenticator> Guard<A> {
    /// What is to be drained of the body of a request that is refused: none where nothing of it is
    /// to come, where it is known to be longer than that may be, or where it did not come in time.
    pub(crate) fn rest<B: Body>(&self, body: BodyState<B>) -> Option<Drain<Collect<B>>> {
        let (limit, timeout) = (self.settings.drain_limit, self.settings.body_timeout.min(DRAIN_TIMEOUT));
        let mut rest = match body {
            // Before anything is allocated: this is what most requests are.
            BodyState::Untouched(body) if limit == 0 || body.is_end_stream() => return None,
            BodyState::Untouched(body) => Box::pin(Collect::new(body, self.body_limits())),
            BodyState::Failed(_, Some(rest)) | BodyState::Reading(rest) => rest,
            BodyState::Failed(_, None) | BodyState::Collected(..) | BodyState::Taken => return None,
        };
        let left = limit as u64;
        if limit == 0 || rest.is_end_stream() || rest.size_hint().lower() > left {
            return None;
        }
        rest.as_mut().forget();
        Some(Drain { rest, left, patience: Patience::new(timeout) })
    }
}

impl<B: Body + Send + 'static> Drain<Collect<B>> {
    /// The same, whatever it is that is drained.
    #[cfg(feature = "tower")]
    pub(crate) fn erased(self) -> Drain<dyn Rest + Send> {
        Drain { rest: self.rest, left: self.left, patience: self.patience }
    }
}

impl<R: Rest + ?Sized> Future for Drain<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Poll::Ready(piece) = self.rest.as_mut().poll_piece(cx) else {
                return if Patience::is_kept() { self.patience.poll_over(cx) } else { Poll::Ready(()) };
            };
            let left = piece.and_then(|length| self.left.checked_sub(length as u64));
            let Some(left) = left else { return Poll::Ready(()) };
            self.left = left;
        }
    }
}
