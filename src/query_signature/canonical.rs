//! The text that both sides sign.

use std::fmt::Write as _;

use crate::canonical::query::{self, Plus};

/// Feeds path, `?`, the pieces of the signed query, and the body to `sink`.
pub(super) fn feed(path: &str, query: [&str; 2], body: &[u8], sink: &mut dyn FnMut(&[u8])) {
    let [before, behind] = query;
    for part in [path, "?", before, behind] {
        if !part.is_empty() {
            sink(part.as_bytes());
        }
    }
    sink(body);
}

/// The query decoded and encoded again the way HTML forms are, for the compatible form.
///
/// None where another query could come out the same although a server reads it
/// differently: where a pair lacks a name, an `=` or a value (the original drops such
/// pairs), where there is a `;` (it takes that for an `&`), or where the decoded text is
/// not UTF-8 (it writes `?` for what it cannot read).
pub(super) fn encode_again(text: &str) -> Option<String> {
    if text.contains(';') {
        return None;
    }
    let mut encoded = String::with_capacity(text.len());
    for pair in query::pairs(text) {
        let value = pair.value.filter(|value| !value.is_empty() && !pair.name.is_empty())?;
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encode(pair.name, &mut encoded)?;
        encoded.push('=');
        encode(value, &mut encoded)?;
    }
    Some(encoded)
}

fn encode(text: &str, out: &mut String) -> Option<()> {
    let decoded = query::decode(text, Plus::Space)?;
    for byte in std::str::from_utf8(&decoded).ok()?.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'_' | b'.' | b'-' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").ok()?,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_again_unifies_spellings_of_the_same_pairs() {
        for query in ["a=x+y&b=%7E", "a=x%20y&b=~", "%61=x+y&b=%7e"] {
            assert_eq!(encode_again(query).as_deref(), Some("a=x+y&b=%7E"), "{query}");
        }
    }

    #[test]
    fn what_could_collide_is_not_encoded_again() {
        for query in ["a=1&admin", "a=1&admin=", "a=1&=2", "a=1;b=2", "a=%C3%28", "a=%zz", "a=1&"] {
            assert_eq!(encode_again(query), None, "{query}");
        }
    }
}
