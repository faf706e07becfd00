//! A library of another language, as a program that answers one question.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    PyJwt,
    Jose,
    Jsonwebtoken,
}

/// Where `scripts/interop` installs them.
fn place() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
    assert!(
        place.join("installed").is_file(),
        "the libraries of other languages are missing: install them with `scripts/interop --install`"
    );
    place
}

impl Peer {
    fn command(self) -> Command {
        let place = place();
        let (program, script) = match self {
            Self::PyJwt => (place.join("venv/bin/python"), "pyjwt.py"),
            Self::Jose => ("node".into(), "jose.mjs"),
            Self::Jsonwebtoken => ("node".into(), "jsonwebtoken.cjs"),
        };
        let mut command = Command::new(program);
        // The scripts are copied there, because node looks for libraries beside them.
        command.arg(place.join(script));
        command
    }

    /// Asks and waits for the answer.
    pub(crate) fn ask(self, request: &Value) -> Value {
        let mut command = self.command();
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python and node, which `scripts/interop --install` sees to");
        child.stdin.take().expect("its input").write_all(request.to_string().as_bytes()).expect("written");
        let output = child.wait_with_output().expect("its output");
        assert!(output.status.success(), "the peer failed: {}", output.status);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}
