//! Bodies that come in signed chunks: the coding `aws-chunked` of S3.
//!
//! # Wire format
//!
//! ```text
//! chunk    = size [ ";chunk-signature=" 64 lower-case hex ] CRLF data CRLF
//! last     = "0"  [ ";chunk-signature=" 64 lower-case hex ] CRLF
//! body     = *chunk last [ trailers ] CRLF
//! trailers = *( name ":" value CRLF ) [ "x-amz-trailer-signature:" 64 lower-case hex CRLF ]
//! ```
//!
//! A size is 1 to 16 hexadecimal digits. Which of the optional parts must be there, and which must
//! not, `x-amz-content-sha256` says:
//!
//! | value | chunks | trailers |
//! |---|---|---|
//! | `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` | signed | none |
//! | `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER` | signed | one or more, signed |
//! | `STREAMING-UNSIGNED-PAYLOAD-TRAILER` | not signed | one or more, not signed |
//!
//! Each signature covers the one before it, and the first covers that of the request:
//!
//! ```text
//! chunk:    AWS4-HMAC-SHA256-PAYLOAD LF date LF scope LF previous LF SHA-256("") LF SHA-256(data)
//! trailers: AWS4-HMAC-SHA256-TRAILER LF date LF scope LF previous LF SHA-256(*( name ":" value LF ))
//! ```
//!
//! AWS's documentation ends the trailers, and some clients do, each with a bare LF and all of them
//! with a CRLF, before the line of their signature. Signed trailers are read in that form too.
//!
//! # Decision
//!
//! 1. The trailers that `x-amz-trailer` announces go with the payload, each named once.
//! 2. The body is framed like this to the byte. Anything else, and a body that is not framed, is
//!    [malformed](crate::request::BodyFailure::Malformed); so is what comes after the end.
//! 3. No signed chunk is larger than the [limit](ChunkedGuard::with_max_chunk). Its bytes are handed
//!    on when its signature has been verified, not before.
//! 4. The chunks have together as many bytes as `x-amz-decoded-content-length` says.
//! 5. The trailers are those that were announced, each once. Their signature is verified, and the
//!    checksums among them: CRC-32, CRC-32C, CRC-64/NVME and SHA-256.
//! 6. The last bytes are handed on when all of that has been verified and the body has ended.
//!
//! # What is covered
//!
//! With signed chunks, every byte is, in its place. A checksum of another kind (SHA-1) is let pass
//! unverified there: the signatures cover the same bytes.
//!
//! `STREAMING-UNSIGNED-PAYLOAD-TRAILER` signs the head of the request and nothing of the body: it is
//! an unsigned payload with a checksum against accidents. Whoever can change the body can change
//! the checksum with it. So every checksum that is announced must be one of the four, and is
//! verified, but who wants to know that the body is the signer's must not allow this payload.

mod chain;
mod checksum;
mod crc;
mod error;
mod guard;
mod parser;
mod payload;
mod pieces;
mod plan;
mod signer;
mod trailers;

#[cfg(test)]
mod tests;

pub use chain::ChunkSeed;
pub use checksum::Checksum;
pub use error::ChunkError;
pub use guard::ChunkedGuard;
pub use payload::ChunkedPayload;
pub use plan::ChunkPlan;
pub use signer::ChunkSigner;

/// The word in `Content-Encoding`.
pub(crate) const CODING: &str = "aws-chunked";
