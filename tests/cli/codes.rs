//! Exit codes, settings, output that is cut off, the audit log.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Cli, MASTER_KEY, text};

#[test]
fn missing_settings_are_named_all_at_once() {
    let cli = Cli::bare();
    let done = cli.fails(&["keys", "list"], 2, "PORTCULLIS_DATABASE_URL is missing");
    assert!(done.err.contains("PORTCULLIS_MASTER_KEY is missing"), "{done:?}");
    let cli = cli.with("PORTCULLIS_DATABASE_URL", "sqlite:keys.db").with("PORTCULLIS_MASTER_KEY", "s3cret");
    let done = cli.fails(&["keys", "list"], 2, "PORTCULLIS_MASTER_KEY is not accepted");
    assert!(!done.err.contains("s3cret"));
    Cli::bare().fails(&["token", "issue", "--sub", "ada"], 2, "JWT_SECRET_KEY is missing");
    Cli::bare().fails(
        &["sign", "curl", "--scheme", "api-key", "http://a"],
        2,
        "PORTCULLIS_SECRET is missing",
    );
}

#[test]
fn a_setting_may_be_a_file_and_the_generic_url_will_do() {
    let cli = Cli::bare();
    let (key, url) = (cli.file("master", format!("{MASTER_KEY}\n")), cli.file("url", "sqlite:other.db\n"));
    let cli = cli.with("PORTCULLIS_MASTER_KEY_FILE", &key).with("DATABASE_URL", "sqlite:keys.db");
    cli.ok(&["migrate"]);
    assert!(cli.path("keys.db").exists());
    let cli = cli.with("PORTCULLIS_DATABASE_URL_FILE", &url);
    cli.ok(&["migrate"]);
    assert!(cli.path("other.db").exists());
}

#[test]
fn usage_is_2_and_one_line() {
    let cli = Cli::sqlite();
    for arguments in [
        &["fly"][..],
        &["keys"],
        &["keys", "issue", "--expires", "soon"],
        &["keys", "issue", "--scheme", "jwt"],
        &["keys", "issue", "--limit", "1"],
        &["keys", "issue", "--scope", "a\"b"],
        &["keys", "issue", "--allow", "10.0.0.1/8"],
        &["keys", "issue", "--format", "nonsense"],
        &["keys", "bulk"],
        &["keys", "list", "--status", "asleep"],
        &["explain", "no-such-file"],
    ] {
        cli.fails(arguments, 2, "");
    }
}

#[test]
fn help_is_no_failure_and_every_command_has_some() {
    let cli = Cli::bare();
    for command in [
        "",
        "migrate",
        "keys",
        "keys issue",
        "keys bulk",
        "keys list",
        "keys show",
        "keys rotate",
        "keys revoke",
        "keys enable",
        "keys disable",
        "keys edit",
        "keys clear",
        "keys leaked",
        "users",
        "accounts",
        "sites",
        "groups",
        "roles",
        "privileges",
        "entry-points",
        "entry-points sync",
        "token issue",
        "sign curl",
        "explain",
    ] {
        let arguments: Vec<_> =
            command.split(' ').filter(|word| !word.is_empty()).chain(["--help"]).collect();
        assert!(cli.ok(&arguments).contains("Usage: portcullis"), "{command}");
    }
    let help = cli.ok(&["--help"]);
    assert!(help.contains("Exit codes:") && help.contains("PORTCULLIS_MASTER_KEY"), "{help}");
    assert!(cli.ok(&["--version"]).starts_with("portcullis "));
}

#[test]
fn a_store_that_is_not_there_is_3() {
    let cli = Cli::bare().with("PORTCULLIS_MASTER_KEY", MASTER_KEY);
    let cli = cli.with("PORTCULLIS_DATABASE_URL", "sqlite:nowhere/keys.db");
    cli.fails(&["keys", "list"], 3, "no such SQLite file");
    assert!(!cli.path("nowhere").exists());
    cli.fails(&["migrate"], 3, "cannot be reached");
    let other = Cli::at("mysql://u:s3cret@h/d").fails(&["keys", "list"], 2, "begins with sqlite:");
    assert!(!other.err.contains("s3cret"));
    for url in ["postgres://u:s3cret@127.0.0.1:1/d", "redis://u:s3cret@127.0.0.1:1/0"] {
        let done = Cli::at(url).fails(&["keys", "list"], 3, "cannot be reached");
        assert!(!done.err.contains("s3cret"), "{done:?}");
    }
}

#[test]
fn migrating_twice_changes_nothing() {
    let cli = Cli::sqlite();
    cli.ok(&["accounts", "add", "acme"]);
    assert_eq!(cli.one(&["migrate"])["done"], "migrated");
    assert_eq!(cli.json(&["accounts", "list"]).len(), 1);
}

