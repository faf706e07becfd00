//! All that is found out about a request.

use std::fmt;

use super::compare::{Comparison, printable};
use super::hint::Hint;
use super::signed::{Diagnosis, SignedParts};
use super::veil::Veil;
use crate::store::KeySummary;
use crate::{ErrorKind, Reason, Scheme, Timestamp};

/// What would become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It would be accepted, as far as the chain of authenticators goes.
    Accepted,
    /// It has no credential: where nobody is welcome without one, it would be refused.
    Absent,
    /// It would be refused.
    Refused(Refusal),
}

/// Why a request would be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(Reason);

impl Refusal {
    pub(super) const fn new(reason: Reason) -> Self {
        Self(reason)
    }

    /// The precise reason.
    #[must_use]
    pub const fn reason(self) -> Reason {
        self.0
    }

    /// Its class.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.0.kind()
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.0.kind().status()
    }

    /// The reason in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0.text()
    }
}

/// Why a request would be refused, or that it would not; from
/// [`Explainer::explain`](super::Explainer::explain).
///
/// It has no secret of the store, no right signature, and of what the client presented no API key,
/// no token and no signature. The text that is signed has every header that the client chose to
/// sign; for the value of one that is a credential, such as `Authorization` or a session token, it
/// has `(not shown)`. `Debug` has only how long it is.
pub struct Explanation {
    verdict: Verdict,
    scheme: Option<Scheme>,
    received_at: Timestamp,
    key: Option<KeySummary>,
    diagnosis: Option<Diagnosis>,
    hints: Vec<Hint>,
    signed: Option<Signed>,
    client: Option<Vec<u8>>,
}

/// What of the signed parts may be shown.
struct Signed {
    key: String,
    canonical: Vec<u8>,
    string_to_sign: Option<String>,
}

impl Explanation {
    #[expect(clippy::too_many_arguments, reason = "each is found out elsewhere, and this is the one call")]
    pub(super) fn new(
        verdict: Verdict,
        scheme: Option<Scheme>,
        received_at: Timestamp,
        key: Option<KeySummary>,
        diagnosis: Option<Diagnosis>,
        hints: Vec<Hint>,
        signed: Option<SignedParts>,
        client: Option<Vec<u8>>,
    ) -> Self {
        let signed = signed.map(|signed| Signed {
            string_to_sign: signed.string_to_sign(),
            key: signed.key,
            canonical: signed.canonical,
        });
        Self { verdict, scheme, received_at, key, diagnosis, hints, signed, client }
    }

    /// Takes the values of credentials out of the texts.
    pub(super) fn veiled(mut self, mut veil: Veil<'_>) -> Self {
        if let Some(signed) = &mut self.signed {
            signed.canonical = veil.server(&signed.canonical);
        }
        self.client = self.client.map(|text| veil.client(&text));
        self
    }

    /// What would become of it.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Why it would be refused where a credential is asked for: also for one that has none.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self.verdict {
            Verdict::Accepted => None,
            Verdict::Absent => Some(Refusal::new(Reason::MissingCredential)),
            Verdict::Refused(refusal) => Some(refusal),
        }
    }

    /// The scheme that claims it.
    #[must_use]
    pub const fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// The moment that it is judged at.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// The public id that a signed request names, whether there is such a key or not. It is a
    /// stranger's text.
    #[must_use]
    pub fn presented_key(&self) -> Option<&str> {
        self.signed.as_ref().map(|signed| signed.key.as_str())
    }

    /// The key that it names, where the store has it.
    #[must_use]
    pub const fn key(&self) -> Option<&KeySummary> {
        self.key.as_ref()
    }

    /// The bytes that the server signs, of a signed request. They are a stranger's: see
    /// [`printable`].
    #[must_use]
    pub fn canonical(&self) -> Option<&[u8]> {
        self.signed.as_ref().map(|signed| signed.canonical.as_slice())
    }

    /// The same, [printable].
    #[must_use]
    pub fn canonical_text(&self) -> Option<String> {
        self.canonical().map(printable)
    }

    /// The lines that are signed in the end, with the digest of the [canonical](Self::canonical)
    /// text, where a scheme has such.
    #[must_use]
    pub fn string_to_sign(&self) -> Option<&str> {
        self.signed.as_ref()?.string_to_sign.as_deref()
    }

    /// What the client says it signed, where that was given.
    #[must_use]
    pub fn client_text(&self) -> Option<&[u8]> {
        self.client.as_deref()
    }

    /// What the server signs beside what the client signed, where there are both.
    #[must_use]
    pub fn comparison(&self) -> Option<Comparison<'_>> {
        Some(Comparison::new(self.canonical()?, self.client.as_deref()?))
    }

    /// What else the signature is right for, or why it can be right for nothing.
    #[must_use]
    pub const fn diagnosis(&self) -> Option<Diagnosis> {
        self.diagnosis
    }

    /// What to do about it, and what is odd about the text; the [diagnosis](Self::diagnosis) is
    /// not among them.
    #[must_use]
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("verdict", &self.verdict)
            .field("scheme", &self.scheme)
            .field("received_at", &self.received_at)
            .field("key", &self.key.as_ref().map(|key| &key.id))
            .field("canonical", &self.canonical().map(<[u8]>::len))
            .field("diagnosis", &self.diagnosis)
            .field("hints", &self.hints)
            .finish_non_exhaustive()
    }
}
