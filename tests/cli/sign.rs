//! Commands that `sign curl` prints, run by a shell against a service that knows every scheme.

use serde_json::Value;

use crate::harness::{Cli, JWT_KEY, text};
use crate::server::{PASSWORD, Server, paste};

/// Everything that a shell or curl could take for something else.
const ODD_PATH: &str = "/a'b\"$HOME`id`/../[1-3]{x,y}//;&|!*~%41";
const ODD_QUERY: &str = "q=it's&r=$(id)&s=%27+%20[]{}|;!*~";

struct Signing {
    cli: Cli,
    server: Server,
    id: String,
}

impl Signing {
    fn of(scheme: &str) -> Self {
        let cli = Cli::sqlite();
        cli.ok(&["accounts", "add", "acme"]);
        let (id, secret) = cli.issue(&["--scheme", scheme, "--account", "acme"]);
        cli.file("key", secret);
        let server = Server::over(&cli);
        Self { cli, server, id }
    }

    fn sign(&self, scheme: &str, arguments: &[&str], target: &str) -> String {
        let url = format!("{}{target}", self.server.url);
        let own = ["sign", "curl", "--scheme", scheme, "--id", &self.id, "--secret-file", "key", &url];
        self.cli.ok(&[&own[..], arguments].concat())
    }

    fn send(&self, line: &str) -> (u16, Value) {
        paste(&self.cli, line, &[])
    }
}

/// What arrives of a target that hyper takes: it knows no `"`, backtick, brace or bar.
fn sendable(target: &str) -> String {
    target.chars().filter(|c| !"\"`{}|^<>\\".contains(*c)).collect()
}

#[test]
fn a_signed_get_is_accepted_whatever_is_in_its_url() {
    for scheme in ["query-signature", "x-auth", "api-key"] {
        let signing = Signing::of(scheme);
        let (path, query) = (sendable(ODD_PATH), sendable(ODD_QUERY));
        let (status, body) = signing.send(&signing.sign(scheme, &[], &format!("{path}?{query}")));
        assert_eq!(
            (status, &body["account"], &body["path"]),
            (200, &"acme".into(), &path.as_str().into()),
            "{scheme}"
        );
        assert!(text(&body, "query").starts_with(&query), "{scheme}: {body}");
        assert_eq!((&body["method"], &body["scheme"]), (&"GET".into(), &scheme.into()));
    }
}

