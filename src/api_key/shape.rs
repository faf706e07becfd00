//! Which texts are API keys of ours.

use std::fmt;

/// The declared shape of an application's API keys: what has it is claimed, and refused
/// unless it is a usable key; what has it not is left to the other authenticators.
///
/// ```
/// use portcullis::api_key::KeyShape;
/// assert!(KeyShape::prefix("igny8_").covers("igny8_0123456789abcdef"));
/// assert!(!KeyShape::prefix("igny8_").covers("ghp_0123456789abcdef"));
/// ```
#[derive(Clone)]
pub struct KeyShape(Kind);

#[derive(Clone)]
enum Kind {
    Any,
    Prefix(String),
    Matching(fn(&str) -> bool),
}

impl KeyShape {
    /// Every text is a key: for a chain in which API keys are the only opaque
    /// credentials of their carriers.
    #[must_use]
    pub const fn any() -> Self {
        Self(Kind::Any)
    }

    /// Keys begin with `prefix`, to the letter.
    #[must_use]
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self(Kind::Prefix(prefix.into()))
    }

    /// Keys are what `predicate` says. It sees unverified text, and must be cheap.
    #[must_use]
    pub const fn matching(predicate: fn(&str) -> bool) -> Self {
        Self(Kind::Matching(predicate))
    }

    /// Whether `text` has the shape.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Any => true,
            Kind::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Kind::Matching(predicate) => predicate(text),
        }
    }
}

impl fmt::Debug for KeyShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Any => f.write_str("KeyShape::any()"),
            Kind::Prefix(prefix) => write!(f, "KeyShape::prefix({prefix:?})"),
            Kind::Matching(_) => f.write_str("KeyShape::matching(..)"),
        }
    }
}
