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
    use super::*;

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
