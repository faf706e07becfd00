//! What is refused changes nothing, or says what it has changed.

use std::fs::File;

use serde_json::json;

use crate::harness::{Cli, MASTER_KEY, text};

#[test]
fn an_edit_that_is_refused_changes_nothing() {
    let cli = Cli::sqlite();
    let list = cli.file("routes", "orders.read /orders/{id}\n");
    cli.ok(&["entry-points", "sync", &list]);
    let (id, _) = cli.issue(&["--entry-point", "orders.read", "--allow", "192.0.2.0/24"]);
    let before = cli.one(&["keys", "show", &id]);
    let lift = ["keys", "edit", &id, "--any-entry-point", "--any-network"];
    for (wrong, words) in [
        (&["--not-before", "2031-01-01", "--expires", "2030-01-01"][..], "end before it begins"),
        (&["--label", "a\nb"], "a label is"),
        (&["--note", "\u{1b}"], "a note is"),
    ] {
        cli.fails(&[&lift[..], wrong].concat(), 1, words);
        assert_eq!(cli.one(&["keys", "show", &id]), before, "{wrong:?}");
    }
    cli.fails(&["keys", "edit", "nobody", "--label", "l"], 1, "no such key");
}

#[test]
fn an_edit_that_fails_half_way_says_what_is_changed() {
    let cli = Cli::sqlite();
    let (id, _) = cli.issue(&["--allow", "192.0.2.0/24"]);
    cli.sql("CREATE TRIGGER halt BEFORE UPDATE OF label ON keys WHEN NEW.label = 'l' BEGIN SELECT RAISE(ABORT, 'halted'); END");
    let edit = ["keys", "edit", &id, "--any-network", "--any-entry-point", "--label", "l"];
    cli.fails(&edit, 3, "; changed: the entry points, the networks");
    assert_eq!(cli.one(&["keys", "show", &id])["allowed_networks"], json!(null));
}

#[test]
fn clearing_that_fails_half_way_says_how_far_it_came() {
    let cli = Cli::sqlite();
    cli.ok(&["accounts", "add", "acme"]);
    for id in ["one", "two"] {
        cli.issue(&["--account", "acme", "--id", id]);
    }
    cli.sql("CREATE TRIGGER halt BEFORE UPDATE ON keys WHEN NEW.id = 'two' BEGIN SELECT RAISE(ABORT, 'halted'); END");
    cli.fails(&["keys", "clear", "--account", "acme", "--reason", "r"], 3, "; 1 keys were revoked before");
}

#[test]
fn clearing_for_an_owner_that_is_not_known_is_refused() {
    let cli = Cli::sqlite();
    for owner in ["site", "user", "account"] {
        let of = format!("--{owner}");
        let done = cli.fails(&["keys", "clear", &of, "typo", "--reason", "r"], 1, "typo is not known");
        assert!(done.out.is_empty() && done.err.contains(owner), "{done:?}");
    }
    cli.ok(&["accounts", "add", "acme"]);
    assert_eq!(cli.one(&["keys", "clear", "--account", "acme", "--reason", "r"])["keys"], 0);
}

#[test]
fn an_owner_is_found_among_many_of_alike_names() {
    let cli = Cli::sqlite();
    for number in 0..45 {
        cli.ok(&["accounts", "add", &format!("acm{number:02}")]);
    }
    cli.ok(&["accounts", "add", "acme"]);
    cli.ok(&["keys", "clear", "--account", "acme", "--reason", "r"]);
    cli.fails(&["keys", "clear", "--account", "acm", "--reason", "r"], 1, "acm is not known");
    cli.fails(&["keys", "clear", "--account", "acmf", "--reason", "r"], 1, "acmf is not known");
}

#[test]
fn a_change_whose_report_cannot_be_written_is_made_and_said() {
    let cli = Cli::sqlite();
    let full = || File::options().write(true).open("/dev/full").expect("a full device");
    let output = cli.command(&["accounts", "add", "acme"]).stdout(full()).output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("cannot be written") && words.contains("what was asked for is done"), "{words}");
    let output = cli.command(&["accounts", "list"]).stdout(full()).output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("cannot be written") && !words.contains("is done"), "{words}");
}

