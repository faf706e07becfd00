//! What comes in a query or in a form.

use std::borrow::Cow;
use std::collections::HashSet;

use super::reply::Failure;

/// The names that may be there more than once: boxes in each line of a list, and pairs of fields.
const MANY: [&str; 5] = ["chosen", "count", "entry_point", "key", "period"];

/// The fields of a query or of a form (`application/x-www-form-urlencoded`), in their order.
#[derive(Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Takes a text apart. Nothing is none: what is no field is a name without a value.
    pub(super) fn parse(text: &[u8]) -> Self {
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
        Self(form_urlencoded::parse(text).map(owned).collect())
    }

    /// The value of a field that is there exactly once.
    pub(super) fn unique(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let first = values.next();
        first.filter(|_| values.next().is_none())
    }

    /// Refuses a field that is there more than once and has one value: taken for missing, it could
    /// free a key of a limit.
    ///
    /// # Errors
    /// [`Failure::Invalid`].
    pub(super) fn check_unique(&self) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        let mut names = self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !MANY.contains(name));
        if names.all(|name| seen.insert(name)) {
            Ok(())
        } else {
            Err(Failure::invalid("a field is there more than once"))
        }
    }

    /// The value of a field without white space around it; none where it is empty, missing, or
    /// there more than once.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.unique(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The same, of a field that must be filled in.
    ///
    /// # Errors
    /// [`Failure::Invalid`], which says so of what people call `label`.
    pub(super) fn required(&self, name: &str, label: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| Failure::invalid(format!("{label} is missing")))
    }

    /// Every value of a field that may be repeated, such as a check box in each line.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// Every field with its value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a check box is ticked.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The query of a link with these fields, without the ones named, and without empty ones.
    pub(super) fn query_without(&self, left_out: &[&str]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !value.is_empty() && !left_out.contains(&name.as_str()) {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// A query of these fields.
pub(super) fn query(fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        query.append_pair(name, value);
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_one_value_is_there_once() {
        for (text, fits) in
            [("", true), ("a=1&b=1", true), ("key=1&key=2&a", true), ("a=1&a=1", false), ("a&%61", false)]
        {
            assert_eq!(Fields::parse(text.as_bytes()).check_unique().is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_field_that_is_there_twice_has_no_value() {
        let fields = Fields::parse(b"a=1&a=2&b=+x+&c=&d=%C3%A9&e");
        assert_eq!((fields.unique("a"), fields.text("b"), fields.text("c")), (None, Some("x"), None));
        assert_eq!((fields.text("d"), fields.unique("e"), fields.unique("f")), (Some("é"), Some(""), None));
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert!(fields.is_set("e") && !fields.is_set("f"));
        assert_eq!(fields.query_without(&["b"]), "a=1&a=2&d=%C3%A9");
        assert_eq!(query(&[("id", "a b&c")]), "id=a+b%26c");
    }
}