#[test]
fn a_reader_that_goes_away_is_no_failure_of_a_list() {
    let cli = Cli::sqlite();
    cli.json(&["keys", "bulk", "--count", "600"]);
    let mut child = cli.command(&["keys", "list", "--json"]).spawn().expect("a process");
    let mut first = [0; 1];
    child.stdout.take().expect("its output").read_exact(&mut first).expect("a byte");
    let output = child.wait_with_output().expect("its end");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn a_secret_that_cannot_be_written_is_a_failure_that_names_its_key() {
    let cli = Cli::sqlite();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = cli.command(&["keys", "issue", "--id", "lost"]);
    let output = command.stdout(Stdio::from(writer)).output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(words.contains("key lost is issued") && words.contains("rotate or revoke it"), "{words}");
}

#[test]
fn progress_is_for_terminals_or_on_demand() {
    let cli = Cli::sqlite();
    let arguments = ["keys", "bulk", "--count", "5", "--batch", "2"];
    assert_eq!(cli.run(&arguments).err, "");
    assert_eq!(cli.run(&[&arguments[..], &["--progress"]].concat()).err, "2 of 5\n4 of 5\n5 of 5\n");
}

#[test]
fn changes_are_recorded_with_who_made_them() {
    let cli = Cli::sqlite().with("USER", "grace");
    let log = cli.path("audit.log");
    let to = ["--audit-log", log.to_str().expect("a path")];
    let id = text(&cli.one(&[&["keys", "issue"][..], &to].concat()), "id");
    let cli = cli.with("PORTCULLIS_AUDIT_LOG", to[1]);
    cli.ok(&["keys", "disable", &id, "--acting-as", "ada"]);
    cli.ok(&["keys", "revoke", &id, "--reason", "left"]);
    let leaked = cli.one(&["keys", "issue"]);
    assert_eq!(
        cli.run_with(&["keys", "leaked", "--where", "a gist"], text(&leaked, "secret").as_bytes()).code,
        Some(0)
    );
    cli.ok(&["keys", "list"]);
    cli.fails(&["keys", "disable", &id], 1, "revoked");
    let lines = std::fs::read_to_string(&log).expect("a log");
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let said: Vec<_> =
        events.iter().map(|event| (text(event, "event"), text(event, "by"), text(event, "key"))).collect();
    let other = text(&leaked, "id");
    let expected = [
        ("key-issued", "cli:grace", &id),
        ("key-switched", "cli:ada", &id),
        ("key-revoked", "cli:grace", &id),
        ("key-issued", "cli:grace", &other),
        ("key-revoked", "cli:grace", &other),
        ("key-leaked", "cli:grace", &other),
    ];
    let expected = expected.map(|(event, by, id)| (event.to_owned(), by.to_owned(), id.clone()));
    assert_eq!(said, expected);
    let cli = cli.with("PORTCULLIS_AUDIT_LOG", "/nowhere/audit.log");
    cli.fails(&["keys", "issue"], 2, "audit log cannot be opened");
    assert_eq!(cli.with("PORTCULLIS_AUDIT_LOG", to[1]).json(&["keys", "list"]).len(), 2);
}

#[test]
fn an_empty_variable_names_nobody() {
    let cli = Cli::sqlite().with("PORTCULLIS_ACTOR", "").with("SUDO_USER", "").with("USER", "grace");
    let cli = cli.with("PORTCULLIS_AUDIT_LOG", "audit.log");
    cli.issue(&[]);
    let log = std::fs::read_to_string(cli.path("audit.log")).expect("a log");
    let event: Value = serde_json::from_str(log.trim_end()).expect("json");
    assert_eq!(event["by"], "cli:grace");
}

#[test]
fn a_change_that_cannot_be_recorded_is_made_and_said() {
    let cli = Cli::sqlite();
    cli.fails(&["keys", "issue", "--audit-log", "/dev/full"], 1, "the audit log could not be written");
    assert_eq!(cli.json(&["keys", "list"]).len(), 1);
}

#[test]
fn a_claim_is_given_once_and_a_token_is_about_somebody() {
    let cli = Cli::bare().with("JWT_SECRET_KEY", crate::harness::JWT_KEY);
    let issue = ["token", "issue", "--sub", "ada"];
    for twice in [["--claim", "a=1", "--claim", "a=2"], ["--claim", "a=1", "--claim-json", "a=1"]] {
        cli.fails(&[&issue[..], &twice].concat(), 2, "the claim a is given twice");
    }
    cli.ok(&[&issue[..], &["--claim", "a=1", "--claim", "b=1", "--claim-json", "A=1"]].concat());
    cli.fails(&["token", "issue", "--sub", ""], 2, "--sub");
    cli.fails(&["sign", "curl", "--scheme", "jwt", "--id", "", "http://a/"], 2, "--id");
}

#[test]
fn a_token_is_signed_with_the_key_of_the_environment() {
    use portcullis::jwt::{JwtAlgorithm, JwtKey, JwtPolicy, JwtVerifier};
    use portcullis::{Clock, SystemClock};
    let cli = Cli::bare().with("JWT_SECRET_KEY", crate::harness::JWT_KEY);
    let token = cli.ok(&[
        "token",
        "issue",
        "--sub",
        "ada",
        "--ttl",
        "5m",
        "--claim",
        "scope=a b",
        "--claim-json",
        "n=7",
    ]);
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, crate::harness::JWT_KEY.into()).expect("a key");
    let policy = JwtPolicy::new().require_claim("n").with_max_lifetime(std::time::Duration::from_secs(300));
    let verified =
        JwtVerifier::new(policy, [key]).expect("a verifier").verify(token.trim_end(), SystemClock.now());
    let verified = verified.expect("verified");
    assert_eq!(
        (verified.subject(), verified.scopes().expect("scopes").to_string()),
        (Some("ada"), "a b".to_owned())
    );
    assert_eq!(text(&cli.one(&["token", "issue", "--sub", "ada"]), "token").split('.').count(), 3);
    cli.fails(&["token", "issue", "--sub", "ada", "--claim", "sub=eve"], 2, "registered");
    cli.fails(&["token", "issue", "--sub", "ada", "--claim-json", "n={"], 2, "no JSON");
    let weak = cli.with("JWT_SECRET_KEY", "s3cret").fails(
        &["token", "issue", "--sub", "ada"],
        2,
        "JWT_SECRET_KEY is not",
    );
    assert!(!weak.err.contains("s3cret"));
}