#[test]
fn a_site_with_a_url_that_cannot_be_is_not_added() {
    let cli = Cli::sqlite();
    cli.ok(&["accounts", "add", "acme"]);
    cli.fails(&["sites", "add", "shop", "--account", "acme", "--url", ""], 1, "a URL is");
    assert_eq!(cli.json(&["sites", "list"]).len(), 0);
}

#[test]
fn what_a_command_would_pass_over_is_refused() {
    let cli = Cli::sqlite();
    let (id, _) = cli.issue(&[]);
    for arguments in [
        &["keys", "issue", "--scheme", "x-auth", "--prefix", "ab"][..],
        &["keys", "bulk", "--count", "1", "--scheme", "query-signature", "--format", "checked:ab:live"],
        &["accounts", "list", "--account", "acme"],
        &["keys", "revoke", &id, "--reason", ""],
        &["keys", "revoke", &id, "--reason", "  "],
        &["keys", "clear", "--account", "acme", "--reason", ""],
        &["keys", "issue", "--expires", "9999999999w"],
    ] {
        cli.fails(arguments, 2, "");
    }
    assert_eq!(text(&cli.one(&["keys", "list"]), "status"), "active");
}

#[test]
fn a_url_that_names_no_file_is_refused() {
    for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite://k.db?mode=memory", "sqlite:k.db?mode=ro"]
    {
        let cli = Cli::at(url);
        cli.fails(&["migrate"], 2, "sqlite:<path>");
        cli.fails(&["keys", "list"], 2, "sqlite:<path>");
        assert_eq!(std::fs::read_dir(cli.path("")).expect("a folder").count(), 0, "{url}");
    }
    let cli = Cli::at("sqlite://k.db?mode=rw");
    cli.fails(&["migrate"], 3, "no such SQLite file");
    let cli = cli.with("PORTCULLIS_DATABASE_URL", "sqlite://k.db?mode=rwc");
    cli.ok(&["migrate"]);
    assert!(cli.path("k.db").exists());
    cli.with("PORTCULLIS_DATABASE_URL", "sqlite://k.db?mode=rw").ok(&["migrate"]);
}

#[test]
fn a_url_that_cannot_be_read_is_2_and_not_repeated() {
    for url in [
        "postgres://u:s3cret@h:port/d",
        "postgres://h/d?sslmode=s3cret",
        "redis://u:s3cret@127.0.0.1:port/0",
        "redis://h/s3cret",
    ] {
        let done = Cli::at(url).fails(&["keys", "list"], 2, "the database URL");
        assert!(!done.err.contains("s3cret"), "{done:?}");
    }
}

#[test]
fn a_store_without_tables_says_how_they_are_made() {
    let cli = Cli::bare().with("PORTCULLIS_MASTER_KEY", MASTER_KEY);
    let cli = cli.with("PORTCULLIS_DATABASE_URL", "sqlite:empty.db");
    cli.file("empty.db", "");
    for arguments in [&["keys", "list"][..], &["keys", "issue"], &["accounts", "add", "acme"]] {
        cli.fails(arguments, 3, "no tables yet, or those of another version: see `portcullis migrate`");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_binary_without_tls_sends_nothing_in_clear() {
    use std::io::Read;
    let done = Cli::at("rediss://u:s3cret@127.0.0.1:1/0").fails(&["keys", "list"], 2, "feature `tls`");
    assert!(!done.err.contains("s3cret"), "{done:?}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let mut received = Vec::new();
        listener.accept().expect("a connection").0.read_to_end(&mut received).expect("its end");
        received
    });
    let cli = Cli::at(&format!("postgres://u:s3cret@127.0.0.1:{port}/d?sslmode=require"));
    let done = cli.fails(&["keys", "list"], 3, "without TLS");
    assert!(!done.err.contains("s3cret"), "{done:?}");
    assert_eq!(server.join().expect("what came"), b"");
}
