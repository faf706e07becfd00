//! What is wrong with settings.

use std::fmt;
use std::io;

/// What is wrong with one setting. It never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The setting is not there.
    Missing,
    /// The setting is there, without a value.
    Empty,
    /// Both the setting and its `_FILE` form are in the same place.
    Twice,
    /// White space at an end of the value.
    WhiteSpace,
    /// The value is not UTF-8.
    NotUtf8,
    /// The file cannot be read.
    UnreadableFile(io::ErrorKind),
    /// The file is longer than any setting.
    LongFile,
    /// A line of a `.env` file cannot be read; which one, from 1.
    UnreadableLine(usize),
    /// The value is not accepted, and why.
    Refused(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Empty => f.write_str("is empty"),
            Self::Twice => f.write_str("is given twice in the same place"),
            Self::WhiteSpace => f.write_str("has white space at an end of its value"),
            Self::NotUtf8 => f.write_str("is not UTF-8"),
            Self::UnreadableFile(kind) => write!(f, "cannot be read: {kind}"),
            Self::LongFile => f.write_str("names a file that is too long"),
            Self::UnreadableLine(line) => write!(f, "cannot be read at line {line}"),
            Self::Refused(why) => write!(f, "is not accepted: {why}"),
        }
    }
}

/// Everything that is wrong with the settings: one line a problem, with names and
/// without values.
///
/// ```
/// use portcullis::settings::Environment;
/// let environment = Environment::from_pairs([("PORT", " 80")]);
/// let mut reader = environment.reader();
/// reader.required("PORT");
/// reader.required("HOST");
/// let error = reader.finish().unwrap_err();
/// assert_eq!(error.to_string(), "PORT has white space at an end of its value\nHOST is missing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(pub(super) Vec<(String, Problem)>);

impl SettingsError {
    /// The problems, each with the name of its setting or file.
    pub fn problems(&self) -> impl Iterator<Item = (&str, Problem)> {
        self.0.iter().map(|(name, problem)| (name.as_str(), *problem))
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (name, problem)) in self.0.iter().enumerate() {
            let end = if n == 0 { "" } else { "\n" };
            write!(f, "{end}{name} {problem}")?;
        }
        Ok(())
    }
}
