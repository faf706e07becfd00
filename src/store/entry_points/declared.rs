//! The entry points of an application, as its routes declare them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{EntryPoint, InvalidName};

/// The routes of an application are no list of entry points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRoutes {
    /// Two of them have the same name, so that no key could be limited to one of them.
    #[error("two routes are named {0:?}")]
    Repeated(String),
    /// The name or the pattern of one is none.
    #[error("the route {pattern:?} is no entry point")]
    Invalid {
        /// The pattern of the route.
        pattern: String,
        /// What names and patterns are.
        source: InvalidName,
    },
}

/// What the routes of an application are called and which of them have no guard, in the
/// order in which they were declared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared(Vec<Declaration>);

#[derive(Clone, Debug)]
struct Declaration {
    pattern: String,
    name: Name,
}

#[derive(Clone, Debug)]
enum Name {
    Own(Arc<str>),
    Pattern,
    /// No guard, no name.
    Open,
}

impl Declared {
    pub(crate) fn add_named(&mut self, name: Arc<str>, pattern: &str) {
        self.add(pattern, Name::Own(name));
    }

    pub(crate) fn add_unnamed(&mut self, pattern: &str) {
        self.add(pattern, Name::Pattern);
    }

    pub(crate) fn add_open(&mut self, pattern: &str) {
        self.add(pattern, Name::Open);
    }

    fn add(&mut self, pattern: &str, name: Name) {
        self.0.push(Declaration { pattern: pattern.to_owned(), name });
    }

    /// Adds those of another list, whose patterns become what `whole` makes of them.
    pub(crate) fn add_all(&mut self, other: Self, whole: impl Fn(String) -> String) {
        let nested = other.0.into_iter();
        self.0.extend(nested.map(|one| Declaration { pattern: whole(one.pattern), name: one.name }));
    }

    /// Everything that a guard covers. Routes that are named by one pattern are one entry
    /// point: they differ in their methods.
    pub(crate) fn entry_points(&self) -> Result<Vec<EntryPoint>, InvalidRoutes> {
        let (mut list, mut seen) = (Vec::new(), BTreeMap::new());
        for Declaration { pattern, name } in &self.0 {
            let (own, name): (bool, &str) = match name {
                Name::Own(name) => (true, name),
                Name::Pattern => (false, pattern),
                Name::Open => continue,
            };
            match seen.insert(name, own) {
                None => {}
                Some(false) if !own => continue,
                Some(_) => return Err(InvalidRoutes::Repeated(name.to_owned())),
            }
            let declared = EntryPoint::new(name, pattern.as_str());
            list.push(
                declared.map_err(|source| InvalidRoutes::Invalid { pattern: pattern.clone(), source })?,
            );
        }
        Ok(list)
    }

    /// The patterns of what no guard covers.
    pub(crate) fn open(&self) -> Vec<&str> {
        let open = self.0.iter().filter(|one| matches!(one.name, Name::Open));
        open.map(|one| one.pattern.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(named: &[(&str, &str)], unnamed: &[&str]) -> Declared {
        let mut list = Declared::default();
        named.iter().for_each(|(name, pattern)| list.add_named((*name).into(), pattern));
        unnamed.iter().for_each(|pattern| list.add_unnamed(pattern));
        list
    }

    #[test]
    fn a_list_is_what_guards_cover_and_the_rest_is_open() {
        let mut list = declared(&[("read", "/o/{id}")], &["/list", "/list"]);
        list.add_open("/health");
        let mut whole = declared(&[("first", "/")], &[]);
        whole.add_all(list, |pattern| format!("/v1{pattern}"));
        let points = whole.entry_points().expect("no name twice");
        let points: Vec<_> = points.iter().map(|one| (one.name(), one.pattern())).collect();
        assert_eq!(points, [("first", "/"), ("read", "/v1/o/{id}"), ("/v1/list", "/v1/list")]);
        assert_eq!(whole.open(), ["/v1/health"]);
    }

    #[test]
    fn a_name_is_used_once_also_where_it_is_a_pattern() {
        let repeated = |list: Declared, name: &str| {
            assert_eq!(list.entry_points(), Err(InvalidRoutes::Repeated(name.to_owned())));
        };
        repeated(declared(&[("n", "/a"), ("n", "/b")], &[]), "n");
        repeated(declared(&[("n", "/a"), ("n", "/a")], &[]), "n");
        repeated(declared(&[("/b", "/a")], &["/b"]), "/b");
    }

    #[test]
    fn what_no_store_could_keep_is_an_error_that_says_where() {
        for (name, pattern) in [("two words", "/a"), ("", "/a"), ("n", "/é")] {
            let error = declared(&[(name, pattern)], &[]).entry_points().expect_err("no name");
            assert_eq!(error.to_string(), format!("the route {pattern:?} is no entry point"));
        }
    }
}
