//! Cookies of a request (RFC 6265, section 5.4).

use crate::{AuthError, Reason};

/// The only value of a cookie in the `Cookie` lines of a request; names know case.
pub(super) fn unique<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    name: &str,
) -> Result<Option<&'a [u8]>, AuthError> {
    let mut found = None;
    for (_, value) in lines.flat_map(pairs).filter(|(held, _)| *held == name.as_bytes()) {
        if found.replace(value).is_some() {
            return Err(AuthError::new(Reason::RepeatedCookie));
        }
    }
    Ok(found)
}

/// The name and the value of each cookie in a line, without the white space around them.
/// A piece without `=` is a value that has no name.
fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    line.split(|byte| *byte == b';').map(|piece| {
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        let first = halves.next().unwrap_or_default().trim_ascii();
        match halves.next() {
            Some(value) => (first, value.trim_ascii()),
            None => (b"".as_slice(), first),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_at_semicolons_and_first_equals_signs() {
        let line = b" a=1;b = x=y ; c;=d;;\te=\"f\"";
        let expected: [(&[u8], &[u8]); 6] =
            [(b"a", b"1"), (b"b", b"x=y"), (b"", b"c"), (b"", b"d"), (b"", b""), (b"e", b"\"f\"")];
        assert!(pairs(line).eq(expected));
    }

    #[test]
    fn a_cookie_is_found_among_others_unless_it_is_there_twice() {
        let find =
            |lines: &[&'static [u8]]| unique(lines.iter().copied(), "id").map_err(|error| error.reason());
        assert_eq!(find(&[b"a=\xff; id=x=; ID=y", b"b"]), Ok(Some(b"x=".as_slice())));
        assert_eq!(find(&[b"id", b"identity=x; xid=y"]), Ok(None));
        for twice in [[b"id=x; id=x".as_slice(), b""], [b"id=x", b"id=y"], [b"id =x;\tid=y", b"a"]] {
            assert_eq!(find(&twice), Err(Reason::RepeatedCookie));
        }
    }
}
