//! The body is signed as a whole.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use portcullis::FrozenClock;
use portcullis::request::BodyFailure;
use portcullis::tower::sign::{SignLayer, SignLayerError};
use tower::{Layer, ServiceExt, service_fn};

use super::{Stamp, refusal};
use crate::kit::NOW;

/// A body that comes in pieces, with a pause before each.
#[derive(Debug)]
struct Pieces(VecDeque<Bytes>, bool);

impl From<Bytes> for Pieces {
    fn from(whole: Bytes) -> Self {
        Self([whole].into(), false)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.1 = !self.1;
        if self.1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

#[tokio::test]
async fn a_body_of_several_pieces_is_signed_and_sent_as_a_whole() {
    let echo = service_fn(async |request: Request<Pieces>| {
        let (head, body) = request.into_parts();
        let mut answer = Response::new(body);
        answer.headers_mut().extend(head.headers);
        Ok::<_, Infallible>(answer)
    });
    let layer = SignLayer::for_origin("https://api.example", Stamp::default()).expect("an origin");
    let layer = layer.with_clock(FrozenClock::at(NOW));
    let sent = || {
        let pieces = Pieces(["one", " and ", "two"].map(Bytes::from).into(), false);
        Request::post("https://api.example/").body(pieces).expect("a request")
    };
    let answer = layer.clone().with_body_limit(11).layer(echo).oneshot(sent()).await.expect("an answer");
    assert_eq!(answer.headers()["x-stamp"], "1700000000 0 11");
    assert_eq!(answer.body().0.len(), 1);
    assert_eq!(answer.into_body().collect().await.expect("a body").to_bytes(), "one and two");
    let refused = refusal(layer.with_body_limit(10).layer(echo).oneshot(sent()).await);
    assert!(matches!(refused, SignLayerError::Body(BodyFailure::TooLarge)));
}
