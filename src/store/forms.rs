//! Which forms of signature a key accepts.

use std::fmt;

use crate::Scheme;

/// Which forms of signature a key of x-auth or of signed URLs accepts.
///
/// Both schemes have a form that existing clients speak, which covers neither the method nor the
/// host and has no nonce, and a strict one, which does. Whose clients have all changed over is
/// switched to the strict form alone, key by key.
///
/// ```
/// use portcullis::Scheme;
/// use portcullis::store::{KeyOwner, NewKey, SignatureForms};
/// let key = NewKey::new(Scheme::XAuth, KeyOwner::user("ada")).strict_only();
/// assert_eq!(key.signature_forms, SignatureForms::StrictOnly);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureForms {
    /// The strict form and the compatible one. Keys of other schemes have this.
    #[default]
    Any,
    /// The strict form alone.
    StrictOnly,
}

impl SignatureForms {
    /// The stable name, as stores and lists write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::StrictOnly => "strict-only",
        }
    }

    /// What has this name, for a store that reads it.
    ///
    /// ```
    /// use portcullis::store::SignatureForms;
    /// assert_eq!(SignatureForms::of_name("strict-only"), Some(SignatureForms::StrictOnly));
    /// ```
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Any, Self::StrictOnly].into_iter().find(|forms| forms.name() == name)
    }

    /// Whether keys of `scheme` have more than one form to choose among.
    pub(crate) const fn has_choice(scheme: Scheme) -> bool {
        matches!(scheme, Scheme::XAuth | Scheme::QuerySignature)
    }
}

impl fmt::Display for SignatureForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
