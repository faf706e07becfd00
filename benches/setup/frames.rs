//! A body of frames that are all the same 64 KiB.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use sha2::{Digest, Sha256};

pub(crate) const FRAME: usize = 64 << 10;

static SAME: [u8; FRAME] = [0x5a; FRAME];

/// So many frames, of which none is copied.
#[derive(Clone)]
pub(crate) struct Frames(u64);

impl Frames {
    pub(crate) const fn new(count: u64) -> Self {
        Self(count)
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or_default();
        Poll::Ready(left.map(|_| Ok(Frame::data(Bytes::from_static(&SAME)))))
    }
}

/// The SHA-256 of so many frames.
pub(crate) fn digest(count: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    (0..count).for_each(|_| hash.update(SAME));
    hash.finalize().into()
}
