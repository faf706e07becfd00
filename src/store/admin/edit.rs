//! What an operator edits about a key.

use crate::store::SignatureForms;
use crate::{Limits, Scopes, Timestamp};

/// A change of what an operator may edit about a key; what is not named stays.
///
/// ```
/// use portcullis::store::KeyEdit;
/// use portcullis::Timestamp;
/// let edit = KeyEdit::new()
///     .label("billing robot")
///     .note("asked for by Grace, ticket 17")
///     .expires_at(Some(Timestamp::from_unix_seconds(1_900_000_000)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct KeyEdit {
    /// What it is called in lists: at most 255 bytes without control characters.
    pub label: Option<String>,
    /// What operators tell each other about it: at most 4,000 bytes; of control
    /// characters, line feeds and tabs alone.
    pub note: Option<String>,
    /// What it may do.
    pub scopes: Option<Scopes>,
    /// The first moment of validity, or none.
    pub not_before: Option<Option<Timestamp>>,
    /// The first moment after validity, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// How often it may be used.
    pub limits: Option<Limits>,
    /// Which forms of signature it accepts.
    pub signature_forms: Option<SignatureForms>,
}

impl KeyEdit {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the label.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the note.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Sets what it may do.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// Sets or removes the first moment of validity.
    pub const fn not_before(mut self, start: Option<Timestamp>) -> Self {
        self.not_before = Some(start);
        self
    }

    /// Sets or removes the first moment after validity: the past ends it now.
    pub const fn expires_at(mut self, end: Option<Timestamp>) -> Self {
        self.expires_at = Some(end);
        self
    }

    /// Sets how often it may be used.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Sets which forms of signature it accepts.
    pub const fn signature_forms(mut self, forms: SignatureForms) -> Self {
        self.signature_forms = Some(forms);
        self
    }
}
