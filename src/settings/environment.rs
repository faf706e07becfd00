//! Where settings come from.

use std::collections::HashMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::env_file::{self, EnvFile};
use super::{Problem, SettingsError, SettingsReader};
use crate::Secret;
use crate::trace::event;

/// No single setting is longer than this.
const LONGEST: u64 = 64 * 1024;

/// Settings as they were found: in the process, and perhaps in a `.env` file, which the
/// process wins over. Names know case. Values do not print.
///
/// ```
/// use portcullis::settings::Environment;
///
/// let environment = Environment::from_pairs([("API_USERNAME", "ada")]);
/// let mut reader = environment.reader();
/// let user = reader.required("API_USERNAME");
/// let port = reader.optional("PORT");
/// reader.finish()?;
/// assert_eq!(user.as_ref().and_then(|user| user.expose_text()), Some("ada"));
/// assert!(port.is_none());
/// # Ok::<(), portcullis::settings::SettingsError>(())
/// ```
#[derive(Clone)]
pub struct Environment {
    /// In the order of precedence. No value: it was there, and is not UTF-8.
    sources: Vec<HashMap<String, Option<Secret>>>,
    warnings: Vec<SettingsWarning>,
}

/// Something that works and should still be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsWarning {
    /// Others than its owner may read the file; it should have mode 600.
    #[error("others can read {}: it should have mode 600", .0.display())]
    ExposedFile(PathBuf),
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn from_process() -> Self {
        let pairs = std::env::vars_os().filter_map(|(name, value)| {
            let value = value.into_string().ok().map(Secret::from);
            Some((name.into_string().ok()?, value))
        });
        Self { sources: vec![pairs.collect()], warnings: Vec::new() }
    }

    /// An environment of these settings and no others: for tests.
    #[must_use]
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), Some(Secret::from(value.into()))));
        Self { sources: vec![pairs.collect()], warnings: Vec::new() }
    }

    /// Adds the settings of a `.env` file, for names that are not there yet. A file that
    /// others than its owner may read is a [warning](Self::warnings).
    ///
    /// In the file nothing is expanded, a `$` is a `$`, and a name is there once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn with_env_file(mut self, path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        let path = path.as_ref();
        let file = EnvFile::load(path)
            .map_err(|problem| SettingsError(vec![(path.display().to_string(), problem)]))?;
        self.sources.push(file.values.into_iter().map(|(name, value)| (name, Some(value))).collect());
        if file.exposed {
            event!(warn, path = %path.display(), "others can read the settings: the file should have mode 600");
            self.warnings.push(SettingsWarning::ExposedFile(path.to_owned()));
        }
        Ok(self)
    }

    /// As [`with_env_file`](Self::with_env_file), where there need not be such a file.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn with_optional_env_file(self, path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        let missing = std::fs::metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if missing { Ok(self) } else { self.with_env_file(path) }
    }

    /// What should be changed although it works.
    #[must_use]
    pub fn warnings(&self) -> &[SettingsWarning] {
        &self.warnings
    }

    /// Starts to take settings out.
    #[must_use]
    pub const fn reader(&self) -> SettingsReader<'_> {
        SettingsReader::new(self)
    }

    /// The value of a setting, from the first source that has it in either form.
    pub(super) fn value(&self, name: &str) -> Result<Option<Secret>, Problem> {
        let file_name = format!("{name}_FILE");
        for source in &self.sources {
            let value = match (source.get(name), source.get(&file_name)) {
                (None, None) => continue,
                (Some(_), Some(_)) => return Err(Problem::Twice),
                (Some(value), None) => value.clone().ok_or(Problem::NotUtf8)?,
                (None, Some(path)) => read_file(path.as_ref().ok_or(Problem::NotUtf8)?)?,
            };
            return checked(value).map(Some);
        }
        Ok(None)
    }
}

/// The content of the file at `path`, without the one newline that editors and `echo`
/// put at its end.
fn read_file(path: &Secret) -> Result<Secret, Problem> {
    let path = path.expose_text().filter(|path| !path.is_empty()).ok_or(Problem::Empty)?;
    let (bytes, _) = env_file::read(Path::new(path), LONGEST)?;
    Ok(Secret::new(bytes.strip_suffix(b"\n").unwrap_or(&bytes)))
}

fn checked(value: Secret) -> Result<Secret, Problem> {
    let text = value.expose_text().ok_or(Problem::NotUtf8)?;
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    if text.trim().len() < text.len() {
        return Err(Problem::WhiteSpace);
    }
    Ok(value)
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("warnings", &self.warnings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

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
}
