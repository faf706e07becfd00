//! Bodies of refused requests, read to their end before the answer goes out.
//!
//! hyper closes a connection on which a body was not read. A client that is still writing then
//! sees that it broke, and not why: so it is with every server that refuses early, and those in
//! front of one read on for a while. Who asks with `Expect: 100-continue` waits a second for the
//! answer and sends the body after all, so that is read too.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::oneshot;

/// A body that comes back when whoever got it drops it.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let _ = self.back.take().map(|back| back.send(std::mem::take(&mut self.body)));
    }
}

/// Reads what is left of the body when the answer is there.
pub(crate) async fn drained(request: Request, next: Next) -> Response {
    let (back, returned) = oneshot::channel();
    let answer = next.run(request.map(|body| Body::new(Lent { body, back: Some(back) }))).await;
    if let Ok(mut body) = returned.await {
        while let Some(Ok(_)) = body.frame().await {}
    }
    answer
}
