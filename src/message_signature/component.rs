//! What a signature can cover, by its identifier.

use std::fmt;
use std::str::FromStr;

use sfv::{BareItem, Item, ItemSerializer, KeyRef, Parameters, StringRef, Version};

use super::query_param;
use super::structured;

/// One part of a request that a signature covers (RFC 9421, section 2).
///
/// It is read from its name, or from its whole identifier where it has a parameter.
///
/// ```
/// use portcullis::message_signature::Component;
///
/// assert_eq!("@method".parse(), Ok(Component::Method));
/// let named: Component = r#""@query-param";name="page""#.parse()?;
/// assert_eq!(named.to_string(), r#""@query-param";name="page""#);
/// assert!("@status".parse::<Component>().is_err());
/// assert!("Content-Type".parse::<Component>().is_err());
/// # Ok::<(), portcullis::message_signature::InvalidComponent>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Component {
    /// `@method`, the method as sent (section 2.2.1).
    Method,
    /// `@target-uri`, the whole URI (section 2.2.2).
    TargetUri,
    /// `@authority`, in lower case and without a default port (section 2.2.3).
    Authority,
    /// `@scheme`, in lower case (section 2.2.4).
    Scheme,
    /// `@request-target`, path and query as in the first line (section 2.2.5).
    RequestTarget,
    /// `@path`, as sent; `/` where it is empty (section 2.2.6).
    Path,
    /// `@query` with its `?`, as sent (section 2.2.7).
    Query,
    /// `@query-param`, the value of one parameter, whose name is given as it stands in the
    /// identifier: percent-encoded (section 2.2.8).
    QueryParam(String),
    /// A header field, by its name in lower case (section 2.1).
    Field(String, FieldForm),
}

/// How the value of a field is written in the signature base.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldForm {
    /// The values of all its lines, joined with `, `.
    Joined,
    /// `sf`: as a structured field of a known type, serialised anew (section 2.1.1).
    Structured,
    /// `bs`: each line as bytes in base64, so that two lines are not one with a comma
    /// (section 2.1.3).
    Bytes,
    /// `key`: one member of a dictionary (section 2.1.2).
    Member(String),
}

/// The text is no component of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text names no component of a request that can be signed")]
pub struct InvalidComponent;

impl Component {
    /// Whether a whole field or the query is parsed for its value.
    pub(super) const fn is_parsed(&self) -> bool {
        matches!(self, Self::QueryParam(_) | Self::Field(_, FieldForm::Structured | FieldForm::Member(_)))
    }

    /// A header field with its values joined, by its name in lower case.
    ///
    /// # Errors
    /// When the name is no token in lower case (RFC 9110, section 5.1).
    pub fn field(name: &str) -> Result<Self, InvalidComponent> {
        if is_field_name(name) {
            Ok(Self::Field(name.to_owned(), FieldForm::Joined))
        } else {
            Err(InvalidComponent)
        }
    }

    /// Reads an identifier. A parameter that is not known, and one too many, are refused: what
    /// it would change about the value is not known either.
    pub(super) fn read(item: &Item) -> Option<Self> {
        let BareItem::String(name) = &item.bare_item else { return None };
        let name = name.as_str();
        let parameter = parameter(&item.params)?;
        match (name, parameter) {
            ("@query-param", Some(("name", BareItem::String(value)))) => {
                let value = value.as_str();
                query_param::is_encoded(value).then(|| Self::QueryParam(value.to_owned()))
            }
            ("@query-param", _) => None,
            ("@method", None) => Some(Self::Method),
            ("@target-uri", None) => Some(Self::TargetUri),
            ("@authority", None) => Some(Self::Authority),
            ("@scheme", None) => Some(Self::Scheme),
            ("@request-target", None) => Some(Self::RequestTarget),
            ("@path", None) => Some(Self::Path),
            ("@query", None) => Some(Self::Query),
            (name, parameter) if is_field_name(name) => {
                let form = match parameter {
                    None => FieldForm::Joined,
                    Some(("sf", BareItem::Boolean(true))) => FieldForm::Structured,
                    Some(("bs", BareItem::Boolean(true))) => FieldForm::Bytes,
                    Some(("key", BareItem::String(key))) => FieldForm::Member(key.as_str().to_owned()),
                    Some(_) => return None,
                };
                Some(Self::Field(name.to_owned(), form))
            }
            _ => None,
        }
    }

