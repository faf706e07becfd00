//! A request as text: request line, headers, blank line, body.

use bytes::Bytes;

use super::hint::Hint;
use super::request::MOST_HEADERS;
use super::{ExplainedRequest, InvalidRequest};

/// Reads a dump. What is wrong with it is said by its line, and never repeated.
pub(super) fn parse(bytes: &[u8]) -> Result<ExplainedRequest, InvalidRequest> {
    let wrong = InvalidRequest::dump;
    let mut rest = bytes;
    let request_line = String::from_utf8(line(&mut rest).unwrap_or_default().to_vec());
    let request_line = request_line.map_err(|_| wrong(1, "it is not UTF-8"))?;
    let mut words = request_line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(wrong(1, "a request begins with method, target and HTTP/1.1"));
    };
    if method.is_empty() || !version.starts_with("HTTP/") {
        return Err(wrong(1, "a request begins with method, target and HTTP/1.1"));
    }
    let mut headers = Vec::new();
    let mut number = 1;
    loop {
        number += 1;
        let Some(line) = line(&mut rest) else { break };
        if line.is_empty() {
            break;
        }
        if headers.len() == MOST_HEADERS {
            return Err(wrong(number, "a request has at most 256 headers"));
        }
        let colon = line.iter().position(|byte| *byte == b':').filter(|colon| *colon > 0);
        let (name, value) =
            line.split_at(colon.ok_or_else(|| wrong(number, "a header has a name and a colon"))?);
        let name =
            std::str::from_utf8(name).ok().filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
        let name = name.ok_or_else(|| wrong(number, "the name of a header is a word"))?;
        headers.push((name.to_ascii_lowercase(), value.get(1..).unwrap_or_default().trim_ascii().to_vec()));
    }
    let (scheme, authority, target) =
        parts(target).ok_or_else(|| wrong(1, "the target is no path and no URL"))?;
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut request = ExplainedRequest {
        method: method.to_owned(),
        scheme: scheme.map(str::to_owned),
        authority: authority.map(str::to_owned),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers,
        body: Bytes::new(),
        remarks: Vec::new(),
        peer: None,
        entry_point: None,
    };
    take_body(&mut request, rest);
    Ok(request)
}

fn take_body(request: &mut ExplainedRequest, rest: &[u8]) {
    let length =
        request.header("content-length").and_then(|length| std::str::from_utf8(length).ok()?.parse().ok());
    if request.header("transfer-encoding").is_some() {
        request.remarks.push(Hint::ChunksNotJoined);
    }
    let body = match length {
        Some(declared) if rest.len() > declared => {
            request.remarks.push(Hint::BodyTooLong { declared, left_out: rest.len() - declared });
            rest.get(..declared).unwrap_or(rest)
        }
        Some(declared) if rest.len() < declared => {
            request.remarks.push(Hint::BodyTooShort { declared, held: rest.len() });
            rest
        }
        _ => rest,
    };
    request.body = Bytes::copy_from_slice(body);
}

/// The next line, without its end; none where nothing is left.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() {
        return None;
    }
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (line, behind) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = behind.get(1..).unwrap_or_default();
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Scheme, authority, and path with query of a target in either form.
fn parts(target: &str) -> Option<(Option<&str>, Option<&str>, &str)> {
    if target.starts_with('/') || target == "*" {
        return Some((None, None, target));
    }
    let (scheme, rest) = target.split_once("://")?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(at);
    Some((Some(scheme), Some(authority), if target.is_empty() { "/" } else { target }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_either_way_and_the_body_is_exact() {
        for end in ["\n", "\r\n"] {
            let text = ["POST /a?b=1 HTTP/1.1", "Host: x", "X-A:  v ", "", "one\ntwo\n"].join(end);
            let dump = parse(text.as_bytes()).expect("a dump");
            assert_eq!((dump.path.as_str(), dump.query.as_deref()), ("/a", Some("b=1")));
            assert_eq!(dump.header("x-a"), Some(b"v".as_slice()));
            assert_eq!(dump.body, "one\ntwo\n");
        }
    }

    #[test]
    fn the_length_that_was_declared_counts() {
        let dump = parse(b"POST / HTTP/1.1\nContent-Length: 2\n\nabc\n").expect("a dump");
        assert_eq!((dump.body.as_ref(), dump.remarks.len()), (b"ab".as_slice(), 1));
        let dump = parse(b"POST / HTTP/1.1\nContent-Length: 9\n\nabc").expect("a dump");
        assert_eq!((dump.body.as_ref(), dump.remarks.len()), (b"abc".as_slice(), 1));
    }

    #[test]
    fn what_is_no_request_is_refused_by_its_line() {
        for (text, line) in [
            ("", "line 1"),
            ("GET /", "line 1"),
            ("GET / x HTTP/1.1", "line 1"),
            ("GET a HTTP/1.1", "line 1"),
            ("GET / HTTP/1.1\nHost: a\nnonsense s3cret\n", "line 3"),
            ("GET / HTTP/1.1\n : s3cret\n", "line 2"),
        ] {
            let failure = parse(text.as_bytes()).expect_err(text).to_string();
            assert!(failure.starts_with(line) && !failure.contains("s3cret"), "{text:?}: {failure}");
        }
    }
}
