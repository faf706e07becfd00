//! Verifying a body in chunks while it is read.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::parser::{Event, Malformed, Parser};
use super::pieces::Pieces;
use super::trailers::Trailers;
use super::{CODING, ChunkError, ChunkSeed, ChunkedPayload};
use crate::crypto::Tag;
use crate::request::{BodyFailure, BodyGuard, DecodedBody};

/// Undoes the coding of one body and verifies it; the rules are those of the [module](super).
///
/// ```
/// use portcullis::crypto::{HmacAlgorithm, HmacKey};
/// use portcullis::request::BodyGuard;
/// use portcullis::sigv4::chunked::{ChunkPlan, ChunkSeed, ChunkedGuard};
/// use std::collections::VecDeque;
///
/// let key = HmacKey::new(HmacAlgorithm::Sha256, &"the derived key".into());
/// let scope = "20130524/us-east-1/s3/aws4_request";
/// let seed = ChunkSeed::new(key, scope, "20130524T000000Z", &"5".repeat(64))?;
///
/// let plan = ChunkPlan::signed();
/// let mut sent = VecDeque::new();
/// let mut signer = plan.start(seed.clone());
/// signer.push("hello".into(), &mut sent);
/// signer.finish(&mut sent);
///
/// let mut guard = ChunkedGuard::new(plan.payload(), seed, 5, None)?;
/// let mut read = VecDeque::new();
/// for piece in sent {
///     guard.push(piece, &mut read)?;
/// }
/// assert!(read.is_empty(), "the last bytes wait for the end");
/// guard.finish(None, &mut read)?;
/// assert_eq!(read, ["hello"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChunkedGuard {
    parser: Parser,
    seed: ChunkSeed,
    trailers: Trailers,
    length: u64,
    left: u64,
    max_chunk: u64,
    /// The signature and the digest of the chunk that comes, where chunks are signed.
    chunk: Option<([u8; 32], Sha256)>,
    held: Pieces,
    failure: Option<BodyFailure>,
}

impl ChunkedGuard {
    /// The largest signed chunk in bytes, unless another limit is set: 1 MiB. SDKs send 64 or
    /// 128 KiB.
    pub const MAX_CHUNK: u64 = 1 << 20;

    /// For a body of this payload, of which `x-amz-decoded-content-length` says `length`, with
    /// the value of `x-amz-trailer`. All three headers must have been signed.
    ///
    /// # Errors
    /// When the trailers do not go with the payload.
    pub fn new(
        payload: ChunkedPayload,
        seed: ChunkSeed,
        length: u64,
        trailers: Option<&str>,
    ) -> Result<Self, ChunkError> {
        Ok(Self {
            parser: Parser::new(payload),
            seed,
            trailers: Trailers::announced(payload, trailers)?,
            length,
            left: length,
            max_chunk: Self::MAX_CHUNK,
            chunk: None,
            held: Pieces::default(),
            failure: None,
        })
    }

    /// The largest signed chunk, in bytes: it is held until its signature has been verified.
    /// Chunks that are not signed are not held, and may have any size.
    #[must_use]
    pub const fn with_max_chunk(mut self, bytes: u64) -> Self {
        self.max_chunk = bytes;
        self
    }

    fn read(&mut self, input: &mut Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        while let Some(event) = self.parser.next(input)? {
            self.take(event, out)?;
        }
        // Only the end is followed by nothing.
        if input.is_empty() { Ok(()) } else { Err(BodyFailure::Malformed) }
    }

    fn take(&mut self, event: Event, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        match event {
            Event::Chunk { size, signature } => {
                self.left = self.left.checked_sub(size).ok_or(BodyFailure::Malformed)?;
                if signature.is_some() && size > self.max_chunk {
                    return Err(BodyFailure::TooLarge);
                }
                self.chunk = signature.map(|signature| (signature, Sha256::new()));
            }
            Event::Data(piece) => {
                self.trailers.update(&piece);
                match &mut self.chunk {
                    Some((_, digest)) => {
                        digest.update(&piece);
                        self.held.push(piece);
                    }
                    None => {
                        // What was held was not the last: there is more.
                        self.held.release(out);
                        self.held.push(piece);
                    }
                }
            }
            Event::ChunkEnd => {
                if let Some((presented, digest)) = self.chunk.take() {
                    let tag = self.seed.of_chunk(&digest.finalize().into());
                    self.accept(&tag, &presented)?;
                    if self.left > 0 {
                        self.held.release(out);
                    }
                }
            }
            Event::Last { signature } => {
                if self.left > 0 {
                    return Err(BodyFailure::Malformed);
                }
                if let Some(presented) = signature {
                    let tag = self.seed.of_chunk(&Sha256::digest(b"").into());
                    self.accept(&tag, &presented)?;
                }
            }
            Event::Trailer { name, value } => self.trailers.receive(&name, value)?,
            Event::TrailerSignature(presented) => {
                let tag = self.seed.of_trailers(&self.trailers.canonical()?);
                self.accept(&tag, &presented)?;
            }
            Event::End => self.trailers.check()?,
        }
        Ok(())
    }

    /// Goes on from a signature that is the right one.
    fn accept(&mut self, tag: &Tag, presented: &[u8; 32]) -> Result<(), BodyFailure> {
        if !tag.matches(presented) {
            return Err(BodyFailure::NotAsSigned);
        }
        self.seed.advance(tag);
        Ok(())
    }

    /// Remembers a failure: nothing comes after it.
    fn settle(&mut self, result: Result<(), BodyFailure>) -> Result<(), BodyFailure> {
        if let Err(failure) = result {
            self.failure = Some(failure);
            self.held.clear();
        }
        result
    }
}

impl BodyGuard for ChunkedGuard {
    fn push(&mut self, mut piece: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        let result = match self.failure {
            Some(failure) => Err(failure),
            None => self.read(&mut piece, out),
        };
        self.settle(result)
    }

    fn finish(&mut self, trailers: Option<&HeaderMap>, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        let result = match self.failure {
            Some(failure) => Err(failure),
            // Trailers of HTTP itself are covered by nothing.
            None if trailers.is_some_and(|trailers| !trailers.is_empty()) => Err(BodyFailure::Malformed),
            None if !self.parser.has_ended() => Err(BodyFailure::Malformed),
            None => Ok(()),
        };
        self.settle(result)?;
        self.held.release(out);
        Ok(())
    }

    fn decoded(&self) -> Option<DecodedBody> {
        Some(DecodedBody { coding: CODING, length: self.length })
    }
}

impl From<Malformed> for BodyFailure {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl fmt::Debug for ChunkedGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkedGuard")
            .field("seed", &self.seed)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
