//! A scheme of these tests: whoever names the digest of the body is ada.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use portcullis::crypto::{BodyDigest, DigestAlgorithm, DigestGuard};
use portcullis::request::{BodyFailure, BodyGuard, Carriers, DecodedBody, RequestView};
use portcullis::store::StoredPrincipal;
use portcullis::{
    AuthError, Authenticator, Challenge, Challenges, Credential, Outcome, Principal, Reason, Scheme, UserId,
};

/// `x-digest` is the SHA-256 of the body in hexadecimal digits, behind its coding. `x-plan` has words:
///
/// * `buffer`: it asks for the body first;
/// * `loud`: the body is in capital letters, and as long without them as `x-decoded-length` says;
/// * `both`: it must have its SHA-512 as well, in `x-digest-512`.
#[derive(Clone, Default)]
pub(super) struct Digested {
    /// Held by every guard.
    pub(super) alive: Arc<()>,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn digest(body: &[u8]) -> String {
    hex(BodyDigest::of(DigestAlgorithm::Sha256, body).as_bytes())
}

fn read(algorithm: DigestAlgorithm, text: &str) -> Option<BodyDigest> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes = digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<Vec<u8>>>();
    BodyDigest::from_slice(algorithm, &bytes?)
}

impl Authenticator for Digested {
    type Principal = StoredPrincipal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<StoredPrincipal>, AuthError> {
        let Some(text) = request.unique_header("x-digest")? else { return Ok(Outcome::Absent) };
        let wrong = || AuthError::new(Reason::InvalidCredential);
        let mut guard = DigestGuard::new(read(DigestAlgorithm::Sha256, text).ok_or_else(wrong)?);
        let plan = request.unique_header("x-plan")?.unwrap_or_default();
        if plan.contains("both") {
            let text = request.unique_header("x-digest-512")?.ok_or_else(wrong)?;
            guard = guard.with_digest(read(DigestAlgorithm::Sha512, text).ok_or_else(wrong)?);
        }
        request.note(|| Credential::of_scheme(Scheme::MessageSignature));
        if plan.contains("buffer") {
            let _ = request.body().await?;
        }
        if plan.contains("loud") {
            let length = request.unique_header("x-decoded-length")?.and_then(|text| text.parse().ok());
            request.guard_body(Loud(length.ok_or_else(wrong)?));
        }
        request.guard_body(Held { guard, _alive: Arc::clone(&self.alive) });
        let ada = Principal::builder(Some(UserId::from("ada"))).account(None).site(None);
        Ok(Outcome::Authenticated(ada.build()))
    }

    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Digested"));
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_header("x-digest");
    }
}

/// A guard of which it is seen when it is dropped.
struct Held {
    guard: DigestGuard,
    _alive: Arc<()>,
}

impl BodyGuard for Held {
    fn push(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        self.guard.push(piece, out)
    }

    fn finish(&mut self, trailers: Option<&HeaderMap>, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        self.guard.finish(trailers, out)
    }

    fn decoded(&self) -> Option<DecodedBody> {
        None
    }
}

/// Undoes capital letters; what is in small ones is malformed. It hands on letter by letter,
/// and an exclamation mark at the end.
struct Loud(u64);

impl BodyGuard for Loud {
    fn push(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        for letter in piece {
            if letter.is_ascii_lowercase() {
                return Err(BodyFailure::Malformed);
            }
            out.push_back(Bytes::copy_from_slice(&[letter.to_ascii_lowercase()]));
        }
        Ok(())
    }

    fn finish(&mut self, _: Option<&HeaderMap>, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        out.push_back(Bytes::from_static(b"!"));
        Ok(())
    }

    fn decoded(&self) -> Option<DecodedBody> {
        Some(DecodedBody { coding: "x-loud", length: self.0 })
    }
}
