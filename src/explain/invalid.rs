//! Texts that are no request.

use std::borrow::Cow;
use std::fmt;

/// A text that no request can be read from: where, and why. It repeats nothing of the text but
/// the name of an option.
///
/// ```
/// use portcullis::explain::ExplainedRequest;
/// let error = ExplainedRequest::parse("GET / HTTP/1.1\nnonsense\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 2 of the dump: a header has a name and a colon");
/// let error = ExplainedRequest::parse("curl -F file=@a https://a.example").unwrap_err();
/// assert!(error.to_string().starts_with("option -F of the curl line: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRequest {
    place: Place,
    why: Cow<'static, str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Whole,
    Dump(usize),
    Curl,
    Shell { line: usize, column: usize },
    Option(String),
}

/// How much of the name of an option is repeated: curl has none that is longer.
const LONGEST_NAME: usize = 30;

impl InvalidRequest {
    const fn new(place: Place, why: &'static str) -> Self {
        Self { place, why: Cow::Borrowed(why) }
    }

    pub(super) const fn whole(why: &'static str) -> Self {
        Self::new(Place::Whole, why)
    }

    pub(super) const fn dump(line: usize, why: &'static str) -> Self {
        Self::new(Place::Dump(line), why)
    }

    pub(super) const fn curl(why: &'static str) -> Self {
        Self::new(Place::Curl, why)
    }

    pub(super) const fn shell(line: usize, column: usize, why: &'static str) -> Self {
        Self::new(Place::Shell { line, column }, why)
    }

    /// Of an option, whose value must not be behind its name.
    pub(super) fn option(name: &[u8], why: &'static str) -> Self {
        // What is no name, such as a key that was pasted there, ends where it cannot be one.
        let is_long = name.starts_with(b"--");
        let is_of_name = |byte: &&u8| match is_long {
            true => byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'),
            false => byte.is_ascii_graphic() && **byte != b'=',
        };
        let longest = if is_long { LONGEST_NAME } else { 2 };
        let name = name.iter().take(longest).take_while(is_of_name);
        Self::new(Place::Option(name.map(|byte| char::from(*byte)).collect()), why)
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Whole => f.write_str("the text")?,
            Place::Dump(line) => write!(f, "line {line} of the dump")?,
            Place::Curl => f.write_str("the curl line")?,
            Place::Shell { line, column } => write!(f, "line {line}, column {column} of the curl line")?,
            Place::Option(name) => write!(f, "option {name} of the curl line")?,
        }
        write!(f, ": {}", self.why)
    }
}

impl std::error::Error for InvalidRequest {}
