//! The header lines of a request that came in.

use super::canonical::HeaderLines;
use super::signed_headers;
use crate::request::RequestView;

/// As many as most requests have: they are collected without an allocation.
const FEW: usize = 20;

type Line<'a> = (&'a str, &'a [u8]);

/// All header lines of a request, and its authority in the place of a `Host` that is missing
/// (HTTP/2 has `:authority`).
pub(super) struct RequestLines<'a> {
    few: [Line<'a>; FEW],
    count: usize,
    more: Vec<Line<'a>>,
}

impl<'a> RequestLines<'a> {
    pub(super) fn of(request: &RequestView<'a>) -> Self {
        let mut lines = Self { few: [("", &[]); FEW], count: 0, more: Vec::new() };
        let mut has_host = false;
        request.for_each_header(|name, value| {
            has_host |= name == "host";
            lines.add((name, value));
        });
        if let Some(authority) = request.target_authority().filter(|_| !has_host) {
            lines.add(("host", authority.as_bytes()));
        }
        lines
    }

    fn add(&mut self, line: Line<'a>) {
        match self.few.get_mut(self.count) {
            Some(place) => {
                *place = line;
                self.count += 1;
            }
            None => self.more.push(line),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Line<'a>> {
        self.few.iter().take(self.count).chain(&self.more)
    }

    /// Whether every header that is `needed` is in the list.
    pub(super) fn are_covered(&self, list: &str, needed: impl Fn(&str) -> bool) -> bool {
        self.iter().all(|(name, _)| !needed(name) || signed_headers::has(list, name))
    }
}

impl HeaderLines for RequestLines<'_> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(held, _)| *held == name).map(|(_, value)| *value)
    }
}
