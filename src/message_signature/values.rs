//! The value of each component (RFC 9421, section 2).

use sfv::{FieldType, Version};

use super::component::{Component, FieldForm};
use super::message::Message;
use super::query_param::{self, NoValue};
use super::structured;
use crate::canonical::base64;

/// Why a component cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsignable {
    /// It is not in the request, or only something that could be read in two ways.
    Absent,
    /// It has bytes that a signature base cannot hold.
    Characters,
}

/// What the structured fields with a registered type are: those of the RFCs that sign, and of
/// those that other components of the way add.
#[derive(Clone, Copy)]
enum Kind {
    Item,
    List,
    Dictionary,
}

const STRUCTURED: [(&str, Kind); 17] = [
    ("accept-signature", Kind::Dictionary),
    ("cache-status", Kind::List),
    ("cdn-cache-control", Kind::Dictionary),
    ("client-cert", Kind::Item),
    ("client-cert-chain", Kind::List),
    ("content-digest", Kind::Dictionary),
    ("deprecation", Kind::Item),
    ("priority", Kind::Dictionary),
    ("proxy-status", Kind::List),
    ("repr-digest", Kind::Dictionary),
    ("sec-fetch-dest", Kind::Item),
    ("sec-fetch-mode", Kind::Item),
    ("sec-fetch-site", Kind::Item),
    ("signature", Kind::Dictionary),
    ("signature-input", Kind::Dictionary),
    ("want-content-digest", Kind::Dictionary),
    ("want-repr-digest", Kind::Dictionary),
];

/// Appends the value of a component. It is printable ASCII, so it ends no line.
pub(super) fn write(
    message: &Message<'_>,
    component: &Component,
    out: &mut String,
) -> Result<(), Unsignable> {
    match component {
        Component::Method => push(message.method, out),
        Component::Authority => push(&message.authority, out),
        Component::Scheme => push(message.scheme.as_deref().ok_or(Unsignable::Absent)?, out),
        Component::Path => push(path(message), out),
        Component::Query => {
            out.push('?');
            push(message.query.unwrap_or_default(), out)
        }
        Component::TargetUri => {
            push(message.scheme.as_deref().ok_or(Unsignable::Absent)?, out)?;
            out.push_str("://");
            push(&message.authority, out)?;
            write_target(message, out)
        }
        // Of CONNECT it is an authority, and of a proxy's request a whole URI.
        Component::RequestTarget if message.method == "CONNECT" => Err(Unsignable::Absent),
        Component::RequestTarget => write_target(message, out),
        Component::QueryParam(name) => {
            let query = message.query.unwrap_or_default();
            if query.len() > LONGEST_PARSED {
                return Err(Unsignable::Characters);
            }
            let value = query_param::value(query, name);
            let value = value.map_err(|why| match why {
                NoValue::Absent | NoValue::Repeated => Unsignable::Absent,
                NoValue::Unreadable => Unsignable::Characters,
            })?;
            push(&value, out)
        }
        Component::Field(name, form) => field(message, name, form, out),
    }
}

fn path<'a>(message: &Message<'a>) -> &'a str {
    if message.path.is_empty() { "/" } else { message.path }
}

fn write_target(message: &Message<'_>, out: &mut String) -> Result<(), Unsignable> {
    push(path(message), out)?;
    let Some(query) = message.query else { return Ok(()) };
    out.push('?');
    push(query, out)
}

fn field(message: &Message<'_>, name: &str, form: &FieldForm, out: &mut String) -> Result<(), Unsignable> {
    match form {
        FieldForm::Joined => joined(message, name, out),
        FieldForm::Bytes => {
            let mut lines = 0;
            message.headers.visit(name, &mut |value| {
                out.push_str(if lines == 0 { ":" } else { ", :" });
                out.push_str(&base64::encode_standard(trim(value)));
                out.push(':');
                lines += 1;
            });
            if lines == 0 { Err(Unsignable::Absent) } else { Ok(()) }
        }
        FieldForm::Structured => {
            let text = whole(message, name)?;
            let kind = STRUCTURED.iter().find(|(known, _)| *known == name).ok_or(Unsignable::Absent)?.1;
            let again = match kind {
                Kind::Item => {
                    structured::item(text.as_bytes(), Version::Rfc9651).map(|item| item.serialize())
                }
                Kind::List => structured::list(text.as_bytes(), Version::Rfc9651)
                    .map(|list| list.serialize().unwrap_or_default()),
                Kind::Dictionary => structured::dictionary(text.as_bytes(), Version::Rfc9651)
                    .map(|dictionary| dictionary.serialize().unwrap_or_default()),
            };
            push(&again.ok_or(Unsignable::Characters)?, out)
        }
        FieldForm::Member(key) => {
            let text = whole(message, name)?;
            let dictionary =
                structured::dictionary(text.as_bytes(), Version::Rfc9651).ok_or(Unsignable::Characters)?;
            let member = dictionary.get(key.as_str()).ok_or(Unsignable::Absent)?.clone();
            push(&vec![member].serialize().ok_or(Unsignable::Absent)?, out)
        }
    }
}

