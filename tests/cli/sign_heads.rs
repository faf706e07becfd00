//! Schemes that sign the head of a request: what `keys issue` makes, `sign curl` prints, and a
//! service verifies.

use serde_json::Value;

use crate::harness::{Cli, text};
use crate::server::{Server, paste};

/// The scheme of the key, and how `sign curl` is asked for it.
const FORMS: [(&str, &[&str]); 5] = [
    ("sigv4", &["--region", "local", "--service", "orders"]),
    ("sigv4", &["--region", "local", "--service", "orders", "--presign"]),
    ("message-signature", &[]),
    ("x-auth", &["--strict"]),
    ("query-signature", &["--strict"]),
];

struct Signing {
    cli: Cli,
    server: Server,
    scheme: &'static str,
    options: &'static [&'static str],
    id: String,
}

impl Signing {
    fn of((scheme, options): (&'static str, &'static [&'static str])) -> Self {
        let cli = Cli::sqlite();
        cli.ok(&["accounts", "add", "acme"]);
        let strict = if options.contains(&"--strict") { &["--strict-only"][..] } else { &[] };
        let issue = [&["--scheme", scheme, "--account", "acme"], strict].concat();
        let (id, secret) = cli.issue(&issue);
        cli.file("key", secret);
        let server = Server::over(&cli);
        Self { cli, server, scheme, options, id }
    }

    fn sign(&self, arguments: &[&str], target: &str) -> String {
        let url = format!("{}{target}", self.server.url);
        let own = ["sign", "curl", "--scheme", self.scheme, "--id", &self.id, "--secret-file", "key", &url];
        self.cli.ok(&[&own[..], self.options, arguments].concat())
    }

    fn send(&self, line: &str) -> (u16, Value) {
        paste(&self.cli, line, &[])
    }
}

#[test]
fn keys_have_the_form_of_their_scheme() {
    let cli = Cli::sqlite();
    cli.ok(&["accounts", "add", "acme"]);
    let (id, secret) = cli.issue(&["--scheme", "sigv4", "--account", "acme"]);
    assert_eq!((id.len(), secret.len()), (20, 40));
    let (id, _) = cli.issue(&["--scheme", "message-signature", "--account", "acme"]);
    assert_eq!(id.len(), 22);
    for scheme in ["sigv4", "message-signature", "api-key"] {
        cli.fails(
            &["keys", "issue", "--scheme", scheme, "--account", "acme", "--strict-only"],
            2,
            "--strict-only",
        );
    }
    let listed = cli.json(&["keys", "list"]);
    let mut schemes: Vec<_> = listed.iter().map(|key| text(key, "scheme")).collect();
    schemes.sort();
    assert_eq!(schemes, ["message-signature", "sigv4"]);
}

#[test]
fn a_signed_get_is_accepted_with_its_query() {
    for form in FORMS {
        let signing = Signing::of(form);
        let (status, answer) = signing.send(&signing.sign(&[], "/orders/a%20b?page=2&q=%27+x"));
        assert_eq!((status, &answer["account"]), (200, &"acme".into()), "{form:?}: {answer}");
        assert_eq!((text(&answer, "scheme"), text(&answer, "path")), (form.0.into(), "/orders/a%20b".into()));
        assert!(text(&answer, "query").starts_with("page=2&q=%27+x"), "{answer}");
    }
}

#[test]
fn a_body_and_headers_are_signed_and_sent() {
    for form in FORMS {
        let signing = Signing::of(form);
        // A URL by SigV4 covers no body: whether that will do, the service says.
        let status = if form.1.contains(&"--presign") { 401 } else { 200 };
        signing.cli.file("body", "{\"a\": \"it's\"}\n");
        let arguments = ["-X", "PUT", "--body-file", "body", "-H", "X-Other: it's \"$HOME\""];
        let line = signing.sign(&arguments, "/orders");
        let (sent, answer) = signing.send(&line);
        assert_eq!(sent, status, "{form:?}: {answer}");
        if status == 200 {
            assert_eq!(text(&answer, "body"), "{\"a\": \"it's\"}\n");
            assert_eq!(answer["headers"]["x-other"], "it's \"$HOME\"");
            assert_eq!(signing.send(&line).0, 401, "{form:?}: a repeat");
            let line = signing.sign(&arguments, "/orders?again");
            signing.cli.file("body", "{}");
            let changed = signing.send(&line).0;
            assert!(matches!(changed, 400 | 401), "{form:?}: another body: {changed}");
        }
    }
}

#[test]
fn what_was_signed_is_not_changed_on_the_way() {
    for form in FORMS {
        let signing = Signing::of(form);
        let line = signing.sign(&[], "/orders?page=2");
        let other = line.replace("page=2", "page=3");
        assert_ne!(line, other, "{form:?}");
        assert_eq!(signing.send(&other).0, 401, "{form:?}: another query");
        let other = line.replace("-X GET", "-X DELETE");
        assert_ne!(line, other, "{form:?}");
        assert_eq!(signing.send(&other).0, 401, "{form:?}: another method");
        assert_eq!(signing.send(&line).0, 200, "{form:?}");
    }
}

#[test]
fn a_presigned_url_lives_as_long_as_it_says() {
    let signing = Signing::of(FORMS[1]);
    for (arguments, seconds) in [(&[][..], "900"), (&["--life", "1h"], "3600")] {
        let line = signing.sign(arguments, "/orders");
        assert!(line.contains(&format!("X-Amz-Expires={seconds}&")), "{line}");
        assert!(!line.contains("authorization"), "{line}");
    }
    let cli = Cli::bare().with("PORTCULLIS_SECRET", "0123456789abcdef");
    let s3 = ["sign", "curl", "--scheme", "sigv4", "--id", "k", "--region", "r", "--service", "s3"];
    let line = cli.ok(&[&s3[..], &["--presign", "https://files.example//a/../b"]].concat());
    assert!(line.contains("https://files.example//a/../b?X-Amz-Algorithm="), "{line}");
    cli.fails(&[&s3[..], &["--presign", "--life", "8d", "https://files.example/"]].concat(), 2, "time");
}

#[test]
fn what_a_scheme_has_no_use_for_is_refused() {
    let cli = Cli::bare().with("PORTCULLIS_SECRET", "0123456789abcdef");
    let url = "https://api.example/";
    for (options, words) in [
        (&["--scheme", "sigv4", "--id", "k", "--service", "s"][..], "--region"),
        (&["--scheme", "sigv4", "--id", "k", "--region", "r"], "--service"),
        (&["--scheme", "sigv4", "--region", "r", "--service", "s"], "--id"),
        (&["--scheme", "sigv4", "--id", "k", "--region", "r", "--service", "s", "--life", "60s"], "--life"),
        (&["--scheme", "sigv4", "--id", "k", "--region", "r", "--service", "s", "--strict"], "--strict"),
        (&["--scheme", "x-auth", "--id", "k", "--presign"], "--presign"),
        (&["--scheme", "x-auth", "--id", "k", "--region", "r"], "--region"),
        (&["--scheme", "query-signature", "--id", "k", "--life", "60s"], "--life"),
        (&["--scheme", "api-key", "--strict"], "--strict"),
        (&["--scheme", "message-signature", "--id", "k", "--inline"], "--inline"),
    ] {
        let done = cli.run(&[&["sign", "curl"], options, &[url]].concat());
        assert_eq!(done.code, Some(2), "{options:?}: {done:?}");
        assert!(done.err.contains(words), "{options:?}: {done:?}");
    }
    let taken = ["sign", "curl", "--scheme", "message-signature", "--id", "k", "-H", "Signature: x", url];
    assert_eq!(cli.run(&taken).code, Some(2));
}

#[test]
fn no_secret_is_in_a_signed_command() {
    for form in FORMS {
        let signing = Signing::of(form);
        let secret = std::fs::read_to_string(signing.cli.path("key")).expect("the key");
        let line = signing.sign(&[], "/orders");
        assert!(!line.contains(secret.trim()), "{form:?}");
    }
}
