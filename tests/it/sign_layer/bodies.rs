//! The body is signed as a whole.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

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

/// A body that the application never ends.
#[derive(Debug)]
struct Endless;

impl From<Bytes> for Endless {
    fn from(_: Bytes) -> Self {
        Self
    }
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_in_its_time_is_not_sent() {
    let never = service_fn(async |_: Request<Endless>| -> Result<Response<()>, Infallible> {
        unreachable!("it is not sent")
    });
    let layer = SignLayer::for_origin("https://api.example", Stamp::default()).expect("an origin");
    for (layer, seconds) in [
        (layer.clone(), 30),
        (layer.clone().with_body_timeout(Duration::from_secs(2)), 2),
        (layer.with_body_timeout(Duration::from_secs(900)), 900),
    ] {
        let start = tokio::time::Instant::now();
        let sent = Request::post("https://api.example/").body(Endless).expect("a request");
        let refused = refusal(layer.layer(never).oneshot(sent).await);
        assert!(matches!(refused, SignLayerError::Body(BodyFailure::TooSlow)), "{refused:?}");
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}
