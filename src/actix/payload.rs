//! actix-web's stream of a body as a body that the guard can read.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame};

/// A request's body on its way through the guard.
pub(super) struct PayloadBody(pub(super) Payload);

impl Body for PayloadBody {
    type Data = Bytes;
    type Error = PayloadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PayloadError>>> {
        Pin::new(&mut self.0).poll_next(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}
