//! What a request says of its body.

use super::hex;
use crate::{AuthError, Reason};

/// The body is not signed.
pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The last line of what is signed, as the request declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Nothing is declared: the line is the digest of the body that came.
    Undeclared,
    /// The SHA-256 of the body.
    Digest([u8; 32]),
    /// The body is not signed.
    Unsigned,
    /// The body comes in chunks (`aws-chunked`).
    Chunked(Chunked),
}

/// What is signed of a body in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chunked {
    /// Each chunk.
    Signed,
    /// Each chunk, and the trailers.
    SignedWithTrailer,
    /// Nothing: a trailer has a checksum.
    UnsignedWithTrailer,
}

impl Payload {
    /// Reads `x-amz-content-sha256`.
    pub(super) fn read(text: Option<&str>) -> Result<Self, AuthError> {
        Ok(match text {
            None => Self::Undeclared,
            Some(UNSIGNED) => Self::Unsigned,
            Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD") => Self::Chunked(Chunked::Signed),
            Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") => Self::Chunked(Chunked::SignedWithTrailer),
            Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER") => Self::Chunked(Chunked::UnsignedWithTrailer),
            Some(digest) => match hex::read(digest) {
                Some(digest) => Self::Digest(digest),
                None => return Err(AuthError::new(Reason::InvalidCredential)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_known_word_or_a_digest_is_refused() {
        assert_eq!(Payload::read(None).expect("read"), Payload::Undeclared);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(matches!(Payload::read(Some(empty)), Ok(Payload::Digest(_))));
        for bad in [
            "",
            "unsigned-payload",
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            &empty[1..],
            &empty.to_uppercase(),
        ] {
            let refused = Payload::read(Some(bad)).expect_err("refused");
            assert_eq!(refused.reason(), Reason::InvalidCredential, "{bad}");
        }
    }
}