    /// The name without parameters.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::QueryParam(_) => "@query-param",
            Self::Field(name, _) => name,
        }
    }

    /// Appends the identifier; false where it cannot be written.
    pub(super) fn write(&self, out: &mut String) -> bool {
        let Ok(name) = StringRef::from_str(self.name()) else { return false };
        let item = ItemSerializer::with_buffer(out).bare_item(name);
        let (key, value) = match self {
            Self::QueryParam(name) => ("name", Some(name)),
            Self::Field(_, FieldForm::Member(member)) => ("key", Some(member)),
            Self::Field(_, FieldForm::Structured) => ("sf", None),
            Self::Field(_, FieldForm::Bytes) => ("bs", None),
            _ => return true,
        };
        let Ok(key) = KeyRef::from_str(key) else { return false };
        let _ = match value.map(|value| StringRef::from_str(value)) {
            None => item.parameter(key, true),
            Some(Ok(value)) => item.parameter(key, value),
            Some(Err(_)) => return false,
        };
        true
    }
}

/// The only parameter of an identifier; none within where it has none, none where there are two.
#[expect(clippy::option_option, reason = "no parameter, one, or too many")]
fn parameter(parameters: &Parameters) -> Option<Option<(&str, &BareItem)>> {
    let mut all = parameters.iter().map(|(key, value)| (key.as_str(), value));
    match (all.next(), all.next()) {
        (first, None) => Some(first),
        _ => None,
    }
}

/// Whether a text is a token in lower case: no `@`, no quote, no line break.
fn is_field_name(name: &str) -> bool {
    let token = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9') || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

impl FromStr for Component {
    type Err = InvalidComponent;

    fn from_str(text: &str) -> Result<Self, InvalidComponent> {
        let item = if text.starts_with('"') {
            structured::item(text.as_bytes(), Version::Rfc8941)
        } else {
            StringRef::from_str(text).ok().map(|name| Item::new(name.to_owned()))
        };
        item.as_ref().and_then(Self::read).ok_or(InvalidComponent)
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        // What cannot be written is shown by its name.
        if !self.write(&mut text) {
            return f.write_str(self.name());
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_written_as_it_is_read() {
        for text in [
            r#""@method""#,
            r#""@target-uri""#,
            r#""@authority""#,
            r#""@scheme""#,
            r#""@request-target""#,
            r#""@path""#,
            r#""@query""#,
            r#""@query-param";name="fa%C3%A7ade%22%3A%20""#,
            r#""content-digest""#,
            r#""priority";sf"#,
            r#""cookie";bs"#,
            r#""signature";key="sig\"1""#,
        ] {
            let component: Component = text.parse().expect(text);
            assert_eq!(component.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_of_a_request_or_not_known_is_refused() {
        for text in [
            "@status",
            "@signature-params",
            "@unknown",
            "@query-param",
            r#""@query-param";name="a b""#,
            r#""@query-param";name="%zz""#,
            r#""@query-param";name="%61""#,
            r#""@query-param";name=a"#,
            r#""@method";req"#,
            r#""@path";name="x""#,
            r#""x";tr"#,
            r#""x";req"#,
            r#""x";sf;bs"#,
            r#""x";sf=?0"#,
            r#""x";key=1"#,
            r#""x";other"#,
            r#""x";sf;sf"#,
            r#""x\"""#,
            "\"x\ny\"",
            "x y",
            "X",
            "x:",
            "",
            "\"\"",
            "é",
            "1",
        ] {
            let known = text == "1";
            assert_eq!(text.parse::<Component>().is_ok(), known, "{text}");
        }
    }
}
