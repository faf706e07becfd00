//! What `scripts/test-interop` prints of each client, left in files as the tests go by.

use std::fs;
use std::path::PathBuf;

use crate::peer::place;

fn file(name: &str) -> PathBuf {
    let folder = place().join("verdicts");
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

/// Writes down what version of a client answered.
pub(crate) fn version(client: &str, version: &str) {
    fs::write(file(&format!("{client} version")), format!("version\t{client}\t{version}\n"))
        .expect("written");
}

/// Whether a claim about a client holds: written down when this is dropped, by whether the
/// test panics.
pub(crate) struct Verdict {
    client: &'static str,
    claim: &'static str,
}

impl Verdict {
    /// What is claimed of every client that sends.
    #[must_use]
    pub(crate) const fn on_sending(client: &'static str) -> Self {
        Self::on(client, "is served, and with a wrong secret refused")
    }

    #[must_use]
    pub(crate) const fn on(client: &'static str, claim: &'static str) -> Self {
        Self { client, claim }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        let Self { client, claim } = self;
        let holds = if std::thread::panicking() { "FAILED" } else { "ok" };
        let line = format!("{holds}\t{client}\t{claim}\n");
        // Within a panic, another one would hide the first.
        let written = fs::write(file(&format!("{client} {claim}")), line);
        assert!(written.is_ok() || std::thread::panicking());
    }
}
