//! Which texts are API keys of ours.

use std::fmt;

use crate::store::KeyFormat;

/// The declared shape of an application's API keys: what has it is claimed, and refused
/// unless it is a usable key; what has it not is left to the other authenticators.
///
/// ```
/// use portcullis::api_key::KeyShape;
/// assert!(KeyShape::prefix("igny8_").covers("igny8_0123456789abcdef"));
/// assert!(!KeyShape::prefix("igny8_").covers("ghp_0123456789abcdef"));
/// ```
///
/// With a [`KeyFormat`], what begins like a key and is none is refused before any look-up:
///
/// ```
/// use portcullis::api_key::KeyShape;
/// use portcullis::store::KeyFormat;
/// let (live, test) = (KeyFormat::checked("acme", "live")?, KeyFormat::checked("acme", "test")?);
/// // Keys that were imported have another form: they are claimed beside.
/// let shape = KeyShape::formats([live, test]).or(KeyShape::prefix("igny8_"));
/// assert!(shape.covers("acme_live_but_mistyped"));
/// # Ok::<(), portcullis::store::InvalidKeyFormat>(())
/// ```
#[derive(Clone)]
pub struct KeyShape(Kind);

#[derive(Clone)]
enum Kind {
    Any,
    Prefix(String),
    Matching(fn(&str) -> bool),
    Format(KeyFormat),
    AnyOf(Vec<KeyShape>),
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

    /// Keys are of this format. What begins like one is claimed; unless it has the [whole
    /// form](KeyFormat::check), it is refused before a digest is made.
    ///
    /// Imported keys that begin alike but have another form, such as another length, are
    /// refused too, unless a shape [beside](Self::or) it covers them.
    #[must_use]
    pub const fn format(format: KeyFormat) -> Self {
        Self(Kind::Format(format))
    }

    /// Keys are of one of these formats: live and test keys, say. Of none, nothing is a key.
    #[must_use]
    pub fn formats(formats: impl IntoIterator<Item = KeyFormat>) -> Self {
        Self(Kind::AnyOf(formats.into_iter().map(Self::format).collect()))
    }

    /// Keys are of this shape or of `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(Kind::AnyOf(vec![self, other]))
    }

    /// Whether `text` has the shape.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Any => true,
            Kind::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Kind::Matching(predicate) => predicate(text),
            Kind::Format(format) => format.covers(text),
            Kind::AnyOf(shapes) => shapes.iter().any(|shape| shape.covers(text)),
        }
    }

    /// The public id that a key of the shape says of itself.
    pub(super) fn id_of<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &self.0 {
            Kind::Any | Kind::Prefix(_) | Kind::Matching(_) => None,
            Kind::Format(format) => format.id_of(text),
            Kind::AnyOf(shapes) => shapes.iter().find_map(|shape| shape.id_of(text)),
        }
    }

    /// Whether a text that the shape covers can be no key: each part that covers it is a
    /// format, and finds that it has not the form.
    pub(super) fn is_garbage(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Any | Kind::Prefix(_) | Kind::Matching(_) => false,
            Kind::Format(format) => !format.check(text),
            Kind::AnyOf(shapes) => {
                shapes.iter().filter(|shape| shape.covers(text)).all(|shape| shape.is_garbage(text))
            }
        }
    }
}

impl fmt::Debug for KeyShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Any => f.write_str("KeyShape::any()"),
            Kind::Prefix(prefix) => write!(f, "KeyShape::prefix({prefix:?})"),
            Kind::Matching(_) => f.write_str("KeyShape::matching(..)"),
            Kind::Format(format) => write!(f, "KeyShape::format({:?})", format.to_string()),
            Kind::AnyOf(shapes) => f.debug_list().entries(shapes).finish(),
        }
    }
}
