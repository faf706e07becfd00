//! Where new secrets are written: the one time that they can be seen.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use portcullis::store::IssuedKey;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::output::{json, visible};

/// Where the secret goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Where {
    /// Write secrets to this new file, which only its owner can read, and not to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Where secrets are written to, opened before the first key is issued.
pub(crate) struct Secrets {
    sink: Box<dyn Write>,
    json: bool,
    done: &'static str,
}

/// How a line of a new key looks for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A line for each part.
    Parts,
    /// One line: owner, id and secret with tabs between.
    Line,
}

impl Where {
    /// `done` is what will have been done to the keys, in a word.
    pub(crate) fn open(&self, json: bool, done: &'static str) -> Result<Secrets, Failure> {
        let sink: Box<dyn Write> = match &self.out {
            None => standard_output()?,
            Some(path) => Box::new(create(path)?),
        };
        Ok(Secrets { sink, json, done })
    }
}

/// Standard output, where what is written can be read. One that is closed was opened on the null
/// device when the process began, and would take every secret without an error.
#[cfg(unix)]
fn standard_output() -> Result<Box<dyn Write>, Failure> {
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    // Unlike `Stdout`, a file of the same number says when it cannot be written to.
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let device = |metadata: std::fs::Metadata| metadata.file_type().is_char_device().then(|| metadata.rdev());
    let null = std::fs::metadata("/dev/null").ok().and_then(device);
    if null.is_some() && output.metadata().ok().and_then(device) == null {
        let text = "standard output is closed or /dev/null, and the secret would be lost: see --out";
        return Err(Failure::refused(text));
    }
    Ok(Box::new(output))
}

#[cfg(not(unix))]
fn standard_output() -> Result<Box<dyn Write>, Failure> {
    Ok(Box::new(io::stdout()))
}

/// A file that was not there before, with mode 600.
fn create(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Failure::refused(format!("--out cannot be created: {}", error.kind())))
}

impl Secrets {
    /// Writes one key. Where that fails, the key is there and nobody has its secret.
    pub(crate) fn write(&mut self, key: &IssuedKey, owner: &str, form: Form) -> io::Result<()> {
        let secret = key.secret.expose_text().unwrap_or_default();
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        if self.json {
            text.extend_from_slice(b"{\"done\":");
            serde_json::to_writer(&mut *text, self.done)?;
            text.extend_from_slice(b",\"id\":");
            serde_json::to_writer(&mut *text, key.id.as_str())?;
            text.extend_from_slice(b",\"owner\":");
            text.extend_from_slice(json(&owner)?.as_bytes());
            text.extend_from_slice(b",\"secret\":");
            serde_json::to_writer(&mut *text, secret)?;
            text.extend_from_slice(b"}\n");
        } else if form == Form::Line {
            writeln!(text, "{}\t{}\t{secret}", visible(owner), key.id)?;
        } else {
            writeln!(text, "id      {}\nsecret  {secret}", key.id)?;
        }
        self.sink.write_all(&text)?;
        self.sink.flush()
    }

    /// What to say of one key whose secret nobody has.
    pub(crate) fn lost(&self, key: &IssuedKey, error: &io::Error) -> Failure {
        let (id, done, kind) = (&key.id, self.done, error.kind());
        let text =
            format!("key {id} is {done}, but its secret could not be written ({kind}): rotate or revoke it");
        Failure::refused(text)
    }
}
