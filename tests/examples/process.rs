//! An example as a child process.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Longer than any start takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running example. It is killed when this is dropped.
pub(crate) struct Example {
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

/// How an example ended.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) log: String,
}

/// A command that starts an example in `folder`, in an environment of its own.
pub(crate) fn command(name: &str, folder: &Path) -> Command {
    let beside = std::env::current_exe().expect("this test").parent().expect("deps").join("../examples");
    let program = beside.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "{} is missing: build it with `cargo build --examples --features full`",
        program.display()
    );
    let mut command = Command::new(program);
    command.env_clear().current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

impl Example {
    /// Starts it; what it logs goes to a file in its folder.
    pub(crate) fn start(mut command: Command) -> Self {
        let folder = command.get_current_dir().expect("a folder").to_owned();
        let log = folder.join("stderr");
        let mut child = command.stderr(File::create(&log).expect("a file")).spawn().expect("a process");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, log }
    }

    /// What it prints up to `listening on`, and the address that follows these words.
    pub(crate) fn listening(&self) -> (Vec<String>, String) {
        let mut before = Vec::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("it does not listen: {before:?} {}", self.log());
            };
            match line.strip_prefix("listening on http://") {
                Some(address) => return (before, address.to_owned()),
                None => before.push(line),
            }
        }
    }

    /// Everything else that it prints, until it has ended.
    pub(crate) fn remaining(&self) -> Vec<String> {
        let mut remaining = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => remaining.push(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => return remaining,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.log()),
            }
        }
    }

    /// Sends it a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").arg("-c").arg(kill).status().expect("a shell");
        assert!(sent.success());
    }

    /// Waits for the end of one that has ended or is about to.
    pub(crate) fn end(mut self) -> End {
        let code = self.child.wait().expect("its end").code();
        End { code, log: self.log() }
    }

    fn log(&self) -> String {
        let mut text = String::new();
        File::open(&self.log).and_then(|mut log| log.read_to_string(&mut text)).expect("its log");
        text
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
