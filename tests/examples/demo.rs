//! A first start of the quickstart, and what it printed.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Example, command};
use crate::shell::{Answer, paste};

pub(crate) const COMMANDS: [&str; 13] = [
    API_KEY,
    ORDER,
    TOKEN,
    JWT,
    SIGNED_URL,
    X_AUTH,
    X_AUTH_BODY,
    SIGV4,
    MESSAGE,
    EVENT,
    "Is it up",
    "The same, as IGNY8 asks",
    FEED,
];
pub(crate) const API_KEY: &str = "Who am I, by API key";
pub(crate) const ORDER: &str = "An order, by API key";
pub(crate) const TOKEN: &str = "A token for a password";
pub(crate) const JWT: &str = "Who am I, by token";
pub(crate) const SIGNED_URL: &str = "Hello, by signed URL";
pub(crate) const X_AUTH: &str = "Who am I, by x-auth headers";
pub(crate) const X_AUTH_BODY: &str = "The same with a signed body";
pub(crate) const SIGV4: &str = "Who am I, by the signature of AWS";
pub(crate) const MESSAGE: &str = "Who am I, by an HTTP message signature";
pub(crate) const EVENT: &str = "An event of another service";
pub(crate) const FEED: &str = "The feed, without a credential";

/// A quickstart that started for the first time.
pub(crate) struct Demo {
    pub(crate) folder: TempDir,
    pub(crate) service: Example,
    pub(crate) address: String,
    printed: Vec<String>,
}

/// A command that starts the quickstart with `folder` for its data, logging everything.
pub(crate) fn quickstart(folder: &Path) -> Command {
    starting("quickstart", folder)
}

/// The same for its twin in actix-web.
pub(crate) fn actix_app(folder: &Path) -> Command {
    starting("actix_app", folder)
}

fn starting(name: &str, folder: &Path) -> Command {
    let mut command = command(name, folder);
    command.env("PORT", "0").env("QUICKSTART_DATA", folder.join("data")).env("RUST_LOG", "trace");
    command
}

impl Demo {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let service = Example::start(quickstart(folder.path()));
        let (printed, address) = service.listening();
        Self { folder, service, address, printed }
    }

    /// Every line that is a command, whatever its label.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.printed.iter().map(String::as_str).filter(|line| line.starts_with("curl")).collect()
    }

    /// The command behind a label.
    pub(crate) fn command(&self, label: &str) -> &str {
        command_of(&self.printed, label)
    }

    pub(crate) fn paste(&self, label: &str) -> Answer {
        paste(self.command(label))
    }

    /// The command behind a label, with something in it replaced.
    pub(crate) fn paste_changed(&self, label: &str, from: &str, to: &str) -> Answer {
        let command = self.command(label);
        assert!(command.contains(from), "{from:?} is not in {command}");
        paste(&command.replace(from, to))
    }

    /// The last word of the line with this label: the secret.
    fn secret(&self, label: &str) -> &str {
        secret_of(&self.printed, label)
    }

    /// The word before it: the id.
    fn id(&self, label: &str) -> &str {
        let line = self.printed.iter().find(|line| line.trim_start().starts_with(label)).expect(label);
        line.split_whitespace().nth_back(1).expect("an id")
    }

    pub(crate) fn api_key(&self) -> &str {
        self.secret("API key")
    }

    pub(crate) fn url_id(&self) -> &str {
        self.id("signed-URL id and secret")
    }

    pub(crate) fn x_auth_id(&self) -> &str {
        self.id("x-auth id and secret")
    }

    pub(crate) fn sigv4_id(&self) -> &str {
        self.id("SigV4 id and secret")
    }

    pub(crate) fn message_id(&self) -> &str {
        self.id("message id and secret")
    }

    pub(crate) fn url_secret(&self) -> &str {
        self.secret("signed-URL id and secret")
    }

    pub(crate) fn x_auth_secret(&self) -> &str {
        self.secret("x-auth id and secret")
    }

    pub(crate) fn sigv4_secret(&self) -> &str {
        self.secret("SigV4 id and secret")
    }

    pub(crate) fn message_secret(&self) -> &str {
        self.secret("message id and secret")
    }

    pub(crate) fn event_secret(&self) -> &str {
        self.secret("secret of events")
    }

    pub(crate) fn password(&self) -> &str {
        self.secret("user and password")
    }

    /// Where the console is.
    pub(crate) fn console(&self) -> &str {
        self.secret("the console is at")
    }

    /// What its administrator logs in with, once.
    pub(crate) fn console_password(&self) -> &str {
        self.secret("admin may log in there once")
    }

    pub(crate) fn secrets(&self) -> [&str; 8] {
        [
            self.api_key(),
            self.url_secret(),
            self.x_auth_secret(),
            self.sigv4_secret(),
            self.message_secret(),
            self.event_secret(),
            self.password(),
            self.console_password(),
        ]
    }
}

/// The command behind a label.
pub(crate) fn command_of<'p>(printed: &'p [String], label: &str) -> &'p str {
    let label = format!("{label}:");
    let mut lines = printed.iter().skip_while(|line| **line != label);
    lines.nth(1).unwrap_or_else(|| panic!("no {label} in {printed:?}"))
}

/// The last word of the line with this label.
pub(crate) fn secret_of<'p>(printed: &'p [String], label: &str) -> &'p str {
    let line = printed.iter().find(|line| line.trim_start().starts_with(label)).expect(label);
    line.split_whitespace().next_back().expect("a secret")
}

/// The same text with another last character.
pub(crate) fn changed(secret: &str) -> String {
    let (rest, last) = secret.split_at(secret.len() - 1);
    format!("{rest}{}", if last == "a" { "b" } else { "a" })
}
