//! What an answer says about how long it may be kept (RFC 9111, section 5.2.2).

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The value of a header that is there once.
pub(super) fn unique<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// How long the answer says that it is fresh; none where it does not say. What must not be
/// kept at all is fresh for no time.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(http::header::CACHE_CONTROL).iter();
    let directives = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut shortest: Option<Duration> = None;
    for directive in directives {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim().to_ascii_lowercase();
        let age = match name.as_str() {
            "no-store" | "no-cache" => Some(0),
            "max-age" => value.trim().trim_matches('"').parse().ok(),
            _ => None,
        };
        if let Some(age) = age.map(Duration::from_secs) {
            shortest = Some(shortest.map_or(age, |shortest| shortest.min(age)));
        }
    }
    shortest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("cache-control", value.parse().expect("value"));
        }
        max_age(&headers).map(|age| age.as_secs())
    }

    #[test]
    fn the_shortest_age_that_is_said_counts() {
        assert_eq!(of(&["public, max-age=3600, must-revalidate"]), Some(3_600));
        assert_eq!(of(&["Max-Age = \"60\""]), Some(60));
        assert_eq!(of(&["max-age=60", "max-age=30"]), Some(30));
        assert_eq!(of(&["no-store, max-age=60"]), Some(0));
        for unsaid in ["", "public", "max-age", "max-age=", "max-age=-1", "max-age=1e9", "s-maxage=9"] {
            assert_eq!(of(&[unsaid]), None, "{unsaid}");
        }
    }
}
