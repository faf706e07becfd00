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
        // An API key says itself whose it is.
        let id = ["--id", &self.id];
        let id = if scheme == "api-key" { &[][..] } else { &id };
        let own = ["sign", "curl", "--scheme", scheme, "--secret-file", "key", &url];
        self.cli.ok(&[&own[..], id, arguments].concat())
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
fn a_key_is_put_where_the_service_reads_it() {
    let signing = Signing::of("api-key");
    let secret = std::fs::read_to_string(signing.cli.path("key")).expect("a key");
    let (path, query) = (sendable(ODD_PATH), sendable(ODD_QUERY));
    for place in
        [["--carrier", "raw-authorization"], ["--api-key-header", "X-Own"], ["--api-key-parameter", "key"]]
    {
        for inline in [&[][..], &["--inline"]] {
            let line = signing.sign("api-key", &[&place[..], inline].concat(), &format!("{path}?{query}"));
            assert_eq!(line.contains(&secret), !inline.is_empty(), "{line}");
            let (status, body) = signing.send(&line);
            assert_eq!((status, &body["account"]), (200, &"acme".into()), "{place:?}");
            assert_eq!(body["path"], path.as_str(), "{place:?}");
            assert!(text(&body, "query").starts_with(&query), "{place:?}: {body}");
            assert!(!body["processes"].to_string().contains(&secret), "{place:?}");
        }
    }
    let line = signing.sign("api-key", &["--api-key-parameter", "key"], "/orders");
    assert_eq!(text(&signing.send(&line).1, "query"), format!("key={secret}"));
}

#[test]
fn a_further_header_arrives_once_and_as_it_was_given() {
    let signing = Signing::of("api-key");
    signing.cli.file("body", "a,b");
    for (arguments, name, value) in [
        (&["--body-file", "body"][..], "content-type", "application/json"),
        (&["--body-file", "body", "--content-type", "text/csv"], "content-type", "text/csv"),
        (&["--body-file", "body", "-H", "content-TYPE: text/csv"], "content-type", "text/csv"),
        (&["--body-file", "body", "-H", "Content-Type:"], "content-type", ""),
        (&["-H", "Content-Type: text/csv"], "content-type", "text/csv"),
        (&["-H", "X-Empty:"], "x-empty", ""),
        (&["-H", "X-Empty:  "], "x-empty", ""),
        (&["-H", "X-Other:a;"], "x-other", "a;"),
        (&["-H", "X-Twice: a", "-H", "X-Twice: b"], "x-twice", "a, b"),
    ] {
        let (status, body) = signing.send(&signing.sign("api-key", arguments, "/"));
        assert_eq!((status, &body["headers"][name]), (200, &value.into()), "{arguments:?}: {body}");
    }
    // The answer to it has no body; curl would wait for one.
    assert_eq!(signing.send(&signing.sign("api-key", &["-X", "HEAD"], "/")).0, 200);
}

#[test]
fn what_the_scheme_has_no_use_for_is_refused() {
    let cli = Cli::bare().with("PORTCULLIS_SECRET", "0123456789abcdef").with("JWT_SECRET_KEY", JWT_KEY);
    let (api_key, jwt, basic, query, x_auth) = (
        &["api-key"][..],
        &["jwt", "--id", "k"][..],
        &["basic", "--id", "k"][..],
        &["query-signature", "--id", "k"][..],
        &["x-auth", "--id", "k"][..],
    );
    let all = [api_key, jwt, basic, query, x_auth];
    for (arguments, takers) in [
        (&["--life", "60s"][..], &[jwt, x_auth][..]),
        (&["--inline"], &[api_key, basic]),
        (&["--carrier", "header"], &[api_key]),
        (&["--api-key-header", "X-Own"], &[api_key]),
        (&["--api-key-parameter", "key"], &[api_key]),
    ] {
        for scheme in all {
            let arguments = [&["sign", "curl", "--scheme"], scheme, arguments, &["http://a/"]].concat();
            match takers.contains(&scheme) {
                true => drop(cli.ok(&arguments)),
                false => drop(cli.fails(&arguments, 2, "has no use for --")),
            }
        }
    }
    cli.fails(&["sign", "curl", "--scheme", "api-key", "--id", "k", "http://a/"], 2, "no use for --id");
    // A name that the signature has is not sent beside it.
    for (scheme, arguments) in [
        (x_auth, &["-H", "x-auth-iss: evil"][..]),
        (x_auth, &["-H", "X-AUTH-Signature:"]),
        (jwt, &["-H", "authorization: Bearer x"]),
        (basic, &["-H", "Authorization: Bearer x"]),
        (api_key, &["-H", "x-api-key: x"]),
        (api_key, &["--carrier", "raw-authorization", "-H", "Authorization: x"]),
        (api_key, &["--api-key-header", "X-Own", "-H", "x-own: x"]),
    ] {
        let arguments = [&["sign", "curl", "--scheme"], scheme, arguments, &["http://a/"]].concat();
        cli.fails(&arguments, 2, "the signature has this header");
    }
}

#[test]
fn what_cannot_be_signed_clearly_is_refused() {
    let cli = Cli::bare().with("PORTCULLIS_SECRET", "0123456789abcdef");
    cli.file("body", "{}");
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
        (&["--scheme", "x-auth", "--id", "k", "-H", "a b: c", "http://a/"], "--header"),
        (&["--scheme", "api-key", "-X", "HEAD", "--body-file", "body", "http://a/"], "no body with HEAD"),
        (&["--scheme", "api-key", "--content-type", "text/csv", "http://a/"], "--body-file"),
        (
            &[
                "--scheme",
                "api-key",
                "--body-file",
                "body",
                "--content-type",
                "a/b",
                "-H",
                "Content-Type: c/d",
                "http://a/",
            ],
            "given twice",
        ),
        (&["--scheme", "api-key", "--api-key-header", "a b", "http://a/"], "no name of a header"),
        (&["--scheme", "api-key", "--api-key-parameter", "a&b", "http://a/"], "--api-key-parameter"),
        (&["--scheme", "api-key", "--api-key-parameter", "a", "http://a/?b&a=1&"], "already"),
        (
            &["--scheme", "api-key", "--api-key-parameter", "a", "--carrier", "bearer", "http://a/"],
            "cannot be used",
        ),
    ] {
        cli.fails(&[&["sign", "curl"], arguments].concat(), 2, words);
    }
}
