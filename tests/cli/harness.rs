//! The command line as a child process, with a store of its own.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// 32 bytes in hex.
pub(crate) const MASTER_KEY: &str = "5b9d0c1e7f3a48629d5e0b7c1a4f83d62e9c5b0d7a1f4e8c3b6d9a2f5c8e1b47";
/// Signs tokens.
pub(crate) const JWT_KEY: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";

/// A store, and the environment that names it.
pub(crate) struct Cli {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Cli {
    /// With nothing in the environment.
    pub(crate) fn bare() -> Self {
        Self { folder: TempDir::new().expect("a folder"), settings: Vec::new() }
    }

    /// With a store at `url`, which is not migrated yet.
    pub(crate) fn at(url: &str) -> Self {
        Self::bare().with("PORTCULLIS_DATABASE_URL", url).with("PORTCULLIS_MASTER_KEY", MASTER_KEY)
    }

    /// With an SQLite file, migrated.
    pub(crate) fn sqlite() -> Self {
        let cli = Self::bare();
        let url = format!("sqlite:{}", cli.path("keys.db").display());
        let cli = cli.with("PORTCULLIS_DATABASE_URL", &url).with("PORTCULLIS_MASTER_KEY", MASTER_KEY);
        cli.ok(&["migrate"]);
        cli
    }

    /// ... and one more setting, in place of an earlier one.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(held, _)| held != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// ... and without this setting.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.settings.retain(|(held, _)| held != name);
        self
    }

    /// A bare one with a secret to sign with.
    pub(crate) fn with_secret(&self, secret: &str) -> Self {
        Self::bare().with("PORTCULLIS_SECRET", secret)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).expect("written");
        self.path(name).to_str().expect("a path").to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.env_clear().envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The same, run by a line of a shell, to which it is `"$@"`.
    pub(crate) fn in_shell(&self, line: &str, arguments: &[&str]) -> Command {
        let command = self.command(arguments);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line, "sh"]).arg(command.get_program()).args(arguments);
        shell.env_clear().envs(self.settings.iter().map(|(name, value)| (name, value)));
        shell.current_dir(self.folder.path()).stdin(Stdio::null());
        shell
    }

    /// Does something to the SQLite file behind the back of the command line.
    pub(crate) fn sql(&self, statement: &'static str) {
        use sqlx::Connection;
        let url = format!("sqlite:{}", self.path("keys.db").display());
        tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
            sqlx::query(statement).execute(&mut connection).await.expect("done");
            connection.close().await.expect("closed");
        });
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, b"")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Done {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("a process");
        let mut stdin = child.stdin.take().expect("its input");
        // One that needs none may have ended.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("its end");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What a command prints that does what it is asked for.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{arguments:?}: {done:?}");
        done.out
    }

    /// The same as objects, one a line.
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        let out = self.ok(&arguments);
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }

    /// The one object that a command prints.
    pub(crate) fn one(&self, arguments: &[&str]) -> Value {
        let mut all = self.json(arguments);
        assert_eq!(all.len(), 1, "{arguments:?}: {all:?}");
        all.remove(0)
    }

    /// Issues a key: its id and its secret.
    pub(crate) fn issue(&self, arguments: &[&str]) -> (String, String) {
        let arguments: Vec<_> = ["keys", "issue"].iter().chain(arguments).copied().collect();
        let issued = self.one(&arguments);
        (text(&issued, "id"), text(&issued, "secret"))
    }

    /// Fails with this code and one line, which has these words.
    pub(crate) fn fails(&self, arguments: &[&str], code: i32, words: &str) -> Done {
        let done = self.run(arguments);
        assert_eq!(done.code, Some(code), "{arguments:?}: {done:?}");
        assert_eq!(done.err.lines().count(), 1, "{arguments:?}: {done:?}");
        assert!(done.err.contains(words), "{arguments:?}: {done:?}");
        done
    }
}

pub(crate) fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_else(|| panic!("no {name}: {object}")).to_owned()
}

/// The values of one field of each object.
pub(crate) fn column(objects: &[Value], name: &str) -> Vec<String> {
    objects.iter().map(|object| text(object, name)).collect()
}
