//! Which of the chunked payloads a request announces.

/// What `x-amz-content-sha256` says of a body in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChunkedPayload {
    /// Every chunk is signed.
    Signed,
    /// Every chunk is signed, and so are the trailers behind them.
    SignedTrailers,
    /// Nothing of the body is signed; there is a checksum behind it.
    UnsignedTrailers,
}

impl ChunkedPayload {
    /// The value of the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailers => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailers => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// Reads the value of the header, to the letter.
    ///
    /// ```
    /// use portcullis::sigv4::chunked::ChunkedPayload;
    /// let payload = ChunkedPayload::from_header("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    /// assert_eq!(payload, Some(ChunkedPayload::Signed));
    /// assert_eq!(ChunkedPayload::from_header("UNSIGNED-PAYLOAD"), None);
    /// ```
    #[must_use]
    pub fn from_header(value: &str) -> Option<Self> {
        [Self::Signed, Self::SignedTrailers, Self::UnsignedTrailers]
            .into_iter()
            .find(|payload| payload.as_str() == value)
    }

    /// Whether each chunk has a signature.
    #[must_use]
    pub const fn signs_chunks(self) -> bool {
        matches!(self, Self::Signed | Self::SignedTrailers)
    }

    pub(super) const fn has_trailers(self) -> bool {
        matches!(self, Self::SignedTrailers | Self::UnsignedTrailers)
    }
}
