//! Where new secrets are written: the one time that they can be seen.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use portcullis::store::IssuedKey;

use crate::failure::{Code, Failure};

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
    pub(crate) fn open(&self, json: bool) -> Result<Secrets, Failure> {
        let sink: Box<dyn Write> = match &self.out {
            None => Box::new(io::stdout()),
            Some(path) => Box::new(create(path)?),
        };
        Ok(Secrets { sink, json })
    }
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
    pub(crate) fn write(&mut self, key: &IssuedKey, owner: &str, form: Form) -> Result<(), Failure> {
        self.put(key, owner, form).map_err(|error| {
            let kind = error.kind();
            let text = format!(
                "key {} is issued, but its secret could not be written ({kind}): rotate or revoke it",
                key.id
            );
            Failure::new(Code::Refused, text)
        })
    }

    fn put(&mut self, key: &IssuedKey, owner: &str, form: Form) -> io::Result<()> {
        let secret = key.secret.expose_text().unwrap_or_default();
        let sink = &mut self.sink;
        if self.json {
            sink.write_all(b"{\"id\":")?;
            serde_json::to_writer(&mut *sink, key.id.as_str())?;
            sink.write_all(b",\"owner\":")?;
            serde_json::to_writer(&mut *sink, owner)?;
            sink.write_all(b",\"secret\":")?;
            serde_json::to_writer(&mut *sink, secret)?;
            sink.write_all(b"}\n")?;
        } else if form == Form::Line {
            writeln!(sink, "{owner}\t{}\t{secret}", key.id)?;
        } else {
            writeln!(sink, "id      {}\nsecret  {secret}", key.id)?;
        }
        sink.flush()
    }
}