#[test]
fn what_a_shell_could_expand_stays_as_it_is() {
    let cli = Cli::bare().with("PORTCULLIS_SECRET", "0123456789abcdef");
    let url = format!("http://localhost{ODD_PATH}?{ODD_QUERY}");
    let line = cli.ok(&["sign", "curl", "--scheme", "x-auth", "--id", "k", &url]);
    // The shell says what curl would be given.
    let script = cli.file("words.sh", format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{line}"));
    let output = std::process::Command::new("sh").arg(script).output().expect("a shell");
    let words = String::from_utf8(output.stdout).expect("text");
    assert_eq!(words.lines().last(), Some(url.as_str()), "{line}");
}

#[test]
fn a_body_is_signed_and_sent_byte_for_byte() {
    for scheme in ["query-signature", "x-auth", "api-key"] {
        let signing = Signing::of(scheme);
        let body = "{\"a\": \"it's\"}\r\n\n@file $HOME\n";
        signing.cli.file("bo'dy $1.json", body);
        let arguments = ["--body-file", "bo'dy $1.json", "-H", "X-Other: it's \"$HOME\""];
        let (status, answer) = signing.send(&signing.sign(scheme, &arguments, "/orders?page=2"));
        assert_eq!((status, text(&answer, "body")), (200, body.to_owned()), "{scheme}");
        assert_eq!(text(&answer, "method"), "POST");
        assert_eq!(answer["headers"]["x-other"], "it's \"$HOME\"");
        assert_eq!(answer["headers"]["content-type"], "application/json");
    }
}

#[test]
fn a_signature_is_good_once_and_for_its_own_bytes() {
    for scheme in ["query-signature", "x-auth"] {
        let signing = Signing::of(scheme);
        signing.cli.file("body", "{}");
        let line = signing.sign(scheme, &["--body-file", "body", "-X", "PUT"], "/orders");
        assert_eq!(signing.send(&line).0, 200, "{scheme}");
        assert_eq!(signing.send(&line).0, 401, "{scheme}");
        let line = signing.sign(scheme, &["--body-file", "body"], "/orders");
        signing.cli.file("body", "{ }");
        assert_eq!(signing.send(&line).0, 401, "{scheme}");
    }
}

#[test]
fn a_token_and_a_password_are_accepted_and_not_seen_by_ps() {
    let cli = Cli::sqlite().with("JWT_SECRET_KEY", JWT_KEY);
    let server = Server::over(&cli);
    cli.file("key", PASSWORD);
    let url = format!("{}/", server.url);
    let basic = ["sign", "curl", "--scheme", "basic", "--id", "ada", "--secret-file", "key", &url];
    let in_file = cli.ok(&basic);
    let inline = cli.ok(&[&basic[..], &["--inline"]].concat());
    let token = cli.ok(&["sign", "curl", "--scheme", "jwt", "--id", "ada", "--life", "5m", &url]);
    for (line, scheme) in [(in_file, "basic"), (inline, "basic"), (token, "jwt")] {
        let (status, body) = paste(&cli, &line, &[]);
        assert_eq!((status, text(&body, "user"), text(&body, "scheme")), (200, "ada".into(), scheme.into()));
        let presented = body["headers"]["authorization"].as_str().expect("a header").to_owned();
        let processes = body["processes"].as_array().expect("processes");
        assert!(processes.iter().any(|line| line.as_str().is_some_and(|line| line.contains(&server.url))));
        let shown = |line: &&Value| {
            let line = line.as_str().unwrap_or_default();
            line.contains(presented.split(' ').next_back().unwrap_or("?")) || line.contains(PASSWORD)
        };
        assert_eq!(processes.iter().find(shown), None);
    }
}

#[test]
fn a_key_in_a_variable_is_read_when_the_command_runs() {
    let signing = Signing::of("api-key");
    let secret = std::fs::read_to_string(signing.cli.path("key")).expect("a key");
    for carrier in ["header", "bearer", "api-key"] {
        let with = signing.cli.with_secret(&secret);
        let line =
            with.ok(&["sign", "curl", "--scheme", "api-key", "--carrier", carrier, &signing.server.url]);
        let (status, body) = paste(&signing.cli, &line, &[("PORTCULLIS_SECRET", &secret)]);
        assert_eq!((status, text(&body, "account")), (200, "acme".to_owned()), "{carrier}");
        assert!(!body["processes"].to_string().contains(&secret));
        assert_eq!(paste(&signing.cli, &line, &[]).0, 401, "{carrier}");
    }
}

#[test]
fn what_cannot_be_signed_clearly_is_refused() {
    let cli = Cli::bare().with("PORTCULLIS_SECRET", "0123456789abcdef");
    for (arguments, words) in [
        (&["--scheme", "query-signature", "--id", "k", "http://a/?apikey=1"][..], "already"),
        (&["--scheme", "query-signature", "--id", "k&x=1", "http://a/"], "the id"),
        (&["--scheme", "x-auth", "--id", "k\nx: y", "http://a/"], "the id"),
        (&["--scheme", "x-auth", "--id", "k", "http://u:p@a/"], "a user in it"),
        (&["--scheme", "x-auth", "--id", "k", "http://a/#b"], "escape it"),
        (&["--scheme", "x-auth", "--id", "k", "-H", "@file", "http://a/"], "--header"),
        (&["--scheme", "x-auth", "--id", "k", "-H", "a: b\nc: d", "http://a/"], "--header"),
        (&["--scheme", "x-auth", "--id", "k", "-X", "GE T", "http://a/"], "the method"),
        (&["--scheme", "x-auth", "--id", "k", "--body-file", "-", "http://a/"], "--body-file"),
        (&["--scheme", "basic", "--id", "a:b", "http://a/"], "user name"),
    ] {
        cli.fails(&[&["sign", "curl"], arguments].concat(), 2, words);
    }
}
