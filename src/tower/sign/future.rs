//! The future of an answer.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// Signs, sends, and perhaps sends once more.
#[must_use = "futures do nothing unless polled"]
pub struct SignFuture<R>(Pin<Box<dyn Future<Output = Result<R, BoxError>> + Send>>);

impl<R> SignFuture<R> {
    pub(super) fn new(sending: impl Future<Output = Result<R, BoxError>> + Send + 'static) -> Self {
        Self(Box::pin(sending))
    }
}

impl<R> Future for SignFuture<R> {
    type Output = Result<R, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<R> fmt::Debug for SignFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignFuture(..)")
    }
}
