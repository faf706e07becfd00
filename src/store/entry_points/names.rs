//! Which entry points a key may call.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The entry points that a key may call: every one, or those of a list of names.
///
/// A name is compared, to the letter, with what
/// [`RequestView::entry_point`](crate::request::RequestView::entry_point) says: the name
/// of the route that the framework's router matched, or its pattern, or the path as sent
/// where no router has matched one. Nothing here reads a path. A pattern like
/// `/orders/{id}` is a name like any other, and `*` is no wildcard.
///
/// ```
/// use portcullis::store::EntryPoints;
/// let allowed = EntryPoints::only(["orders.read", "/orders/{id}"])?;
/// assert!(allowed.allow("orders.read") && allowed.allow("/orders/{id}"));
/// assert!(!allowed.allow("/orders/7") && !allowed.allow("Orders.read"));
/// # Ok::<(), portcullis::store::InvalidName>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryPoints(Option<Arc<BTreeSet<String>>>);

/// The text is no name, or no pattern, of an entry point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name and pattern of an entry point are 1 to 255 printable ASCII characters without space")]
pub struct InvalidName;

impl EntryPoints {
    /// Every entry point.
    #[must_use]
    pub const fn any() -> Self {
        Self(None)
    }

    /// Only the entry points of these names; an empty list allows none.
    ///
    /// # Errors
    /// When a name is empty, longer than 255 characters, or not printable ASCII without
    /// spaces.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidName> {
        let names = names.into_iter().map(|name| checked(name.to_owned()));
        Ok(Self(Some(Arc::new(names.collect::<Result<_, _>>()?))))
    }

    /// Whether the entry point of this name is allowed.
    #[must_use]
    pub fn allow(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.contains(name))
    }

    /// The names, each once, in the order of their bytes; none where every entry point is
    /// allowed.
    pub fn names(&self) -> Option<impl Iterator<Item = &str>> {
        self.0.as_ref().map(|names| names.iter().map(String::as_str))
    }
}

/// The text, where it can be a name.
pub(super) fn checked(text: String) -> Result<String, InvalidName> {
    let visible = text.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    if visible && (1..=255).contains(&text.len()) { Ok(text) } else { Err(InvalidName) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_allowed_to_the_letter() {
        let only = EntryPoints::only(["/api/hello/", "/orders/{id}", "*"]).expect("names");
        for allowed in ["/api/hello/", "/orders/{id}", "*"] {
            assert!(only.allow(allowed), "{allowed}");
        }
        for other in
            ["/api/hello", "/api/Hello/", "//api/hello/", "/api/%68ello/", "api/hello/", "/orders/7", "/", ""]
        {
            assert!(!only.allow(other), "{other}");
        }
    }

    #[test]
    fn an_empty_list_allows_nothing_and_no_list_everything() {
        assert!(!EntryPoints::only([]).expect("none").allow("/"));
        assert!(EntryPoints::any().allow("/"));
    }

    #[test]
    fn a_name_is_visible_and_not_too_long() {
        let (longest, long) = ("a".repeat(255), "a".repeat(256));
        for bad in ["", "a b", "a\n", "\na", "a\t", "a\0", "é", &long] {
            assert_eq!(EntryPoints::only(["good", bad]), Err(InvalidName), "{bad:?}");
        }
        assert!(EntryPoints::only([longest.as_str()]).is_ok());
    }

    #[test]
    fn a_list_of_names_is_a_set() {
        let only = |names: &[&str]| EntryPoints::only(names.iter().copied()).expect("names");
        assert_eq!(only(&["b", "a", "b"]), only(&["a", "b"]));
        assert_eq!(only(&["b", "a"]).names().expect("a list").collect::<Vec<_>>(), ["a", "b"]);
        assert!(EntryPoints::any().names().is_none());
    }
}
