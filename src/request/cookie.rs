//! Cookies of a request (RFC 6265, section 5.4).

/// The name and the value of each cookie in a `Cookie` line, without the white space around
/// them. A piece without `=` is a value that has no name.
pub(super) fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
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
}
