//! Parameters of the query, one by one (RFC 9421, section 2.2.8).

use crate::canonical::percent;
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
    std::str::from_utf8(&decoded).ok()?;
    let mut encoded = Vec::with_capacity(text.len());
    percent::encode(&decoded, Some(b'*'), |piece| encoded.extend_from_slice(piece));
    let encoded = String::from_utf8(encoded).ok()?;
    // A form leaves the asterisk as it is, and not the tilde.
    Some(if encoded.contains('~') { encoded.replace('~', "%7E") } else { encoded })
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
    fn only_what_a_form_leaves_as_it_is_stands_for_itself() {
        let every: String = (0..128).map(|byte: u8| format!("%{byte:02x}")).collect();
        let left: Vec<_> =
            (0..128).filter(|byte: &u8| byte.is_ascii_alphanumeric() || b"*-._".contains(byte)).collect();
        let encoded = again(&every).expect("text");
        let escaped: String = (0..128)
            .map(
                |byte: u8| {
                    if left.contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                },
            )
            .collect();
        assert_eq!(encoded, escaped);
        assert_eq!(again("a~%7e*").as_deref(), Some("a%7E%7E*"));
    }

    #[test]
    fn what_is_not_one_value_is_none() {
        assert_eq!(value("a=1", "b"), Err(NoValue::Absent));
        assert_eq!(value("a=1&%61=1", "a"), Err(NoValue::Repeated));
        assert_eq!(value("a=1&%zz=1", "a"), Err(NoValue::Unreadable));
        assert_eq!(value("a=%C3%28", "a"), Err(NoValue::Unreadable));
    }
}
