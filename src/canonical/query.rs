//! Query strings: raw pairs, and percent encoding without leniency (RFC 3986, section 2.1).

use std::borrow::Cow;

/// One `name=value` of a query, as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair<'a> {
    /// The whole pair.
    pub(crate) raw: &'a str,
    /// The part before the first `=`.
    pub(crate) name: &'a str,
    /// The part after it; none where there is no `=`.
    pub(crate) value: Option<&'a str>,
}

/// The pairs of a query; `&` is the only separator. An empty query has no pairs.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = (!query.is_empty()).then_some(query);
    std::iter::from_fn(move || {
        let (raw, behind) = cut(rest?, b'&');
        rest = behind;
        let (name, value) = cut(raw, b'=');
        Some(Pair { raw, name, value })
    })
}

/// What is before the first `separator`, and what is behind it. Pairs are short: going
/// from byte to byte is faster than the search for long texts.
fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    let place = text.as_bytes().iter().position(|byte| *byte == separator);
    match place.and_then(|place| Some((text.get(..place)?, text.get(place + 1..)?))) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

/// How a `+` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// As itself.
    Literal,
    /// As a space, the way HTML forms write it.
    #[cfg_attr(not(feature = "query-signature"), allow(dead_code))]
    Space,
}

/// Decodes percent escapes; none when an escape is broken.
pub(crate) fn decode(text: &str, plus: Plus) -> Option<Cow<'_, [u8]>> {
    let special = |byte: &u8| *byte == b'%' || (plus == Plus::Space && *byte == b'+');
    if !text.as_bytes().iter().any(special) {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(special) {
        let (plain, behind) = rest.split_at_checked(place)?;
        decoded.extend_from_slice(plain);
        rest = match behind {
            [b'%', high, low, rest @ ..] => {
                decoded.push(hex(*high)? << 4 | hex(*low)?);
                rest
            }
            [b'+', rest @ ..] => {
                decoded.push(b' ');
                rest
            }
            _ => return None,
        };
    }
    decoded.extend_from_slice(rest);
    Some(Cow::Owned(decoded))
}

/// Whether `name`, which is not `wanted` as sent, becomes `wanted` by decoding. A name with
/// a broken escape does not: no reader takes it for one without.
pub(crate) fn is_disguise_of(name: &str, wanted: &str) -> bool {
    let decoded = name.contains('%').then(|| decode(name, Plus::Literal)).flatten();
    decoded.is_some_and(|decoded| decoded.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Whether a text has an escape that cannot be decoded.
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) fn is_broken(text: &str) -> bool {
    text.contains('%') && decode(text, Plus::Literal).is_none()
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_ampersand_separates() {
        let seen: Vec<_> = pairs("a=1;b=2&c&=d&").map(|pair| (pair.name, pair.value)).collect();
        assert_eq!(seen, [("a", Some("1;b=2")), ("c", None), ("", Some("d")), ("", None)]);
        assert_eq!(pairs("").count(), 0);
    }

    #[test]
    fn broken_escapes_are_refused() {
        for bad in ["%", "%4", "%zz", "a%4", "%+1", "%é"] {
            assert_eq!(decode(bad, Plus::Literal), None, "{bad}");
        }
    }

    #[test]
    fn a_plus_is_a_space_only_where_forms_are_read() {
        assert_eq!(decode("a+b%2B", Plus::Literal).as_deref(), Some(&b"a+b+"[..]));
        assert_eq!(decode("a+b%2B", Plus::Space).as_deref(), Some(&b"a b+"[..]));
    }
}
