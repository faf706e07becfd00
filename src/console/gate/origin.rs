//! Where a form was sent from.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::sign::Origin;

const FETCH_SITE: &str = "sec-fetch-site";

/// Whether a request that changes something says that a page of the same origin sent it.
///
/// Browsers say so twice, and neither can be set by a script: `Sec-Fetch-Site` must be
/// `same-origin` where it is there (Fetch Metadata, section 2.4), and `Origin` (RFC 6454, section 7)
/// must be `wanted`, or, where nothing is wanted, have the authority of the request. One of the two
/// must be there; none may be twice.
pub(in crate::console) fn is_same(
    headers: &HeaderMap,
    authority: Option<&str>,
    wanted: Option<&Origin>,
) -> bool {
    let (Ok(site), Ok(origin), Ok(host)) =
        (unique(headers, FETCH_SITE), unique(headers, ORIGIN.as_str()), unique(headers, HOST.as_str()))
    else {
        return false;
    };
    let of_own = |origin: &str| match (wanted, authority.or(host)) {
        (Some(wanted), _) => Origin::parse(origin).is_ok_and(|origin| origin == *wanted),
        (None, Some(own)) => {
            let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            authority.is_some_and(|authority| authority.eq_ignore_ascii_case(own))
        }
        (None, None) => false,
    };
    if wanted.is_none() && authority.or(host).is_none() {
        return false;
    }
    match (site, origin) {
        (None, None) => false,
        (site, origin) => site.is_none_or(|site| site == "same-origin") && origin.is_none_or(of_own),
    }
}

/// The only value of a header as text, or none.
pub(in crate::console) fn unique<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(());
    }
    first.map(|value| value.to_str().map_err(|_| ())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a value"));
        }
        is_same(&headers, None, None)
    }

    #[test]
    fn behind_a_proxy_the_origin_is_the_one_that_was_said() {
        let wanted: Origin = "https://keys.example".parse().expect("an origin");
        let of = |origin: &str| {
            let headers = HeaderMap::from_iter([
                (HOST, "10.0.0.7:3000".parse().expect("a value")),
                (ORIGIN, origin.parse().expect("a value")),
            ]);
            is_same(&headers, None, Some(&wanted))
        };
        for good in ["https://keys.example", "https://KEYS.example:443"] {
            assert!(of(good), "{good}");
        }
        for bad in ["http://keys.example", "https://keys.example:8443", "https://10.0.0.7:3000", "null", ""] {
            assert!(!of(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_of_the_same_origin_says_so_and_no_other_can() {
        let host = ("host", "keys.example:8443");
        let (own, other) = (("origin", "https://keys.example:8443"), ("origin", "https://evil.example"));
        let (site, cross) = (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"));
        for good in [vec![host, own], vec![host, site], vec![host, own, site]] {
            assert!(same(&good), "{good:?}");
        }
        for bad in [
            vec![],
            vec![host],
            vec![own],
            vec![host, other],
            vec![host, own, cross],
            vec![host, other, site],
            vec![host, ("sec-fetch-site", "same-site")],
            vec![host, ("sec-fetch-site", "none")],
            vec![host, own, own],
            vec![host, host, own],
            vec![host, own, other],
            vec![host, ("origin", "null")],
            vec![host, ("origin", "https://keys.example")],
            vec![host, ("origin", "https://keys.example:8443.evil.example")],
            vec![host, ("origin", "keys.example:8443")],
        ] {
            assert!(!same(&bad), "{bad:?}");
        }
    }
}
