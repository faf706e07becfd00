//! Where header values come from, whatever the framework keeps them in.

use http::HeaderName;
use http::header::{AUTHORIZATION, HOST};

/// A map of header fields that can be visited without converting it.
///
/// Names are asked for in lower case. Implementations must visit *every* line of a
/// name, in the order of the request.
pub trait HeaderSource: Send + Sync {
    /// Calls `each` with the value of every line that has this name.
    fn visit<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8]));

    /// Calls `each` with every line: the name in lower case, and the value.
    fn visit_all<'a>(&'a self, each: &mut dyn FnMut(&'a str, &'a [u8]));
}

/// The names that our schemes ask for on every request, ready made: to look a name up by
/// its text costs several times as much.
fn known(name: &str) -> Option<&'static HeaderName> {
    static API_KEY: HeaderName = HeaderName::from_static("x-api-key");
    match name {
        "authorization" => Some(&AUTHORIZATION),
        "x-api-key" => Some(&API_KEY),
        "host" => Some(&HOST),
        _ => None,
    }
}

impl HeaderSource for http::HeaderMap {
    fn visit<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        match known(name) {
            Some(known) => self.get_all(known).iter().for_each(|value| each(value.as_bytes())),
            None => self.get_all(name).iter().for_each(|value| each(value.as_bytes())),
        }
    }

    fn visit_all<'a>(&'a self, each: &mut dyn FnMut(&'a str, &'a [u8])) {
        for (name, value) in self {
            each(name.as_str(), value.as_bytes());
        }
    }
}

/// Pairs of a lower-case name and a value: for tests and for other sources.
impl HeaderSource for Vec<(String, Vec<u8>)> {
    fn visit<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        self.iter().filter(|(held, _)| held == name).for_each(|(_, value)| each(value));
    }

    fn visit_all<'a>(&'a self, each: &mut dyn FnMut(&'a str, &'a [u8])) {
        self.iter().for_each(|(name, value)| each(name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_name_is_visited_in_order() {
        let mut map = http::HeaderMap::new();
        for (name, value) in [("x-api-key", "1"), ("other", "2"), ("x-api-key", "3"), ("other", "4")] {
            map.append(HeaderName::from_static(name), http::HeaderValue::from_static(value));
        }
        for (name, expected) in [("x-api-key", ["1", "3"]), ("other", ["2", "4"])] {
            let mut seen = Vec::new();
            map.visit(name, &mut |value| seen.push(value));
            assert_eq!(seen, expected.map(str::as_bytes), "{name}");
        }
        let mut all = 0;
        map.visit_all(&mut |_, _| all += 1);
        assert_eq!(all, 4);
    }
}
