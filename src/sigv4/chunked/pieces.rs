//! Bytes that wait to be handed on, in the pieces in which they came.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Pieces in their order. Small ones are joined, so that what is held is about as large as what it
/// holds, however small the pieces are.
#[derive(Default)]
pub(super) struct Pieces {
    whole: VecDeque<Bytes>,
    small: BytesMut,
}

impl Pieces {
    /// Up to this size, copying a piece is cheaper than keeping it.
    const SMALL: usize = 512;

    pub(super) fn push(&mut self, piece: Bytes) {
        if piece.len() <= Self::SMALL {
            self.small.extend_from_slice(&piece);
        } else {
            self.join();
            self.whole.push_back(piece);
        }
    }

    /// Hands all of them on.
    pub(super) fn release(&mut self, out: &mut VecDeque<Bytes>) {
        self.join();
        out.append(&mut self.whole);
    }

    pub(super) fn clear(&mut self) {
        self.whole.clear();
        self.small.clear();
    }

    fn join(&mut self) {
        if !self.small.is_empty() {
            self.whole.push_back(self.small.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_order_stays_and_small_ones_are_joined() {
        let mut pieces = Pieces::default();
        let mut expected = Vec::new();
        for size in [1, 2, 600, 3, 512, 513, 700, 4] {
            let piece = vec![size as u8; size];
            expected.extend_from_slice(&piece);
            pieces.push(piece.into());
        }
        let mut out = VecDeque::new();
        pieces.release(&mut out);
        assert_eq!(Vec::from(out.make_contiguous().concat()), expected);
        assert_eq!(out.iter().map(Bytes::len).collect::<Vec<_>>(), [3, 600, 515, 513, 700, 4]);
        pieces.release(&mut out);
        assert_eq!(out.len(), 6);
    }
}
