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

/// What is before the first `separator`, and what is behind it.
pub(crate) fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    let place = find(text.as_bytes(), separator);
    match place.and_then(|place| Some((text.get(..place)?, text.get(place + 1..)?))) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

/// Where the first such byte is, eight bytes at a time. What is searched here is short: the
/// search for long texts takes longer to begin.
pub(crate) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let found = zeros(u64::from_le_bytes(*word) ^ (ONES * u64::from(wanted)));
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let place = rest.iter().position(|byte| *byte == wanted)?;
    Some(words.len() * 8 + place)
}

/// The last place of a byte.
#[cfg(feature = "sigv4")]
pub(crate) fn find_last(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (rest, words) = bytes.as_rchunks::<8>();
    for (number, word) in words.iter().enumerate().rev() {
        // The first byte of the word is the highest now, and is looked for first.
        let found = zeros(u64::from_be_bytes(*word) ^ (ONES * u64::from(wanted)));
        if found != 0 {
            return Some(rest.len() + number * 8 + 7 - found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().rposition(|byte| *byte == wanted)
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Marks the lowest byte that is zero by its highest bit: it borrows into that. What is marked
/// above it may be none.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
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

/// Whether a parameter may have this name, as it was sent or by decoding. If not, none has.
pub(crate) fn may_have(query: &str, name: &str) -> bool {
    let first = name.as_bytes().first();
    first.is_none_or(|first| find(query.as_bytes(), *first).is_some())
        || find(query.as_bytes(), b'%').is_some()
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
    fn the_first_and_the_last_of_a_byte_are_found() {
        let text: Vec<u8> = (0..40).map(|place| if place % 3 == 0 { 0x80 } else { 0x01 }).collect();
        for (length, wanted) in (0..40).flat_map(|length| [(length, 0), (length, 0xff), (length, 0x81)]) {
            for place in 0..length {
                let mut text = text[..length].to_vec();
                text[place] = wanted;
                text[length - 1] = wanted;
                assert_eq!(find(&text, wanted), Some(place), "{length}");
                #[cfg(feature = "sigv4")]
                {
                    text.reverse();
                    assert_eq!(find_last(&text, wanted), Some(length - 1 - place), "{length}");
                }
            }
            assert_eq!(find(&text[..length], wanted), None);
            #[cfg(feature = "sigv4")]
            assert_eq!(find_last(&text[..length], wanted), None);
        }
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
