//! Headers that a request has besides its credential.

use crate::failure::Failure;

/// A header as it was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    name: &'a str,
    line: &'a str,
}

/// Reads headers. What the signature sets, and the type where that is said apart, is not said
/// once more: the service would get both, or the other one.
pub(crate) fn headers<'a>(
    lines: &'a [String],
    set: &[String],
    has_type: bool,
) -> Result<Vec<Header<'a>>, Failure> {
    let read = |line: &'a String| {
        let name = line.split_once(':').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name.filter(|_| !line.contains(char::is_control)) else {
            return Err(Failure::usage("--header is a name, a colon and a value"));
        };
        let header = Header { name, line };
        if set.iter().any(|set| header.is(set)) {
            return Err(Failure::usage(format!("--header {name}: the signature has this header")));
        }
        if has_type && header.is("content-type") {
            return Err(Failure::usage("the type of the body is given twice: --header and --content-type"));
        }
        Ok(header)
    };
    lines.iter().map(read).collect()
}

impl Header<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// As curl takes it: a name and a colon with nothing behind would take the header away.
    pub(crate) fn for_curl(&self) -> String {
        let value = self.line.get(self.name.len() + 1..).unwrap_or_default();
        if value.trim_ascii().is_empty() { format!("{};", self.name) } else { self.line.to_owned() }
    }
}

/// Whether the text is a token (RFC 9110, section 5.6.2), as names of headers are.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
