//! What a body in chunks will be, before its request is signed.

use super::signer::trailers_length;
use super::{CODING, Checksum, ChunkSeed, ChunkSigner, ChunkedPayload};

/// How a body is to be sent in chunks.
///
/// The request's head is signed first, with the [headers](Self::headers) that announce the body;
/// then the body [starts](Self::start) from the signature of the head.
///
/// ```
/// use portcullis::sigv4::chunked::{Checksum, ChunkPlan};
///
/// let plan = ChunkPlan::signed().with_checksum(Checksum::Crc32c);
/// let headers = plan.headers(66_560);
/// assert_eq!(headers[0], ("content-encoding", "aws-chunked".to_owned()));
/// assert_eq!(headers[2], ("x-amz-content-sha256", plan.payload().as_str().to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkPlan {
    payload: ChunkedPayload,
    checksums: Vec<Checksum>,
    chunk_size: u64,
}

impl ChunkPlan {
    const fn of(payload: ChunkedPayload, checksums: Vec<Checksum>) -> Self {
        Self { payload, checksums, chunk_size: 64 << 10 }
    }

    /// Chunks that are signed.
    #[must_use]
    pub const fn signed() -> Self {
        Self::of(ChunkedPayload::Signed, Vec::new())
    }

    /// Chunks that are not signed, with a checksum behind them: whoever can change the body on its
    /// way can change that too.
    #[must_use]
    pub fn unsigned(checksum: Checksum) -> Self {
        Self::of(ChunkedPayload::UnsignedTrailers, vec![checksum])
    }

    /// Sends a checksum behind the body, which is signed if the chunks are.
    #[must_use]
    pub fn with_checksum(mut self, checksum: Checksum) -> Self {
        if !self.checksums.contains(&checksum) {
            self.checksums.push(checksum);
            self.checksums.sort_by_key(|checksum| checksum.trailer());
        }
        if self.payload.signs_chunks() {
            self.payload = ChunkedPayload::SignedTrailers;
        }
        self
    }

    /// How many bytes each chunk but the last has: 64 KiB without this, at least 1. S3 wants no
    /// less than 8 KiB.
    #[must_use]
    pub fn with_chunk_size(mut self, bytes: usize) -> Self {
        self.chunk_size = u64::try_from(bytes.max(1)).unwrap_or(u64::MAX);
        self
    }

    /// What `x-amz-content-sha256` says.
    #[must_use]
    pub const fn payload(&self) -> ChunkedPayload {
        self.payload
    }

    /// The headers that announce a body of `length` bytes; those whose names begin with `x-amz-`
    /// must be signed.
    #[must_use]
    pub fn headers(&self, length: u64) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-encoding", CODING.to_owned()),
            ("content-length", self.encoded_length(length).to_string()),
            ("x-amz-content-sha256", self.payload.as_str().to_owned()),
            ("x-amz-decoded-content-length", length.to_string()),
        ];
        if !self.checksums.is_empty() {
            let names: Vec<&str> = self.checksums.iter().map(|checksum| checksum.trailer()).collect();
            headers.push(("x-amz-trailer", names.join(",")));
        }
        headers
    }

    /// How many bytes a body of `length` bytes has on the wire.
    #[must_use]
    pub fn encoded_length(&self, length: u64) -> u64 {
        let head = |size: u64| {
            let digits = u64::from((64 - size.leading_zeros()).div_ceil(4).max(1));
            digits + if self.payload.signs_chunks() { 83 } else { 2 }
        };
        let (full, rest) = (length / self.chunk_size, length % self.chunk_size);
        let full = full.saturating_mul(head(self.chunk_size) + 2);
        let rest = if rest > 0 { head(rest) + 2 } else { 0 };
        let behind = head(0) + trailers_length(self.payload, &self.checksums) + 2;
        [full, rest, behind].into_iter().fold(length, u64::saturating_add)
    }

    /// Begins a body behind a head with this signature.
    #[must_use]
    pub fn start(&self, seed: ChunkSeed) -> ChunkSigner {
        ChunkSigner::new(self.payload, &self.checksums, self.chunk_size, seed)
    }
}
