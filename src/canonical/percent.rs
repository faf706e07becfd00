//! Percent encoding with one spelling for each text (RFC 3986, sections 2.1 to 2.4): only
//! unreserved characters stand for themselves, and escapes have upper-case digits.

use std::borrow::Cow;

use super::query::{Plus, decode};

/// Whether a byte needs no escape (RFC 3986, section 2.3).
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether every `%` begins an escape.
pub(crate) fn is_sound(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(place + 1..) {
            Some([high, low, behind @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = behind;
            }
            _ => return false,
        }
    }
    true
}

/// Feeds the encoding of `bytes` to `sink`. What `also` names stands for itself too.
pub(crate) fn encode(bytes: &[u8], also: Option<u8>, mut sink: impl FnMut(&[u8])) {
    let escaped = |byte: &u8| !is_unreserved(*byte) && Some(*byte) != also;
    let mut rest = bytes;
    while let Some((plain, [byte, behind @ ..])) =
        rest.iter().position(escaped).and_then(|place| rest.split_at_checked(place))
    {
        if !plain.is_empty() {
            sink(plain);
        }
        sink(&escape(*byte));
        rest = behind;
    }
    if !rest.is_empty() {
        sink(rest);
    }
}

/// The escape of a byte.
fn escape(byte: u8) -> [u8; 3] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

/// Whether decoding and encoding again would change nothing.
pub(crate) fn is_canonical(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| !is_unreserved(*byte)) {
        match rest.get(place..) {
            Some([b'%', high, low, behind @ ..]) => {
                let value = |digit: u8| match digit {
                    b'0'..=b'9' => Some(digit - b'0'),
                    b'A'..=b'F' => Some(digit - b'A' + 10),
                    _ => None,
                };
                let Some((high, low)) = value(*high).zip(value(*low)) else { return false };
                if is_unreserved(high << 4 | low) {
                    return false;
                }
                rest = behind;
            }
            _ => return false,
        }
    }
    true
}

/// A name or a value of a query, decoded and encoded again; none when an escape is broken.
pub(crate) fn component(text: &str, plus: Plus) -> Option<Cow<'_, [u8]>> {
    if is_canonical(text) {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let decoded = decode(text, plus)?;
    let mut encoded = Vec::with_capacity(text.len() + 8);
    encode(&decoded, None, |piece| encoded.extend_from_slice(piece));
    Some(Cow::Owned(encoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(bytes: &[u8]) -> String {
        let mut text = Vec::new();
        encode(bytes, Some(b'/'), |piece| text.extend_from_slice(piece));
        String::from_utf8(text).expect("ascii")
    }

    #[test]
    fn only_unreserved_characters_stand_for_themselves() {
        let all: Vec<u8> = (0..=255).collect();
        let plain: String = encoded(&all).split('%').map(|part| part.get(2..).unwrap_or_default()).collect();
        assert_eq!(plain, "-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
        assert_eq!(encoded("a b/é".as_bytes()), "a%20b/%C3%A9");
        assert_eq!(encoded(b""), "");
    }

    #[test]
    fn a_component_has_one_spelling() {
        let canonical =
            |text, plus| component(text, plus).map(|text| String::from_utf8_lossy(&text).into_owned());
        for (text, literal, space) in [
            ("a-b_c.d~e", "a-b_c.d~e", "a-b_c.d~e"),
            ("%41%2f+", "A%2F%2B", "A%2F%20"),
            ("%2F", "%2F", "%2F"),
            ("a=b", "a%3Db", "a%3Db"),
        ] {
            assert_eq!(canonical(text, Plus::Literal).as_deref(), Some(literal), "{text}");
            assert_eq!(canonical(text, Plus::Space).as_deref(), Some(space), "{text}");
            assert!(is_canonical(literal), "{literal}");
        }
        for broken in ["%", "%4", "%zz", "a%4", "%%41"] {
            assert_eq!(canonical(broken, Plus::Literal), None, "{broken}");
            assert!(!is_sound(broken) && !is_canonical(broken), "{broken}");
        }
        assert!(is_sound("%41%7e+%zZ".trim_end_matches("%zZ")));
    }
}
