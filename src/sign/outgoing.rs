//! What signers read of a request that goes out, and write into it.

use std::borrow::Cow;

use http::Uri;
use http::header::HOST;
use http::request::Parts;
use http::uri::PathAndQuery;

use super::SignError;
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
use crate::canonical::{authority::one_spelling, query::is_broken};

/// The authority that the request goes to, in one spelling: of its URI, else of its `Host`.
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) fn authority(head: &Parts) -> Result<Cow<'_, str>, SignError> {
    authority_as(head, one_spelling)
}

/// The same, by a spelling that not every authority has. Where both say one, it is the same.
pub(crate) fn authority_as<'h>(
    head: &'h Parts,
    spelling: impl Fn(&'h str) -> Option<Cow<'h, str>>,
) -> Result<Cow<'h, str>, SignError> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (None, _) => None,
        (Some(host), None) => Some(host.to_str().ok().and_then(&spelling).ok_or(SignError::InvalidHeader)?),
        (Some(_), Some(_)) => return Err(SignError::InvalidHeader),
    };
    let named = match head.uri.authority() {
        None => None,
        Some(named) => Some(spelling(named.as_str()).ok_or(SignError::InvalidTarget)?),
    };
    match (named, host) {
        (Some(named), Some(host)) if named != host => Err(SignError::InvalidHeader),
        (named, host) => named.or(host).ok_or(SignError::NoAuthority),
    }
}

/// Whether a path and a query arrive as they are sent: printable ASCII without a fragment and
/// without a broken escape, the path from its first slash on.
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) fn is_signable(path: &str, query: Option<&str>) -> bool {
    let printable = |text: &str| text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#');
    let whole = |text: &str| printable(text) && !is_broken(text);
    path.starts_with('/') && !path.contains('?') && whole(path) && query.is_none_or(whole)
}

/// Path and query as they go on the wire.
#[cfg(feature = "query-signature")]
pub(crate) fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", PathAndQuery::as_str)
}

/// The URI with another path and query.
#[cfg(feature = "query-signature")]
pub(crate) fn with_path_and_query(uri: &Uri, target: &str) -> Result<Uri, SignError> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(|_| SignError::InvalidTarget)?);
    Uri::from_parts(parts).map_err(|_| SignError::InvalidTarget)
}

#[cfg(test)]
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
mod tests {
    use super::*;

    fn named(uri: &str, hosts: &[&str]) -> Result<String, String> {
        let mut request = http::Request::get(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        authority(&head).map(Cow::into_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn the_authority_is_named_once_or_twice_alike() {
        assert_eq!(named("https://API.example:443/", &[]).as_deref(), Ok("api.example"));
        assert_eq!(named("/", &["api.example:8080"]).as_deref(), Ok("api.example:8080"));
        assert_eq!(named("http://api.example/", &["API.example:80"]).as_deref(), Ok("api.example"));
        let wrong: [(&str, &[&str]); 5] = [
            ("/", &[]),
            ("http://a.example/", &["b.example"]),
            ("/", &["a.example", "a.example"]),
            ("http://user@a.example/", &[]),
            ("/", &["a example"]),
        ];
        for (uri, hosts) in wrong {
            assert!(named(uri, hosts).is_err(), "{uri} {hosts:?}");
        }
    }

    #[test]
    fn what_arrives_otherwise_than_it_is_sent_is_not_signed() {
        assert!(is_signable("/a%2Fb//..;c", Some("a=1&b=%20+")) && is_signable("/", None));
        for (path, query) in [
            ("", None),
            ("a", None),
            ("/#", None),
            ("/é", None),
            ("/%", None),
            ("/?", None),
            ("/", Some("a b")),
            ("/", Some("%zz")),
        ] {
            assert!(!is_signable(path, query), "{path} {query:?}");
        }
    }
}
