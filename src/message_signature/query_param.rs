//! Parameters of the query, one by one (RFC 9421, section 2.2.8).

use std::fmt::Write as _;

use crate::canonical::query::{self, Plus};

/// Why a parameter has no value to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoValue {
    Absent,
    Repeated,
    /// The query has an escape that cannot be decoded, or bytes that are no text.
    Unreadable,
}

/// The value of the parameter whose encoded name is `name`: decoded as a form is, and encoded
/// again. A query that one reader could read in another way than the next has none.
pub(super) fn value(text: &str, name: &str) -> Result<String, NoValue> {
    let mut found = None;
    for pair in query::pairs(text) {
        let held = again(pair.name).ok_or(NoValue::Unreadable)?;
        if held == name {
            let value = again(pair.value.unwrap_or_default()).ok_or(NoValue::Unreadable)?;
            if found.replace(value).is_some() {
                return Err(NoValue::Repeated);
            }
        }
    }
    found.ok_or(NoValue::Absent)
}

/// Whether a name is encoded the one way that identifiers are.
pub(super) fn is_encoded(name: &str) -> bool {
    !name.contains('+') && again(name).is_some_and(|again| again == name)
}

/// A text of a form, decoded and encoded again.
fn again(text: &str) -> Option<String> {
    let decoded = query::decode(text, Plus::Space)?;
    let decoded = std::str::from_utf8(&decoded).ok()?;
    let mut encoded = String::with_capacity(decoded.len());
    for byte in decoded.bytes() {
        match byte {
            b'*' | b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}").ok()?,
        }
    }
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        let query = "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";
        for (name, expected) in [
            ("var", "this%20is%20a%20big%0Amultiline%20value"),
            ("bar", "with%20plus%20whitespace"),
            ("fa%C3%A7ade%22%3A%20", "something"),
        ] {
            assert_eq!(value(query, name).as_deref(), Ok(expected));
        }
        assert_eq!(value("param=Value&Pet=dog", "Pet").as_deref(), Ok("dog"));
        assert_eq!(value("queryString=&baz", "baz").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_not_one_value_is_none() {
        assert_eq!(value("a=1", "b"), Err(NoValue::Absent));
        assert_eq!(value("a=1&%61=1", "a"), Err(NoValue::Repeated));
        assert_eq!(value("a=1&%zz=1", "a"), Err(NoValue::Unreadable));
        assert_eq!(value("a=%C3%28", "a"), Err(NoValue::Unreadable));
    }
}
