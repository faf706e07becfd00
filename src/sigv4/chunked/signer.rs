//! Sending a body in chunks.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::checksum::{Checksum, RunningChecksum};
use super::parser::TRAILER_SIGNATURE;
use super::pieces::Pieces;
use super::trailers::line;
use super::{ChunkSeed, ChunkedPayload};

/// Frames and signs one body as a [`ChunkPlan`](super::ChunkPlan) says, the way
/// [`ChunkedGuard`](super::ChunkedGuard) verifies it.
pub struct ChunkSigner {
    payload: ChunkedPayload,
    seed: ChunkSeed,
    checksums: Vec<(Checksum, RunningChecksum)>,
    chunk_size: u64,
    /// The chunk that is being filled.
    held: Pieces,
    size: u64,
    digest: Sha256,
}

const RETURN: Bytes = Bytes::from_static(b"\r\n");

/// How many bytes the trailers have.
pub(super) fn trailers_length(payload: ChunkedPayload, checksums: &[Checksum]) -> u64 {
    let one = |checksum: &Checksum| checksum.trailer().len() as u64 + 1 + checksum.text_length() + 2;
    let signature = TRAILER_SIGNATURE.len() as u64 + 1 + 64 + 2;
    let signed = payload == ChunkedPayload::SignedTrailers;
    checksums.iter().map(one).sum::<u64>() + if signed { signature } else { 0 }
}

impl ChunkSigner {
    pub(super) fn new(
        payload: ChunkedPayload,
        checksums: &[Checksum],
        chunk_size: u64,
        seed: ChunkSeed,
    ) -> Self {
        let checksums = checksums.iter().map(|checksum| (*checksum, checksum.start())).collect();
        let (held, digest) = (Pieces::default(), Sha256::new());
        Self { payload, seed, checksums, chunk_size, held, size: 0, digest }
    }

    /// Takes a piece of the body, and appends to `out` the chunks that are full.
    pub fn push(&mut self, mut piece: Bytes, out: &mut VecDeque<Bytes>) {
        self.checksums.iter_mut().for_each(|(_, running)| running.update(&piece));
        while !piece.is_empty() {
            let room = usize::try_from(self.chunk_size - self.size).unwrap_or(usize::MAX);
            let part = piece.split_to(room.min(piece.len()));
            if self.payload.signs_chunks() {
                self.digest.update(&part);
            }
            self.size += part.len() as u64;
            self.held.push(part);
            if self.size == self.chunk_size {
                self.end_chunk(out);
            }
        }
    }

    /// Ends the body: appends to `out` the rest of it, the last chunk, and the trailers.
    pub fn finish(mut self, out: &mut VecDeque<Bytes>) {
        if self.size > 0 {
            self.end_chunk(out);
        }
        self.head(out);
        let (mut canonical, mut text) = (Vec::new(), Vec::new());
        for (checksum, running) in std::mem::take(&mut self.checksums) {
            let value = running.text();
            line(checksum.trailer(), &value, "\n", &mut canonical);
            line(checksum.trailer(), &value, "\r\n", &mut text);
        }
        if self.payload == ChunkedPayload::SignedTrailers {
            self.seed.advance(&self.seed.of_trailers(&canonical));
            line(TRAILER_SIGNATURE, &self.signature(), "\r\n", &mut text);
        }
        text.extend_from_slice(&RETURN);
        out.push_back(text.into());
    }

    fn end_chunk(&mut self, out: &mut VecDeque<Bytes>) {
        self.head(out);
        self.held.release(out);
        out.push_back(RETURN);
        self.size = 0;
    }

    /// The head of the chunk that is held.
    fn head(&mut self, out: &mut VecDeque<Bytes>) {
        let mut head = format!("{:x}", self.size);
        if self.payload.signs_chunks() {
            let digest = self.digest.finalize_reset();
            self.seed.advance(&self.seed.of_chunk(&digest.into()));
            head.push_str(";chunk-signature=");
            head.push_str(&self.signature());
        }
        head.push_str("\r\n");
        out.push_back(head.into());
    }

    fn signature(&self) -> String {
        self.seed.signature().iter().copied().map(char::from).collect()
    }
}

impl fmt::Debug for ChunkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSigner")
            .field("payload", &self.payload)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
