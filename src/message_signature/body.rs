//! What the body of a signed request must be.

use super::ContentDigest;
use super::component::Component;
use super::profile::{SignedBody, covers_field};
use crate::request::RequestView;
use crate::{AuthError, Reason, Timestamp};

/// What a signature says about the body.
#[derive(Debug)]
pub(super) enum ExpectedBody {
    /// It has this digest, which is signed.
    Digest(ContentDigest),
    /// It is empty.
    Empty,
    /// Nothing: it may be whatever it is.
    Any,
}

impl ExpectedBody {
    /// What the head of the request says. A digest that is there must be signed.
    pub(super) fn of(
        request: &RequestView<'_>,
        components: &[Component],
        rule: SignedBody,
    ) -> Result<Self, AuthError> {
        let refused = |reason| Err(AuthError::new(reason));
        if request.has_header("content-digest") {
            if !covers_field(components, "content-digest") {
                return refused(Reason::NotCovered);
            }
            let lines: Vec<_> = request.header_values("content-digest").collect();
            let digest = std::str::from_utf8(&lines.join(&b", "[..])).ok().and_then(|text| text.parse().ok());
            return digest.map(Self::Digest).ok_or(AuthError::new(Reason::InvalidCredential));
        }
        if rule == SignedBody::IfSigned {
            return Ok(Self::Any);
        }
        let empty = |length: &[u8]| length.trim_ascii().iter().all(|digit| *digit == b'0');
        if request.has_header("transfer-encoding") || !request.header_values("content-length").all(empty) {
            return refused(Reason::NotCovered);
        }
        Ok(Self::Empty)
    }

    /// Reads the body and checks it; says when it came, where it had to be waited for.
    pub(super) async fn check_whole(
        &self,
        request: &RequestView<'_>,
    ) -> Result<Option<Timestamp>, AuthError> {
        let matches = match self {
            Self::Digest(digest) => digest.matches(&request.body().await?),
            Self::Empty => request.body().await?.is_empty(),
            Self::Any => return Ok(None),
        };
        if matches { Ok(request.body_came()) } else { Err(AuthError::new(Reason::DigestMismatch)) }
    }

    /// Has the body checked while it is read.
    pub(super) fn guard(self, request: &RequestView<'_>) {
        match self {
            Self::Digest(digest) => request.guard_body(digest.into_guard()),
            Self::Empty => request.guard_body(ContentDigest::sha256(b"").into_guard().with_length(0)),
            Self::Any => {}
        }
    }
}
