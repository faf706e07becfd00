//! The future of an answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use stackfuture::StackFuture;
use tower_service::Service;

use super::body::{AuthBody, ResponseBody};
use super::service::Decision;
use crate::guard::Remarks;

/// How many bytes the deciding future may have before it is boxed: enough for single
/// schemes over a store in memory.
const ROOM: usize = 1536;

pin_project! {
    /// Decides about a request, then waits for the inner service's answer.
    #[must_use = "futures do nothing unless polled"]
    pub struct AuthFuture<S, B>
    where
        S: Service<Request<AuthBody<B>>>,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, F, B> {
        Deciding {
            #[pin]
            deciding: StackFuture<'static, Decision<B>, ROOM>,
            ready: Option<S>,
        },
        Answering {
            #[pin]
            answering: F,
            remarks: Remarks,
        },
    }
}

impl<S, B> AuthFuture<S, B>
where
    S: Service<Request<AuthBody<B>>>,
{
    pub(super) fn new(deciding: impl Future<Output = Decision<B>> + Send + 'static, ready: S) -> Self {
        let deciding = StackFuture::from_or_box(deciding);
        Self { state: State::Deciding { deciding, ready: Some(ready) } }
    }
}

impl<S, B, R> Future for AuthFuture<S, B>
where
    S: Service<Request<AuthBody<B>>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let answering = match state.as_mut().project() {
                StateProjection::Deciding { deciding, ready } => match ready!(deciding.poll(cx)) {
                    Err(refusal) => return Poll::Ready(Ok(refusal.map(ResponseBody::refusal))),
                    // Taken once: the state is replaced right below.
                    Ok((request, remarks)) => match ready.take() {
                        Some(mut service) => State::Answering { answering: service.call(request), remarks },
                        None => return Poll::Pending,
                    },
                },
                StateProjection::Answering { answering, remarks } => {
                    let mut response = ready!(answering.poll(cx))?;
                    std::mem::take(remarks).apply(response.headers_mut());
                    return Poll::Ready(Ok(response.map(ResponseBody::inner)));
                }
            };
            state.set(answering);
        }
    }
}

impl<S, B> fmt::Debug for AuthFuture<S, B>
where
    S: Service<Request<AuthBody<B>>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthFuture(..)")
    }
}
