//! What an event says of a request.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::request::RequestView;

/// What an event says of a request: never the query, which may hold a signature, never a
/// header, and of each text only the beginning, so that nobody can fill a disk with one
/// request. A path is written as it was sent: an application that puts secrets into paths
/// finds them here.
///
/// ```
/// use portcullis::audit::RequestFacts;
/// let facts = RequestFacts::new("GET", "/orders/7").with_entry_point(Some("/orders/{id}"));
/// assert_eq!((facts.path(), facts.entry_point()), ("/orders/7", Some("/orders/{id}")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFacts<'a> {
    method: Cow<'a, str>,
    path: Cow<'a, str>,
    entry_point: Option<Cow<'a, str>>,
    peer: Option<IpAddr>,
    request_id: Option<Cow<'a, str>>,
    cut: bool,
}

impl<'a> RequestFacts<'a> {
    /// How many bytes of a path or an entry point are kept.
    pub const LONGEST_PATH: usize = 1024;
    /// How many bytes of a method or a request id are kept.
    pub const LONGEST_NAME: usize = 128;

    /// Method and path, as sent. What follows a `?` is left out.
    #[must_use]
    pub fn new(method: &'a str, path: &'a str) -> Self {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let mut facts = Self {
            method: Cow::Borrowed(""),
            path: Cow::Borrowed(""),
            entry_point: None,
            peer: None,
            request_id: None,
            cut: false,
        };
        facts.method = facts.keep(method, Self::LONGEST_NAME);
        facts.path = facts.keep(path, Self::LONGEST_PATH);
        facts
    }

    /// What is known of the request behind `view`.
    #[must_use]
    pub fn of(view: &RequestView<'a>) -> Self {
        let entry_point = Some(view.entry_point()).filter(|name| *name != view.path());
        Self::new(view.method(), view.path()).with_entry_point(entry_point).with_peer(view.peer())
    }

    /// Sets the entry point.
    #[must_use]
    pub fn with_entry_point(mut self, name: Option<&'a str>) -> Self {
        self.entry_point = name.map(|name| self.keep(name, Self::LONGEST_PATH));
        self
    }

    /// Sets the address that the request came from.
    #[must_use]
    pub const fn with_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = match peer {
            Some(address) => Some(address.to_canonical()),
            None => None,
        };
        self
    }

    /// Sets the name by which the application tells its requests apart.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<&'a str>) -> Self {
        self.request_id = id.map(|id| self.keep(id, Self::LONGEST_NAME));
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, as sent.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The entry point, where it has a name that is not just the path.
    #[must_use]
    pub fn entry_point(&self) -> Option<&str> {
        self.entry_point.as_deref()
    }

    /// The address that the request came from; one of IPv4 is always written as such.
    #[must_use]
    pub const fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// The name by which the application tells its requests apart.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether one of the texts was too long and is not here to its end.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> RequestFacts<'static> {
        RequestFacts {
            method: owned(self.method),
            path: owned(self.path),
            entry_point: self.entry_point.map(owned),
            peer: self.peer,
            request_id: self.request_id.map(owned),
            cut: self.cut,
        }
    }

    /// The beginning of a text: `longest` bytes, or less where a character would be cut.
    fn keep(&mut self, text: &'a str, longest: usize) -> Cow<'a, str> {
        if text.len() <= longest {
            return Cow::Borrowed(text);
        }
        self.cut = true;
        let beginning = (0..=longest).rev().find_map(|end| text.get(..end));
        Cow::Borrowed(beginning.unwrap_or_default())
    }
}

pub(super) fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::request::{BodyGate, RequestTarget};

    #[test]
    fn the_query_is_left_out() {
        let gate = BodyGate::new();
        let headers: Vec<(String, Vec<u8>)> = Vec::new();
        let target = RequestTarget::new("GET", "/a", Some("signature=secret"));
        let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
        for facts in [RequestFacts::of(&view), RequestFacts::new("GET", "/a?signature=secret?")] {
            assert_eq!((facts.path(), facts.entry_point(), facts.is_cut()), ("/a", None, false));
            assert!(!format!("{facts:?}").contains("secret"));
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let long = "é".repeat(RequestFacts::LONGEST_PATH);
        let odd = format!("/{long}");
        let facts = RequestFacts::new("GET", &odd);
        assert_eq!((facts.path().len(), facts.is_cut()), (RequestFacts::LONGEST_PATH - 1, true));
        assert!(!RequestFacts::new("GET", &"a".repeat(RequestFacts::LONGEST_PATH)).is_cut());
        assert!(RequestFacts::new(&long, "/").is_cut());
        assert!(RequestFacts::new("GET", "/").with_entry_point(Some(&long)).is_cut());
        assert!(RequestFacts::new("GET", "/").with_request_id(Some(&long)).is_cut());
    }
}
