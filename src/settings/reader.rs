//! Taking settings out, and collecting what is wrong.

use super::{Environment, Problem, SettingsError};
use crate::Secret;

/// Takes settings out of an [`Environment`] and collects everything that is wrong, until
/// [`finish`](Self::finish) reports it in one go.
#[derive(Debug)]
pub struct SettingsReader<'a> {
    environment: &'a Environment,
    problems: Vec<(String, Problem)>,
}

impl<'a> SettingsReader<'a> {
    pub(super) const fn new(environment: &'a Environment) -> Self {
        Self { environment, problems: Vec::new() }
    }

    /// A setting that may be missing. None also where there is something wrong with it.
    pub fn optional(&mut self, name: &str) -> Option<Secret> {
        match self.environment.value(name) {
            Ok(value) => value,
            Err(problem) => {
                self.problems.push((name.to_owned(), problem));
                None
            }
        }
    }

    /// A setting that must be there.
    pub fn required(&mut self, name: &str) -> Option<Secret> {
        let before = self.problems.len();
        let value = self.optional(name);
        if value.is_none() && self.problems.len() == before {
            self.problems.push((name.to_owned(), Problem::Missing));
        }
        value
    }

    /// Takes down that a value is not accepted.
    pub fn refuse(&mut self, name: &str, why: &'static str) {
        self.problems.push((name.to_owned(), Problem::Refused(why)));
    }

    /// Reads the text of `value` with `parse`, and takes down why that fails.
    pub fn parse<T>(
        &mut self,
        name: &str,
        value: Option<Secret>,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let value = value?;
        let parsed = value.expose_text().ok_or("it is not UTF-8").and_then(parse);
        parsed.map_err(|why| self.refuse(name, why)).ok()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub fn finish(self) -> Result<(), SettingsError> {
        self.finish_with(Some(()))
    }

    /// Ends the reading with what was made of the settings: none where something was
    /// missing or refused.
    ///
    /// # Errors
    /// Everything that was wrong. Nothing made while nothing was wrong is an error too,
    /// without a problem of its own.
    pub fn finish_with<T>(self, made: Option<T>) -> Result<T, SettingsError> {
        made.filter(|_| self.problems.is_empty()).ok_or(SettingsError(self.problems))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::settings::SettingsWarning;

    /// The value of `NAME`, or what is wrong with it.
    fn name(environment: &Environment) -> Result<String, Problem> {
        let mut reader = environment.reader();
        let value = reader.required("NAME");
        match reader.finish() {
            Ok(()) => Ok(value.and_then(|v| v.expose_text().map(str::to_owned)).expect("a value")),
            Err(error) => Err(error.problems().next().expect("a problem").1),
        }
    }

    #[test]
    fn values_are_there_whole_or_not_at_all() {
        let of = |value: &str| name(&Environment::from_pairs([("NAME", value)]));
        assert_eq!(of("a b"), Ok("a b".to_owned()));
        assert_eq!(of(""), Err(Problem::Empty));
        for edged in [" a", "a ", "a\n", "\ta", "a\r\n", "\u{a0}a", " "] {
            assert_eq!(of(edged), Err(Problem::WhiteSpace), "{edged:?}");
        }
        assert_eq!(name(&Environment::from_pairs([("name", "a")])), Err(Problem::Missing));
    }

    #[test]
    fn a_file_loses_one_newline_and_no_more() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secret");
        let environment = Environment::from_pairs([("NAME_FILE", path.to_str().expect("path"))]);
        assert_eq!(name(&environment), Err(Problem::UnreadableFile(std::io::ErrorKind::NotFound)));
        for (content, expected) in [
            (b"a".as_slice(), Ok("a".to_owned())),
            (b"a\n", Ok("a".to_owned())),
            (b"a\n\n", Err(Problem::WhiteSpace)),
            (b"a\r\n", Err(Problem::WhiteSpace)),
            (b" a", Err(Problem::WhiteSpace)),
            (b"", Err(Problem::Empty)),
            (b"\n", Err(Problem::Empty)),
            (b"\xff", Err(Problem::NotUtf8)),
            (&[b'a'; 70_000], Err(Problem::LongFile)),
        ] {
            fs::write(&path, content).expect("written");
            assert_eq!(name(&environment), expected, "{:?}", content.get(..4));
        }
    }

    #[test]
    fn one_place_has_one_form_and_the_process_wins() {
        assert_eq!(name(&Environment::from_pairs([("NAME", "a"), ("NAME_FILE", "b")])), Err(Problem::Twice));
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(".env");
        fs::write(&path, "NAME=file\n").expect("written");
        let no_settings: [(&str, &str); 0] = [];
        let with = |environment: Environment| name(&environment.with_env_file(&path).expect("read"));
        assert_eq!(with(Environment::from_pairs(no_settings)), Ok("file".to_owned()));
        assert_eq!(with(Environment::from_pairs([("NAME", "process")])), Ok("process".to_owned()));
        assert_eq!(with(Environment::from_pairs([("NAME", "")])), Err(Problem::Empty));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_a_warning() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(".env");
        fs::write(&path, "NAME=a\n").expect("written");
        for (mode, expected) in [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
            let environment = Environment::from_process().with_env_file(&path).expect("read");
            let warnings = vec![SettingsWarning::ExposedFile(path.clone()); expected];
            assert_eq!(environment.warnings(), warnings, "{mode:o}");
        }
    }

    #[test]
    fn only_an_optional_file_may_be_missing() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(".env");
        assert!(Environment::from_process().with_optional_env_file(&path).is_ok());
        assert!(Environment::from_process().with_env_file(&path).is_err());
        assert!(Environment::from_process().with_optional_env_file(folder.path()).is_err());
    }

    #[test]
    fn every_problem_is_reported_by_name_and_without_its_value() {
        let environment = Environment::from_pairs([("A", " s3cret"), ("C", "s3cret")]);
        let mut reader = environment.reader();
        let (_, _, c) = (reader.required("A"), reader.required("B"), reader.required("C"));
        assert_eq!(reader.parse("C", c, |_| Err::<(), _>("it is weak")), None);
        let error = reader.finish().expect_err("problems");
        assert_eq!(
            error.to_string(),
            "A has white space at an end of its value\nB is missing\nC is not accepted: it is weak"
        );
        assert!(!format!("{error:?} {environment:?}").contains("s3cret"));
    }
}
