//! actix-web's headers, read where they are.

use actix_web::http::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

use crate::guard::Decoded;
use crate::request::HeaderSource;

/// The names that our schemes ask for on every request, ready made.
fn known(name: &str) -> Option<&'static HeaderName> {
    static API_KEY: HeaderName = HeaderName::from_static("x-api-key");
    match name {
        "authorization" => Some(&AUTHORIZATION),
        "x-api-key" => Some(&API_KEY),
        _ => None,
    }
}

impl HeaderSource for HeaderMap {
    fn visit<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        match known(name) {
            Some(known) => self.get_all(known).for_each(|value| each(value.as_bytes())),
            None => self.get_all(name).for_each(|value| each(value.as_bytes())),
        }
    }

    /// The lines of one name in their order; the names in none.
    fn visit_all<'a>(&'a self, each: &mut dyn FnMut(&'a str, &'a [u8])) {
        for (name, value) in self {
            each(name.as_str(), value.as_bytes());
        }
    }
}

/// Says of a body what it is without the codings that a guard undoes.
pub(super) fn decode(decoded: &Decoded, headers: &mut HeaderMap) {
    for (name, value) in decoded.headers(headers.get_all(CONTENT_ENCODING).map(HeaderValue::as_bytes)) {
        let name = HeaderName::from_static(name);
        // Parts of values that were read are one.
        match value.and_then(|value| HeaderValue::from_bytes(&value).ok()) {
            Some(value) => drop(headers.insert(name, value)),
            None => drop(headers.remove(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_name_is_visited_in_order() {
        let mut map = HeaderMap::new();
        for (name, value) in [("x-api-key", "1"), ("other", "2"), ("x-api-key", "3"), ("other", "4")] {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
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
