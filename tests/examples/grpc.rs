//! What the gRPC example prints works when it is pasted.

use std::process::Command;

use tempfile::TempDir;

use crate::process::{Example, command};

const HELLO: &str = "Hello, by API key:";
const NOTE: &str = "A note, by API key with the scope:";
const NOTE_REFUSED: &str = "A note without the scope, which is refused:";
const HELLO_REFUSED: &str = "Hello without a key, which is refused:";

struct Demo {
    _folder: TempDir,
    service: Example,
    printed: Vec<String>,
}

impl Demo {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut command = command("grpc", folder.path());
        command.arg("0").env("RUST_LOG", "trace");
        let service = Example::start(command);
        let (printed, _) = service.listening();
        Self { _folder: folder, service, printed }
    }

    /// The command behind a label.
    fn command(&self, label: &str) -> &str {
        let mut lines = self.printed.iter().skip_while(|line| *line != label);
        lines.nth(1).unwrap_or_else(|| panic!("no {label} in {:?}", self.printed))
    }

    fn key(&self, label: &str) -> &str {
        let (_, behind) = self.command(label).split_once("Bearer ").expect("a key");
        behind.split('\'').next().expect("its end")
    }
}

/// What came back of a call.
struct Answer {
    text: String,
}

impl Answer {
    fn grpc_status(&self) -> &str {
        let mut lines = self.text.lines().filter_map(|line| line.strip_prefix("grpc-status: "));
        let status = lines.next().unwrap_or_else(|| panic!("no status: {}", self.text));
        assert_eq!(lines.next(), None, "one status: {}", self.text);
        status.trim_end()
    }
}

/// Runs a command line, and has curl show the head and the trailers.
fn paste(line: &str) -> Answer {
    let version = Command::new("curl").arg("--version").output();
    let version = version.expect("this test needs curl: install it, for example with `apt-get install curl`");
    assert!(String::from_utf8_lossy(&version.stdout).contains("HTTP2"), "this test needs a curl with HTTP/2");
    assert!(line.starts_with("printf ") || line.starts_with("curl "), "{line}");
    let mut shell = Command::new("sh");
    for name in ["http_proxy", "all_proxy", "ALL_PROXY", "CURL_HOME", "XDG_CONFIG_HOME"] {
        shell.env_remove(name);
    }
    let output = shell.env("HOME", "/nonexistent").arg("-c").arg(format!("{line} -sSi")).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("HTTP/2 200"), "{text}");
    Answer { text }
}

#[test]
fn every_printed_command_does_what_its_label_says() {
    let demo = Demo::start();
    assert_eq!(demo.printed.iter().filter(|line| line.contains("curl ")).count(), 4);
    for (label, status, said) in [
        (HELLO, "0", "hello ada"),
        (NOTE, "0", r#"noted 5 bytes of Some("ada")"#),
        (NOTE_REFUSED, "7", "grpc-message: permission denied"),
        (HELLO_REFUSED, "16", "grpc-message: unauthenticated"),
    ] {
        let answer = paste(demo.command(label));
        assert_eq!(answer.grpc_status(), status, "{label}: {}", answer.text);
        assert!(answer.text.contains(said), "{label}: {}", answer.text);
    }
}

#[test]
fn a_wrong_key_is_refused_like_none_and_two_are_malformed() {
    let demo = Demo::start();
    let (refused, key) = (demo.command(HELLO_REFUSED), demo.key(HELLO));
    let wrong = paste(&format!("{refused} -H 'Authorization: Bearer {key}x'"));
    assert_eq!(wrong.grpc_status(), "16");
    assert!(wrong.text.contains("www-authenticate: Bearer error=\"invalid_token\""), "{}", wrong.text);
    let twice = paste(&format!("{refused} -H 'Authorization: Bearer {key}' -H 'X-Api-Key: {key}'"));
    assert_eq!(twice.grpc_status(), "3");
}

#[test]
fn a_signal_ends_it_cleanly_and_its_log_has_no_key() {
    let demo = Demo::start();
    let key = demo.key(HELLO).to_owned();
    assert_eq!(paste(demo.command(HELLO)).grpc_status(), "0");
    demo.service.signal("INT");
    assert_eq!(demo.service.remaining(), ["stopped"]);
    let end = demo.service.end();
    assert_eq!(end.code, Some(0), "{}", end.log);
    assert!(end.log.contains("let through") && !end.log.contains(&key), "{}", end.log);
}
