//! `.env` files.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::Problem;
use crate::Secret;

/// No file of settings is longer than this.
const LONGEST: u64 = 1 << 20;

/// Stands for `$` while the file is parsed: the parser would replace `$2b` in a bcrypt
/// hash by the variable of that name.
const DOLLAR: char = '\u{e000}';

/// A file that was read, and whether others than its owner may read it.
pub(super) struct EnvFile {
    pub(super) values: HashMap<String, Secret>,
    pub(super) exposed: bool,
}

/// Reads a file of at most `longest` bytes.
pub(super) fn read(path: &Path, longest: u64) -> Result<(Zeroizing<Vec<u8>>, bool), Problem> {
    let unreadable = |error: io::Error| Problem::UnreadableFile(error.kind());
    let file = File::open(path).map_err(unreadable)?;
    let exposed = is_exposed(&file).map_err(unreadable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let length = file.take(longest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(length).is_ok_and(|length| length <= longest) {
        Ok((bytes, exposed))
    } else {
        Err(Problem::LongFile)
    }
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

impl EnvFile {
    pub(super) fn load(path: &Path) -> Result<Self, Problem> {
        let (bytes, exposed) = read(path, LONGEST)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::NotUtf8)?;
        Ok(Self { values: parse(text)?, exposed })
    }
}

/// Reads the lines of a file; a name that is there twice is an error. Nothing is
/// expanded: a `$` is a `$`.
fn parse(text: &str) -> Result<HashMap<String, Secret>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(line) = text.lines().position(|line| line.contains(DOLLAR)) {
        return Err(Problem::UnreadableLine(line + 1));
    }
    let masked = Zeroizing::new(text.replace('$', DOLLAR.encode_utf8(&mut [0; 4])));
    let mut values = HashMap::new();
    for pair in dotenvy::from_read_iter(masked.as_bytes()) {
        let (name, value) = pair.map_err(|error| Problem::UnreadableLine(line_of(&error, &masked)))?;
        let value = Zeroizing::new(value);
        if values.insert(name, Secret::from(value.replace(DOLLAR, "$"))).is_some() {
            return Err(Problem::Twice);
        }
    }
    Ok(values)
}

/// The number of the line that `error` is about. The error itself holds the line, with
/// its value, and must go no further.
fn line_of(error: &dotenvy::Error, text: &str) -> usize {
    let dotenvy::Error::LineParse(about, _) = error else { return 1 };
    let first = about.lines().next().unwrap_or_default();
    text.lines().position(|line| line.contains(first)).map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> Option<String> {
        let values = parse(text).expect("parsed");
        values.get(name).and_then(Secret::expose_text).map(str::to_owned)
    }

    #[test]
    fn nothing_is_expanded() {
        for line in [
            "HASH=$2b$12$abc/$HOME${HOME}",
            "HASH='$2b$12$abc/$HOME${HOME}'",
            "HASH=\"$2b$12$abc/$HOME${HOME}\"",
        ] {
            let text = format!("\u{feff}# a comment\nHOME=x\nexport {line}\n");
            assert_eq!(value(&text, "HASH").as_deref(), Some("$2b$12$abc/$HOME${HOME}"), "{line}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_by_its_number() {
        for bad in ["no equals sign", "A='open", "A=x y", "=x", "A=\\q"] {
            assert_eq!(parse(&format!("B=1\n\n{bad}")).err(), Some(Problem::UnreadableLine(3)), "{bad}");
        }
        assert_eq!(parse("A=1\nB=\u{e000}").err(), Some(Problem::UnreadableLine(2)));
    }

    #[test]
    fn a_name_is_there_once_and_knows_case() {
        assert_eq!(parse("A=1\nA=1").err(), Some(Problem::Twice));
        assert_eq!(value("A=1\na=2", "a").as_deref(), Some("2"));
    }
}
