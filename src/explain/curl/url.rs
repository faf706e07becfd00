//! The URL of a curl line, as curl sends it.

use super::super::InvalidRequest;

/// A URL in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// Without the port that the scheme has by itself.
    pub(super) authority: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// What stands before the host, decoded.
    pub(super) user: Option<Vec<u8>>,
}

/// Reads a URL; of a path, `.` and `..` are taken out unless `as_is`.
pub(super) fn read(url: &[u8], as_is: bool, globbed: bool) -> Result<Url, InvalidRequest> {
    let wrong = InvalidRequest::curl;
    let url = std::str::from_utf8(url).ok().filter(|url| url.is_ascii());
    let url = url.ok_or_else(|| wrong("the URL is not ASCII: write it with %-escapes"))?;
    if url.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
        return Err(wrong("the URL has a space or a control character: write it with %-escapes"));
    }
    let brackets = |text: &str| text.contains(['{', '}', '[', ']']);
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let port = match scheme.to_ascii_lowercase().as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return Err(wrong("the URL is not one of http or https")),
    };
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    // Of a host, brackets are those of an address.
    if globbed && (brackets(target) || host.contains(['{', '}'])) {
        return Err(wrong("the URL has braces or brackets, by which curl makes several: see its option -g"));
    }
    let host = host.strip_suffix(port).unwrap_or(host);
    if host.is_empty() || host.starts_with(':') {
        return Err(wrong("the URL has no host"));
    }
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let path = match path {
        "" => "/".to_owned(),
        path if as_is => path.to_owned(),
        path => without_dots(path),
    };
    let (authority, query) = (host.to_ascii_lowercase(), query.map(str::to_owned));
    Ok(Url { authority, path, query, user: user.map(decoded) })
}

/// The path without the segments `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_in_folder = false;
    for segment in path.split('/').skip(1) {
        ends_in_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let end = if ends_in_folder && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// `%41` as `A`; what is no escape stays.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    while let Some((byte, rest)) = bytes.split_first() {
        let digit =
            |at: usize| char::from(*rest.get(at)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (byte, digit(0).zip(digit(1))) {
            (b'%', Some((high, low))) => {
                out.push(high << 4 | low);
                bytes = rest.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*byte);
                bytes = rest;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> (String, String, Option<String>) {
        let url = read(url.as_bytes(), false, true).expect(url);
        (url.authority, url.path, url.query)
    }

    #[test]
    fn a_url_is_sent_as_curl_sends_it() {
        let parts = |authority: &str, path: &str, query: Option<&str>| {
            (authority.to_owned(), path.to_owned(), query.map(str::to_owned))
        };
        for (url, expected) in [
            ("a.example", parts("a.example", "/", None)),
            ("https://a.example:443?x=1", parts("a.example", "/", Some("x=1"))),
            ("HTTPS://A.example:8443/B?", parts("a.example:8443", "/B", Some(""))),
            ("http://a:80/a/../b/./c?x=/../y#z", parts("a", "/b/c", Some("x=/../y"))),
            ("http://a/../..", parts("a", "/", None)),
            ("http://a/b/c/..", parts("a", "/b/", None)),
            ("http://a//b//", parts("a", "//b//", None)),
            ("http://[::1]:8080/", parts("[::1]:8080", "/", None)),
        ] {
            assert_eq!(of(url), expected, "{url}");
        }
        let url = read(b"http://bob:p%40w%zz@a/./b", true, true).expect("a URL");
        assert_eq!((url.path.as_str(), url.user.as_deref()), ("/./b", Some(b"bob:p@w%zz".as_slice())));
        assert!(read(b"http://a/{b}", false, false).is_ok());
    }

    #[test]
    fn what_curl_would_not_send_as_one_request_is_refused() {
        for url in [
            "",
            "http://",
            "ftp://a/",
            "http://a/b c",
            "http://a/\u{e9}",
            "http://a/{b,c}",
            "http://a/[1-3]",
            "http://:80/",
            "http://{a,b}/",
            "http://a/\u{7f}",
        ] {
            assert!(read(url.as_bytes(), false, true).is_err(), "{url}");
        }
    }
}
