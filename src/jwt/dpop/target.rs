//! The address that a proof is for: `htu` (RFC 9449, section 4.3).

use std::borrow::Cow;

use crate::AuthError;
use crate::request::RequestView;

/// A scheme and an authority in one spelling: lower case, without the port that the scheme
/// has by default (RFC 3986, sections 6.2.2.1 and 6.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: Http,
    authority: Box<str>,
}

/// Where the service is called.
#[derive(Clone, Debug)]
pub(super) enum Origins {
    These(Vec<Origin>),
    /// By `https` and the authority that the request names.
    AsTheRequestSays,
}

impl Origins {
    /// Adds one; from then on only those count that were added.
    pub(super) fn add(&mut self, origin: Origin) {
        match self {
            Self::These(held) => held.push(origin),
            Self::AsTheRequestSays => *self = Self::These(vec![origin]),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Http {
    Plain,
    Tls,
}

impl Origin {
    /// `https://` and an authority, or `http://` and a loopback address; a slash may follow.
    pub(super) fn of_setting(text: &str) -> Option<Self> {
        let (origin, path) = split(text)?;
        let is_local = || {
            let host = origin.authority.rsplit_once(':').map_or(&*origin.authority, |(host, _)| host);
            matches!(host, "localhost" | "127.0.0.1" | "[::1]") || &*origin.authority == "[::1]"
        };
        (path == "/" && (origin.scheme == Http::Tls || is_local())).then_some(origin)
    }

    fn of(scheme: Http, authority: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
        if authority.is_empty() || !authority.bytes().all(allowed) {
            return None;
        }
        let authority = authority.to_ascii_lowercase();
        let port = if scheme == Http::Tls { ":443" } else { ":80" };
        let plain = authority.strip_suffix(port).or_else(|| authority.strip_suffix(':'));
        Some(Self { scheme, authority: plain.unwrap_or(&authority).into() })
    }
}

/// Whether `htu` is the address of the request: scheme, authority and path, each in one
/// spelling (RFC 3986, section 6.2), without query and fragment.
///
/// A path with `.` or `..` as a segment is no address here: whether it is resolved,
/// routers do not agree on.
pub(super) fn is_of(htu: &str, request: &RequestView<'_>, origins: &Origins) -> Result<bool, AuthError> {
    let end = htu.find(['?', '#']).unwrap_or(htu.len());
    let Some((presented, path)) = htu.get(..end).and_then(split) else { return Ok(false) };
    let same_origin = match origins {
        Origins::These(own) => own.contains(&presented),
        Origins::AsTheRequestSays => {
            let authority = request.authority()?.unwrap_or_default();
            Origin::of(Http::Tls, authority).is_some_and(|own| own == presented)
        }
    };
    let own = if request.path().is_empty() { "/" } else { request.path() };
    let (Some(path), Some(own)) = (one_spelling(path), one_spelling(own)) else { return Ok(false) };
    Ok(same_origin && path == own)
}

/// The origin and the path of an absolute address.
fn split(address: &str) -> Option<(Origin, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    let scheme = match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => Http::Tls,
        _ if scheme.eq_ignore_ascii_case("http") => Http::Plain,
        _ => return None,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((Origin::of(scheme, authority)?, if path.is_empty() { "/" } else { path }))
}

/// A path whose escapes are in one spelling: none for what needs no escape, upper case for
/// others (RFC 3986, sections 6.2.2.1 and 6.2.2.2). None where an escape is broken, or a
/// segment is `.` or `..`.
fn one_spelling(path: &str) -> Option<Cow<'_, str>> {
    let mut spelled = Cow::Borrowed(path);
    if path.contains('%') {
        let mut text = String::with_capacity(path.len());
        let mut parts = path.split('%');
        text.push_str(parts.next()?);
        for part in parts {
            let (digits, rest) = part.split_at_checked(2)?;
            let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let byte = is_hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()?;
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push('%');
                text.push_str(&digits.to_ascii_uppercase());
            }
            text.push_str(rest);
        }
        spelled = Cow::Owned(text);
    }
    let has_dots = spelled.split('/').any(|segment| matches!(segment, "." | ".."));
    (!has_dots).then_some(spelled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::request::{BodyGate, RequestTarget};

    fn matches(htu: &str, path: &str, host: &str, origin: Option<&str>) -> bool {
        let headers = vec![("host".to_owned(), host.as_bytes().to_vec())];
        let gate = BodyGate::new();
        let target = RequestTarget::new("GET", path, Some("page=2"));
        let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
        let mut origins = Origins::AsTheRequestSays;
        if let Some(origin) = origin {
            origins.add(Origin::of_setting(origin).expect("origin"));
        }
        is_of(htu, &view, &origins).expect("one host")
    }

    #[test]
    fn one_address_in_many_spellings_is_one_address() {
        for (htu, path, host) in [
            ("https://a.example/x", "/x", "a.example"),
            ("HTTPS://A.Example:443/x", "/x", "a.example"),
            ("https://a.example/x", "/x", "A.EXAMPLE:443"),
            ("https://a.example:/x", "/x", "a.example"),
            ("https://a.example", "/", "a.example"),
            ("https://a.example/", "/", "a.example"),
            ("https://a.example:8443/x", "/x", "a.example:8443"),
            ("https://a.example/x?page=3#top", "/x", "a.example"),
            ("https://a.example/%7Ex/%2fy", "/~x/%2Fy", "a.example"),
            ("https://[2001:db8::1]/x", "/x", "[2001:DB8::1]"),
        ] {
            assert!(matches(htu, path, host, None), "{htu} {path} {host}");
        }
    }

    #[test]
    fn another_address_is_another_address() {
        for (htu, path, host) in [
            ("http://a.example/x", "/x", "a.example"),
            ("https://b.example/x", "/x", "a.example"),
            ("https://a.example/x", "/x", "a.example:8443"),
            ("https://a.example:80/x", "/x", "a.example"),
            ("https://a.example./x", "/x", "a.example"),
            ("https://a.example/x/", "/x", "a.example"),
            ("https://a.example/X", "/x", "a.example"),
            ("https://a.example//x", "/x", "a.example"),
            ("https://a.example/x", "/x%2F", "a.example"),
            ("https://a.example/a%2Fb", "/a/b", "a.example"),
            ("https://a.example/%2541", "/%41", "a.example"),
            ("https://a.example/x;v=1", "/x", "a.example"),
            ("https://u@a.example/x", "/x", "a.example"),
            ("https://a.example\\@b.example/x", "/x", "a.example"),
            ("https:///x", "/x", ""),
            ("//a.example/x", "/x", "a.example"),
            ("/x", "/x", "a.example"),
            ("ftp://a.example/x", "/x", "a.example"),
            ("", "/", ""),
            ("https://a.example/%zz", "/%zz", "a.example"),
            ("https://a.example/%+1", "/%+1", "a.example"),
            ("https://a.example/x%", "/x%", "a.example"),
        ] {
            assert!(!matches(htu, path, host, None), "{htu} {path} {host}");
        }
    }

    #[test]
    fn dots_that_a_router_may_resolve_are_no_address() {
        for path in ["/a/../x", "/./x", "/..", "/a/%2e%2E/x", "/%2e/x"] {
            assert!(!matches("https://a.example/x", path, "a.example", None), "{path}");
            assert!(!matches(&format!("https://a.example{path}"), path, "a.example", None), "{path}");
            assert!(!matches(&format!("https://a.example{path}"), "/x", "a.example", None), "{path}");
        }
        assert!(matches("https://a.example/..x/a.b", "/..x/a.b", "a.example", None));
    }

    #[test]
    fn behind_a_proxy_the_configured_origin_counts_and_the_host_does_not() {
        let origin = Some("https://api.example");
        assert!(matches("https://api.example/x", "/x", "10.0.0.7:8080", origin));
        assert!(!matches("https://10.0.0.7:8080/x", "/x", "10.0.0.7:8080", origin));
        assert!(matches("http://localhost:3000/x", "/x", "x", Some("http://localhost:3000/")));
        for bad in ["api.example", "http://api.example", "https://api.example/v1", "https://", "https://a b"]
        {
            assert_eq!(Origin::of_setting(bad), None, "{bad}");
        }
        for local in ["http://127.0.0.1:80", "http://[::1]", "http://[::1]:3000", "http://LOCALHOST"] {
            assert!(Origin::of_setting(local).is_some(), "{local}");
        }
    }
}