/// The longest field or query that is parsed for a component, in bytes: whoever sends it may be a
/// stranger still.
const LONGEST_PARSED: usize = 16 * 1024;

fn whole(message: &Message<'_>, name: &str) -> Result<String, Unsignable> {
    let mut text = String::new();
    joined(message, name, &mut text)?;
    if text.len() > LONGEST_PARSED {
        return Err(Unsignable::Characters);
    }
    Ok(text)
}

/// All lines of a field, each without the white space around it, joined (section 2.1).
fn joined(message: &Message<'_>, name: &str, out: &mut String) -> Result<(), Unsignable> {
    let mut result = Err(Unsignable::Absent);
    message.headers.visit(name, &mut |value| {
        if result.is_ok() {
            out.push_str(", ");
        }
        if result != Err(Unsignable::Characters) {
            result =
                std::str::from_utf8(trim(value)).map_or(Err(Unsignable::Characters), |text| push(text, out));
        }
    });
    result
}

fn trim(value: &[u8]) -> &[u8] {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !space(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !space(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// Appends a text of printable ASCII; a tab may be in the middle of a field (RFC 9110,
/// section 5.5).
fn push(text: &str, out: &mut String) -> Result<(), Unsignable> {
    if text.bytes().any(|byte| !matches!(byte, b' '..=b'~' | b'\t')) {
        return Err(Unsignable::Characters);
    }
    out.push_str(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(component: &str, headers: &[(&str, &str)]) -> Result<String, Unsignable> {
        let headers: Vec<(String, Vec<u8>)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        let message = Message {
            method: "POST",
            scheme: Some("https".into()),
            authority: "www.example.com".to_owned(),
            path: "/path",
            query: Some("param=value&foo=bar"),
            headers: &headers,
        };
        let mut out = String::new();
        write(&message, &component.parse().expect(component), &mut out).map(|()| out)
    }

    #[test]
    fn derived_components_are_those_of_the_rfc() {
        for (name, expected) in [
            ("@method", "POST"),
            ("@target-uri", "https://www.example.com/path?param=value&foo=bar"),
            ("@authority", "www.example.com"),
            ("@scheme", "https"),
            ("@request-target", "/path?param=value&foo=bar"),
            ("@path", "/path"),
            ("@query", "?param=value&foo=bar"),
            (r#""@query-param";name="foo""#, "bar"),
        ] {
            assert_eq!(value(name, &[]).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn fields_are_those_of_section_2_1() {
        let dictionary = [("example-dict", "  a=1,    b=2;x=1;y=2,   c=(a   b   c), d  ")];
        for (name, expected) in [("a", "1"), ("d", "?1"), ("b", "2;x=1;y=2"), ("c", "(a b c)")] {
            let component = format!(r#""example-dict";key="{name}""#);
            assert_eq!(value(&component, &dictionary).as_deref(), Ok(expected), "{name}");
        }
        assert_eq!(value(r#""example-dict";key="e""#, &dictionary), Err(Unsignable::Absent));
        let lines = [("x", " a, \t"), ("y", ""), ("x", "b")];
        assert_eq!(value("x", &lines).as_deref(), Ok("a,, b"));
        assert_eq!(value("y", &lines).as_deref(), Ok(""));
        assert_eq!(value("z", &lines), Err(Unsignable::Absent));
        let priority = [("priority", "u=1  ,  i")];
        assert_eq!(value(r#""priority";sf"#, &priority).as_deref(), Ok("u=1, i"));
        // Of a field whose type is not known, nobody can say what it looks like anew.
        assert_eq!(value(r#""x";sf"#, &lines), Err(Unsignable::Absent));
    }

    #[test]
    fn bytes_tell_two_lines_from_one_with_a_comma() {
        let two = [("example-header", "value, with, lots"), ("example-header", "of, commas")];
        let one = [("example-header", "value, with, lots, of, commas")];
        assert_eq!(value("example-header", &two), value("example-header", &one));
        let bytes = r#""example-header";bs"#;
        assert_eq!(value(bytes, &two).as_deref(), Ok(":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"));
        assert_eq!(value(bytes, &one).as_deref(), Ok(":dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:"));
    }

    #[test]
    fn nothing_that_ends_a_line_is_a_value() {
        for bad in ["a\nb", "a\rb", "\u{e9}", "a\0"] {
            assert_eq!(value("x", &[("x", bad)]), Err(Unsignable::Characters), "{bad:?}");
            assert_eq!(value("x", &[("x", bad), ("x", "b")]), Err(Unsignable::Characters), "{bad:?}");
        }
    }
}
