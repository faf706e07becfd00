//! Secrets stay where they belong.

use std::io::Write;
use std::process::Stdio;

use crate::harness::{Cli, JWT_KEY, MASTER_KEY};
use crate::server::processes;

#[test]
fn no_secret_is_an_argument_of_a_process_that_waits() {
    let cli = Cli::sqlite();
    let (_, secret) = cli.issue(&[]);
    let mut child = cli.command(&["keys", "leaked"]).stdin(Stdio::piped()).spawn().expect("a process");
    let mut input = child.stdin.take().expect("its input");
    // More than a pipe holds: when it is written, the process reads. White space is passed over,
    // and the end of the input is waited for.
    input.write_all(format!("{secret}{}", " ".repeat(1 << 20)).as_bytes()).expect("written");
    let running = processes();
    assert!(running.iter().any(|line| line.contains("keys leaked")), "{running:?}");
    let secrets = [secret.as_str(), MASTER_KEY];
    assert!(running.iter().all(|line| !secrets.iter().any(|secret| line.contains(secret))));
    drop(input);
    assert_eq!(child.wait().expect("its end").code(), Some(0));
}

#[test]
fn nothing_but_issuing_prints_a_secret() {
    let cli = Cli::sqlite().with("JWT_SECRET_KEY", JWT_KEY).with("PORTCULLIS_AUDIT_LOG", "audit.log");
    let (id, secret) = cli.issue(&["--label", "l"]);
    let (signing, signing_secret) = cli.issue(&["--scheme", "query-signature"]);
    let dump = format!("GET / HTTP/1.1\r\nAuthorization: Bearer {secret}\r\n\r\n");
    let request = cli.file("request", dump);
    let mut printed = String::new();
    for arguments in [
        &["keys", "list"][..],
        &["keys", "show", &id],
        &["keys", "show", &signing],
        &["keys", "issue", "--id", &id],
        &["keys", "edit", &id, "--label", "new"],
        &["keys", "revoke", &id, "--reason", "r"],
        &["explain", &request],
        &["explain", &request, "--peer", "::1"],
        &["keys", "leaked", "--file", &request],
        &["keys", "leaked", &secret],
        &["keys", &secret],
        &["keys", "issue", "--scheme", &secret],
        &["keys", "list", "--status", &secret],
        &["keys", "rotate", &id, "--overlap", &secret],
        &["sign", "curl", "--scheme", "x-auth", "--id", "k", "--secret", &signing_secret, "http://a"],
        &["sign", "curl", "--scheme", "x-auth", "--id", "k", "--secret-file", "nowhere", "http://a"],
    ] {
        for json in [&[][..], &["--json"]] {
            let done = cli.run(&[arguments, json].concat());
            assert!(!done.err.contains('\u{1b}') && done.err.lines().count() <= 1, "{done:?}");
            printed += &(done.out + &done.err);
        }
    }
    printed += &std::fs::read_to_string(cli.path("audit.log")).expect("a log");
    for secret in [secret.as_str(), &signing_secret, MASTER_KEY, JWT_KEY] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn the_command_to_send_a_key_reads_it_where_it_is() {
    let cli = Cli::bare();
    let key = cli.file("a key's file", "igny8_0123456789abcdefghij\n");
    for scheme in [&["api-key"][..], &["basic", "--id", "ada"]] {
        let arguments =
            [&["sign", "curl", "--scheme"], scheme, &["--secret-file", &key, "http://a"]].concat();
        assert!(!cli.ok(&arguments).contains("0123456789"));
        let with = cli.with_secret("igny8_0123456789abcdefghij");
        let arguments = [&["sign", "curl", "--scheme"], scheme, &["http://a"]].concat();
        assert!(!with.ok(&arguments).contains("0123456789"));
    }
    let inline =
        cli.ok(&["sign", "curl", "--scheme", "api-key", "--secret-file", &key, "--inline", "http://a"]);
    assert!(inline.contains("igny8_0123456789abcdefghij"));
}
