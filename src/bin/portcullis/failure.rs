//! How a command ends badly: one line on stderr, and an exit code.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

use portcullis::settings::SettingsError;
use portcullis::store::{AdminError, StoreError};

use crate::output::visible;

/// The exit codes, besides 0 for done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Refused by the store's rules, or not found, or could not be written.
    Refused = 1,
    /// The arguments or the settings are wrong.
    Usage = 2,
    /// The store cannot be reached or read.
    Store = 3,
    /// The request that is explained would be refused.
    Denied = 4,
}

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Option<Code>,
    text: String,
}

impl Failure {
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code: Some(code), text: text.into() }
    }

    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::new(Code::Refused, text)
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Code::Usage, text)
    }

    /// What was asked for is said already: an exit code, and no line.
    pub(crate) fn silent(code: Code) -> Self {
        Self::new(code, "")
    }

    /// The same, and how much was done before.
    pub(crate) fn after(self, count: usize, done: &str) -> Self {
        if count == 0 { self } else { self.though(format_args!("{count} {done}")) }
    }

    /// The same, and what is done nevertheless. One that is not said stays so.
    pub(crate) fn though(self, done: impl fmt::Display) -> Self {
        if self.text.is_empty() {
            return self;
        }
        Self { text: format!("{}; {done}", self.text), ..self }
    }

    /// The same, of a line of a file.
    pub(crate) fn at_line(self, line: usize) -> Self {
        Self { text: format!("line {line}: {}", self.text), ..self }
    }

    /// Says it on stderr, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.text.is_empty() {
            eprintln!("portcullis: {self}");
        }
        self.code.map_or(ExitCode::SUCCESS, |code| ExitCode::from(code as u8))
    }
}

impl fmt::Display for Failure {
    /// In one line, whatever a database puts into its errors.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.text.split(char::is_control).filter(|part| !part.is_empty()).collect();
        f.write_str(&visible(&words.join(" ")))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Unavailable(source) = &error
            && source.downcast_ref().is_some_and(lacks_tables)
        {
            let text = "the store has no tables yet, or those of another version: see `portcullis migrate`";
            return Self::new(Code::Store, text);
        }
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::new(Code::Store, format!("{error}{source}"))
    }
}

/// Whether a database knows no such table, or no such column of it.
fn lacks_tables(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    // PostgreSQL has codes for it, SQLite one for all mistakes in a statement.
    let code = error.code().is_some_and(|code| matches!(&*code, "42P01" | "42703"));
    code || error.message().starts_with("no such table") || error.message().starts_with("no such column")
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Store(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let problems: Vec<_> = error.problems().map(|(name, problem)| format!("{name} {problem}")).collect();
        Self::usage(problems.join("; "))
    }
}

impl From<io::Error> for Failure {
    /// Of writing to stdout. A reader that wants no more, as `head`, is no failure.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { code: None, text: String::new() },
            kind => Self::refused(format!("the output cannot be written: {kind}")),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let failure = Failure::refused("one\nline\r\n\u{1b}[31mred");
        assert_eq!(failure.to_string(), "one line [31mred");
    }
}
