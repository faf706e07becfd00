//! Many keys at once, and what becomes of those whose secrets cannot be written.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Cli, column};

fn with_sites() -> Cli {
    let cli = Cli::sqlite();
    for account in ["acme", "other"] {
        cli.ok(&["accounts", "add", account]);
    }
    for (site, account) in [("shop", "acme"), ("blog", "acme"), ("mine", "other")] {
        cli.ok(&["sites", "add", site, "--account", account]);
    }
    cli
}

fn of_status(cli: &Cli, status: &str) -> usize {
    cli.json(&["keys", "list", "--status", status]).len()
}

#[test]
fn a_list_has_lines_that_are_passed_over() {
    let cli = with_sites();
    let sites = cli.file("sites", "# ours\nshop\n\n  # theirs\n blog \n");
    let issued = cli.json(&["keys", "bulk", "--sites", &sites]);
    assert_eq!(column(&issued, "owner"), ["shop", "blog"]);
    assert_eq!(column(&issued, "done"), ["issued", "issued"]);
}

#[test]
fn a_wrong_owner_is_named_with_its_line() {
    let cli = with_sites();
    cli.ok(&["users", "add", "ada", "--account", "acme"]);
    let sites = cli.file("sites", "# ours\nshop\nnowhere\n");
    cli.fails(&["keys", "bulk", "--sites", &sites], 1, "line 3: the site nowhere is not known");
    let users = cli.file("users", "ada\neve\n");
    cli.fails(&["keys", "bulk", "--users", &users], 1, "line 2: the user eve is not known");
    let sites = cli.file("sites", "shop\nmine\nblog\n");
    let foreign = ["keys", "bulk", "--sites", &sites, "--account", "acme"];
    cli.fails(&foreign, 1, "line 2: site mine belongs to another account");
    let unknown = ["keys", "bulk", "--count", "1", "--account", "acne"];
    cli.fails(&unknown, 1, "the account acne is not known");
    assert_eq!(of_status(&cli, "active"), 0);
    let done = cli.fails(&[&foreign[..], &["--batch", "1"]].concat(), 1, "line 2: ");
    assert!(done.err.contains("1 keys were issued before"), "{done:?}");
}

#[test]
fn an_owner_is_escaped_as_in_a_table() {
    let cli = Cli::sqlite();
    let name = "acme\u{202e}";
    cli.ok(&["accounts", "add", name]);
    let line = cli.ok(&["keys", "bulk", "--count", "1", "--account", name]);
    assert!(line.starts_with("acme\\u{202e}\t"), "{line:?}");
    assert_eq!(cli.one(&["keys", "bulk", "--count", "1", "--account", name])["owner"], name);
}

#[test]
fn keys_whose_secrets_nobody_saw_are_revoked_whatever_the_count() {
    let cli = Cli::sqlite();
    let full = File::options().write(true).open("/dev/full").expect("a full device");
    let mut command = cli.command(&["keys", "bulk", "--count", "4294967295", "--batch", "10"]);
    let output = command.stdout(full).output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("10 keys without one are revoked"), "{words}");
    let keys = cli.json(&["keys", "list"]);
    assert_eq!((keys.len(), of_status(&cli, "revoked")), (10, 10));
    assert_eq!(keys[0]["revoked_reason"], "its secret could not be written");
}

#[test]
fn a_reader_that_goes_away_leaves_no_live_key_unwritten() {
    let cli = Cli::sqlite();
    // More than a pipe holds.
    let mut command = cli.command(&["keys", "bulk", "--count", "3000", "--batch", "1500"]);
    let mut child = command.spawn().expect("a process");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    lines.read_line(&mut String::new()).expect("a line");
    drop(lines);
    let output = child.wait_with_output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    let (active, revoked) = (of_status(&cli, "active"), of_status(&cli, "revoked"));
    assert!(active > 0 && revoked > 0 && (active + revoked) % 1500 == 0, "{active} {revoked}");
    let said = format!("{revoked} keys without one are revoked; {active} keys were issued before\n");
    assert!(words.ends_with(&said), "{words}");
}

#[test]
fn keys_that_cannot_be_revoked_again_are_named() {
    let cli = Cli::sqlite();
    cli.sql("CREATE TRIGGER halt BEFORE UPDATE ON keys BEGIN SELECT RAISE(ABORT, 'halted'); END");
    let full = File::options().write(true).open("/dev/full").expect("a full device");
    let output = cli.command(&["keys", "bulk", "--count", "3"]).stdout(full).output().expect("its end");
    let words = String::from_utf8_lossy(&output.stderr);
    let ids = column(&cli.json(&["keys", "list", "--status", "active"]), "id");
    assert_eq!(ids.len(), 3);
    assert!(words.contains("revoke these too: ") && ids.iter().all(|id| words.contains(id)), "{words}");
}

#[test]
fn a_secret_is_not_made_for_the_null_device() {
    let cli = Cli::sqlite();
    let (id, _) = cli.issue(&[]);
    let shown = |cli: &Cli| -> Value { cli.one(&["keys", "show", &id]) };
    let before = shown(&cli);
    for arguments in [
        &["keys", "issue"][..],
        &["keys", "bulk", "--count", "2"],
        &["keys", "rotate", &id, "--overlap", "0s"],
    ] {
        let mut closed = cli.in_shell("exec \"$@\" >&-", arguments);
        let mut null = cli.command(arguments);
        for command in [&mut closed, null.stdout(Stdio::null())] {
            let output = command.output().expect("its end");
            let words = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
            assert!(words.contains("the secret would be lost: see --out"), "{arguments:?}: {words}");
        }
    }
    assert_eq!((cli.json(&["keys", "list"]).len(), shown(&cli)), (1, before));
    let out = cli.path("key").to_str().expect("a path").to_owned();
    let mut command = cli.command(&["keys", "issue", "--out", &out]);
    assert!(command.stdout(Stdio::null()).status().expect("its end").success());
}
