//! Paths in the forms that are signed. A path is taken as it was sent.

use std::borrow::Cow;

use super::percent;
use super::query::{Plus, decode, find};

/// Whether a path can be signed: it begins with `/`, has no broken escape, and no dot segment
/// in disguise. Whoever decodes `%2e%2e` before routing goes where the signature does not lead.
pub(crate) fn is_readable(path: &str) -> bool {
    if !path.starts_with('/') {
        return false;
    }
    if find(path.as_bytes(), b'%').is_none() {
        return true;
    }
    percent::is_sound(path) && !path.split('/').any(is_disguised_dots)
}

fn is_disguised_dots(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        let dot = ["%2e", "%2E", "."].into_iter().find_map(|dot| rest.strip_prefix(dot));
        let Some(behind) = dot else { return false };
        rest = behind;
        dots += 1;
    }
    (1..=2).contains(&dots) && segment.contains('%')
}

/// The path without empty and dot segments (RFC 3986, section 5.2.4), which also makes one
/// slash of several. A slash at the end stays.
pub(crate) fn normalised(path: &str) -> Cow<'_, str> {
    let bytes = path.as_bytes();
    // Every byte is looked at, which is faster than leaving early. Most paths have nothing of it.
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    if path.starts_with('/')
        && !pairs.fold(false, |any, (a, b)| any | ((*a == b'/') & ((*b == b'/') | (*b == b'.'))))
    {
        return Cow::Borrowed(path);
    }
    let inner = path.strip_prefix('/').unwrap_or(path);
    let (body, last) = inner.rsplit_once('/').unwrap_or(("", inner));
    let special = |segment: &str| matches!(segment, "" | "." | "..");
    let in_body = inner.contains('/') && body.split('/').any(special);
    if !in_body && !matches!(last, "." | "..") {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in inner.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let mut whole = String::with_capacity(path.len());
    for segment in &kept {
        whole.push('/');
        whole.push_str(segment);
    }
    if kept.is_empty() || special(last) {
        whole.push('/');
    }
    Cow::Owned(whole)
}

/// Feeds the path with every byte but `/` and the unreserved ones escaped, `%` too: escapes
/// that were sent are escaped once more.
pub(crate) fn feed_encoded(path: &str, sink: impl FnMut(&[u8])) {
    percent::encode(path.as_bytes(), Some(b'/'), sink);
}

/// Feeds the path with each segment decoded and encoded once. A slash that was sent as an
/// escape stays an escape: it is not the end of a segment. Nothing when an escape is broken.
pub(crate) fn feed_encoded_once(path: &str, mut sink: impl FnMut(&[u8])) {
    if find(path.as_bytes(), b'%').is_none() {
        return feed_encoded(path, sink);
    }
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            sink(b"/");
        }
        if percent::is_canonical(segment) {
            sink(segment.as_bytes());
        } else {
            percent::encode(&decode(segment, Plus::Literal).unwrap_or_default(), None, &mut sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_empty_segments_go() {
        for (path, expected) in [
            ("/", "/"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("/a/b", "/a/b"),
            ("//", "/"),
            ("/./", "/"),
            ("/.", "/"),
            ("/..", "/"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/a/.", "/a/"),
            ("/../../a", "/a"),
            ("//a//b//", "/a/b/"),
            ("/x/./../y", "/y"),
            ("/a/...", "/a/..."),
            ("/.a", "/.a"),
        ] {
            assert_eq!(normalised(path), expected, "{path}");
            assert_eq!(normalised(expected), expected, "{path}");
        }
    }

    #[test]
    fn a_disguised_dot_segment_is_not_read() {
        for bad in ["/a/%2e%2e/b", "/%2E", "/.%2e", "/%2e./b", "/a/%2E%2e", "/a%zz", "/%", "", "a", "*"] {
            assert!(!is_readable(bad), "{bad}");
        }
        for good in ["/", "/..", "/a/../b", "/%2e%2e%2e", "/a%2eb", "/%2ea", "/a%20b", "/é"] {
            assert!(is_readable(good), "{good}");
        }
    }

    #[test]
    fn encoding_once_and_again() {
        let text = |feed: &dyn Fn(&mut Vec<u8>)| {
            let mut text = Vec::new();
            feed(&mut text);
            String::from_utf8(text).expect("ascii")
        };
        for (path, again, once) in [
            ("/a%20b", "/a%2520b", "/a%20b"),
            ("/a b/é", "/a%20b/%C3%A9", "/a%20b/%C3%A9"),
            ("/%7e//x/../(1)", "/%257e//x/../%281%29", "/~//x/../%281%29"),
            ("/a%2fb", "/a%252fb", "/a%2Fb"),
        ] {
            let sent = text(&|text| feed_encoded(path, |piece| text.extend_from_slice(piece)));
            assert_eq!(sent, again, "{path}");
            let sent = text(&|text| feed_encoded_once(path, |piece| text.extend_from_slice(piece)));
            assert_eq!(sent, once, "{path}");
        }
    }
}
