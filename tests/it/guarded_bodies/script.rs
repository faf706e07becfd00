//! Bodies that do what they are told.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Data(Bytes),
    /// The name of a trailer.
    Trailer(&'static str),
    /// It is not there at once.
    Wait,
    /// It comes after this time.
    Later(Duration),
    /// The client goes away.
    Break,
    /// It never comes.
    Stall,
}

pub(super) fn data(text: impl Into<Bytes>) -> Step {
    Step::Data(text.into())
}

/// A body of steps.
pub(super) struct Script {
    steps: std::vec::IntoIter<Step>,
    announced: Option<u64>,
    sleeping: Option<Pin<Box<Sleep>>>,
}

impl Script {
    pub(super) fn new(steps: Vec<Step>, announced: Option<u64>) -> Self {
        Self { steps: steps.into_iter(), announced, sleeping: None }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(sleeping) = &mut self.sleeping {
                ready!(sleeping.as_mut().poll(cx));
                self.sleeping = None;
            }
            let Some(step) = self.steps.as_slice().first().cloned() else { return Poll::Ready(None) };
            if !matches!(step, Step::Stall) {
                self.steps.next();
            }
            return Poll::Ready(Some(match step {
                Step::Data(data) => {
                    let left = |announced: u64| announced.saturating_sub(data.len() as u64);
                    self.announced = self.announced.map(left);
                    Ok(Frame::data(data))
                }
                Step::Trailer(name) => {
                    let mut trailers = HeaderMap::new();
                    trailers.insert(name, "1".parse().expect("a value"));
                    Ok(Frame::trailers(trailers))
                }
                Step::Wait => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::Later(time) => {
                    self.sleeping = Some(Box::pin(sleep(time)));
                    continue;
                }
                Step::Break => Err(io::ErrorKind::ConnectionReset.into()),
                Step::Stall => return Poll::Pending,
            }));
        }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.poll_step(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.announced == Some(0) && self.steps.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Stream for Script {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match ready!(self.poll_step(cx)) {
                None => None,
                Some(Err(error)) => Some(Err(PayloadError::Incomplete(Some(error)))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(_) => continue,
                },
            });
        }
    }
}
