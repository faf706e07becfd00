//! A request as both sides of a signature see it.

use std::borrow::Cow;

use http::request::Parts;

use crate::request::{HeaderSource, RequestView};
use crate::sign::{SignError, outgoing};
use crate::{AuthError, Reason};

/// What the components of a signature are taken from.
pub(super) struct Message<'a> {
    pub(super) method: &'a str,
    pub(super) scheme: Option<Cow<'a, str>>,
    /// In lower case, without a default port.
    pub(super) authority: String,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) headers: &'a dyn HeaderSource,
}

impl<'a> Message<'a> {
    /// A request that came in; `scheme` is what the application says about it.
    pub(super) fn received(
        request: &RequestView<'a>,
        scheme: Option<&'static str>,
    ) -> Result<Self, AuthError> {
        let scheme = scheme.or(request.scheme()).map(lower);
        let authority = request.authority()?.ok_or(AuthError::new(Reason::InvalidHost))?;
        Ok(Self {
            method: request.method(),
            authority: plain(authority, scheme.as_deref()),
            scheme,
            path: request.path(),
            query: request.query(),
            headers: request.headers(),
        })
    }

    /// A request that goes out.
    pub(super) fn outgoing(head: &'a Parts) -> Result<Self, SignError> {
        let scheme = head.uri.scheme_str().map(lower);
        let spelling = |authority: &str| Some(plain(authority, scheme.as_deref()).into());
        let authority = outgoing::authority_as(head, spelling)?.into_owned();
        Ok(Self {
            method: head.method.as_str(),
            scheme,
            authority,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
        })
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// An authority in lower case and without the port that is the default of the scheme (RFC
/// 9110, section 4.2.3). Where the scheme is not known, it counts as `https`: nothing else is
/// deployed by intention, and `:80` then stays, which is the stricter reading.
pub(super) fn plain(authority: &str, scheme: Option<&str>) -> String {
    let port = if scheme == Some("http") { ":80" } else { ":443" };
    authority.strip_suffix(port).unwrap_or(authority).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_the_default_port_make_no_difference() {
        for (authority, scheme, expected) in [
            ("Example.COM:443", Some("https"), "example.com"),
            ("example.com:443", None, "example.com"),
            ("example.com:443", Some("http"), "example.com:443"),
            ("example.com:80", Some("http"), "example.com"),
            ("example.com:80", Some("https"), "example.com:80"),
            ("example.com:80", None, "example.com:80"),
            ("example.com.", None, "example.com."),
            ("[::1]:443", None, "[::1]"),
            ("[2001:db8::80]", Some("http"), "[2001:db8::80]"),
        ] {
            assert_eq!(plain(authority, scheme), expected, "{authority}");
        }
    }

    #[test]
    fn a_request_that_goes_out_has_one_authority() {
        let head = |uri: &str, hosts: &[&str]| {
            let mut request = http::Request::builder().uri(uri);
            for host in hosts {
                request = request.header("host", *host);
            }
            let (head, ()) = request.body(()).expect("a request").into_parts();
            Message::outgoing(&head).map(|message| message.authority).ok()
        };
        assert_eq!(head("https://A.example:443/", &[]).as_deref(), Some("a.example"));
        assert_eq!(head("/", &["a.example"]).as_deref(), Some("a.example"));
        assert_eq!(head("https://a.example/", &["A.example"]).as_deref(), Some("a.example"));
        assert_eq!(head("https://a.example/", &["b.example"]), None);
        assert_eq!(head("/", &[]), None);
        assert_eq!(head("/", &["a.example", "a.example"]), None);
    }
}
