//! What a request says of its body.

use super::chunked::ChunkedPayload;
use super::{EMPTY, hex};
use crate::crypto::BodyDigest;
use crate::{AuthError, Reason};

/// [`EMPTY`] in digits, which most requests have.
const EMPTY_DIGITS: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The body is not signed.
pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The last line of what is signed, as the request declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// Nothing is declared: the line is the digest of the body that came.
    Undeclared,
    /// The SHA-256 of the body.
    Digest([u8; 32]),
    /// The body is not signed.
    Unsigned,
    /// The body comes in chunks (`aws-chunked`).
    Chunked(ChunkedPayload),
}

impl Payload {
    /// Reads `x-amz-content-sha256`.
    pub(super) fn read(text: Option<&str>) -> Result<Self, AuthError> {
        Ok(match text {
            None => Self::Undeclared,
            Some(UNSIGNED) => Self::Unsigned,
            Some(EMPTY_DIGITS) => Self::Digest(EMPTY),
            Some(text) => match (hex::read(text), ChunkedPayload::from_header(text)) {
                (Some(digest), _) => Self::Digest(digest),
                (None, Some(chunked)) => Self::Chunked(chunked),
                (None, None) => return Err(AuthError::new(Reason::InvalidCredential)),
            },
        })
    }

    /// Whether the body is declared to be empty.
    pub(super) fn is_empty(&self) -> bool {
        // What is public needs no constant time.
        matches!(self, Self::Digest(digest) if *digest == EMPTY)
    }

    /// Whether `body` is the one whose digest this is.
    pub(super) fn is_of(&self, body: &[u8]) -> bool {
        match self {
            Self::Digest(_) if self.is_empty() => body.is_empty(),
            Self::Digest(digest) => BodyDigest::sha256(*digest).matches(body),
            Self::Undeclared | Self::Unsigned | Self::Chunked(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_one_whose_digest_was_declared_and_no_other() {
        let of = |body: &[u8]| Payload::Digest(crate::crypto::digest::sha256(body));
        assert!(of(b"").is_empty() && of(b"").is_of(b"") && !of(b"").is_of(b"a"));
        assert!(
            !of(b"a").is_empty() && of(b"a").is_of(b"a") && !of(b"a").is_of(b"") && !of(b"a").is_of(b"b")
        );
        let chunked = ChunkedPayload::from_header("STREAMING-AWS4-HMAC-SHA256-PAYLOAD").expect("a word");
        for none in [Payload::Undeclared, Payload::Unsigned, Payload::Chunked(chunked)] {
            assert!(!none.is_empty() && !none.is_of(b"") && !none.is_of(b"a"), "{none:?}");
        }
    }

    #[test]
    fn anything_but_a_known_word_or_a_digest_is_refused() {
        assert_eq!(Payload::read(None).expect("read"), Payload::Undeclared);
        assert_eq!(hex::read(EMPTY_DIGITS), Some(EMPTY));
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
