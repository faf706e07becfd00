//! A body that is checked while the handler reads it.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::guards::Guards;
use super::late_refusal::LateRefusal;
use super::patience::Patience;
use crate::request::BodyFailure;

pin_project! {
    /// A body under guards. It ends when they have found it good, and else in an error, behind
    /// which nothing follows.
    pub(crate) struct Guarded<B> {
        #[pin]
        body: B,
        guards: Guards,
        state: State,
        // What may be read already; no piece of it is empty.
        ready: VecDeque<Bytes>,
        trailers: Option<HeaderMap>,
        // How much there is to be read yet, at most.
        most: Option<u64>,
        patience: Patience,
        late: LateRefusal,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// All of it is good, and what is left of it is ready.
    Verified,
    Failed,
}

/// Why a body under guards did not come to its end.
#[derive(Debug)]
pub(crate) enum Interrupted<E> {
    /// What it is made of failed.
    Inner(E),
    /// It is not what it must be.
    Refused(BodyFailure),
}

type Polled<E> = Poll<Option<Result<Frame<Bytes>, Interrupted<E>>>>;

impl<B: Body> Guarded<B> {
    /// `length` is that behind the guards, where they know it.
    pub(super) fn new(
        body: B,
        guards: Guards,
        length: Option<u64>,
        timeout: Duration,
        late: LateRefusal,
    ) -> Self {
        let most = length.or(body.size_hint().upper());
        let (ready, patience) = (VecDeque::new(), Patience::new(timeout));
        Self { body, guards, state: State::Reading, ready, trailers: None, most, patience, late }
    }

    pub(crate) fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled<B::Error> {
        let mut this = self.project();
        loop {
            if let Some(data) = this.ready.pop_front() {
                *this.most = this.most.map(|most| most.saturating_sub(data.len() as u64));
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            match this.state {
                State::Reading => {}
                State::Verified => {
                    return Poll::Ready(this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
                }
                State::Failed => return Poll::Ready(None),
            }
            let came = match this.body.as_mut().poll_frame(cx) {
                Poll::Ready(came) => came.map(|frame| frame.map_err(Interrupted::Inner)),
                Poll::Pending => {
                    ready!(this.patience.poll_over(cx));
                    Some(Err(Interrupted::Refused(BodyFailure::TooSlow)))
                }
            };
            let checked = match came {
                Some(Err(interrupted)) => Err(interrupted),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(mut data) => {
                        let piece = data.copy_to_bytes(data.remaining());
                        if !piece.is_empty() {
                            this.patience.renew();
                        }
                        this.guards.push(piece, this.ready).map_err(Interrupted::Refused)
                    }
                    Err(frame) => {
                        *this.trailers = frame.into_trailers().ok();
                        Ok(())
                    }
                },
                None => {
                    *this.state = State::Verified;
                    this.guards.finish(this.trailers.as_ref(), this.ready).map_err(Interrupted::Refused)
                }
            };
            if let Err(interrupted) = checked {
                *this.state = State::Failed;
                *this.guards = Guards::default();
                this.ready.clear();
                if let Interrupted::Refused(failure) = interrupted {
                    this.late.refused(failure);
                }
                return Poll::Ready(Some(Err(interrupted)));
            }
        }
    }

    /// Never before all of it is known to be good.
    pub(crate) fn is_end_stream(&self) -> bool {
        self.state == State::Verified && self.ready.is_empty() && self.trailers.is_none()
    }

    /// Exact only where all of it is known to be good.
    pub(crate) fn size_hint(&self) -> SizeHint {
        if self.state == State::Verified {
            return SizeHint::with_exact(self.ready.iter().map(|piece| piece.len() as u64).sum());
        }
        let mut hint = SizeHint::new();
        // Nobody would read a body of which nothing is to come.
        if let Some(most) = self.most.filter(|most| *most > 0) {
            hint.set_upper(most);
        }
        hint
    }
}

impl<B: fmt::Debug> fmt::Debug for Guarded<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("body", &self.body)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
