//! What authenticators left to check a body, one behind the other.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;

use crate::request::{BodyFailure, BodyGuard, DecodedBody};

/// Guards, of which each is given what the one before hands on.
#[derive(Default)]
pub(crate) struct Guards {
    list: Vec<Box<dyn BodyGuard>>,
    /// What is on its way from one to the next: empty but for its room.
    given: VecDeque<Bytes>,
    handed: VecDeque<Bytes>,
}

impl Guards {
    pub(crate) fn new(list: Vec<Box<dyn BodyGuard>>) -> Self {
        Self { list, ..Self::default() }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The codings that they undo, in this order.
    pub(crate) fn decoded(&self) -> Vec<DecodedBody> {
        self.list.iter().filter_map(|guard| guard.decoded()).collect()
    }

    /// Takes a piece as it arrived; appends to `out` what may be read now, unless one fails.
    pub(crate) fn push(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        self.given.push_back(piece);
        for guard in &mut self.list {
            give(&mut **guard, &mut self.given, &mut self.handed)?;
            std::mem::swap(&mut self.given, &mut self.handed);
        }
        out.extend(self.given.drain(..).filter(|piece| !piece.is_empty()));
        Ok(())
    }

    /// The body has ended; appends to `out` what was held back, unless one fails.
    pub(crate) fn finish(
        &mut self,
        trailers: Option<&HeaderMap>,
        out: &mut VecDeque<Bytes>,
    ) -> Result<(), BodyFailure> {
        for guard in &mut self.list {
            give(&mut **guard, &mut self.given, &mut self.handed)?;
            guard.finish(trailers, &mut self.handed)?;
            std::mem::swap(&mut self.given, &mut self.handed);
        }
        out.extend(self.given.drain(..).filter(|piece| !piece.is_empty()));
        Ok(())
    }

    /// The same for a body that is there already.
    pub(crate) fn pass(mut self, body: Bytes, trailers: Option<&HeaderMap>) -> Result<Bytes, BodyFailure> {
        let mut out = VecDeque::new();
        if !body.is_empty() {
            self.push(body, &mut out)?;
        }
        self.finish(trailers, &mut out)?;
        if out.len() <= 1 {
            return Ok(out.pop_front().unwrap_or_default());
        }
        let mut whole = BytesMut::with_capacity(out.iter().map(Bytes::len).sum());
        out.iter().for_each(|piece| whole.extend_from_slice(piece));
        Ok(whole.freeze())
    }
}

fn give(
    guard: &mut dyn BodyGuard,
    given: &mut VecDeque<Bytes>,
    handed: &mut VecDeque<Bytes>,
) -> Result<(), BodyFailure> {
    given.drain(..).try_for_each(|piece| guard.push(piece, handed))
}
