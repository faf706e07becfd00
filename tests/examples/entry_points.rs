//! `entry-points list` and `entry-points sync`.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::demo::{Demo, SIGNED_URL, actix_app, quickstart};
use crate::process::{End, Example};

/// Runs a command to its end, and gives the lines that it printed.
fn run(mut command: Command, arguments: &[&str]) -> (Vec<String>, End) {
    let example = Example::start({
        command.env("RUST_LOG", "off").args(arguments);
        command
    });
    (example.remaining(), example.end())
}

fn entry_points(command: Command, action: &str) -> Vec<String> {
    let (lines, end) = run(command, &["entry-points", action]);
    assert_eq!(end.code, Some(0), "{}", end.log);
    lines
}

fn listed(state: &str) -> [String; 5] {
    [
        ("whoami", "/whoami"),
        ("hello", "/api/hello/"),
        ("orders.create", "/orders"),
        ("events", "/events"),
        ("feed", "/feed"),
    ]
    .map(|(name, pattern)| format!("{state:<8} {name:<16} {pattern}"))
}

#[test]
fn one_command_saves_the_names_and_a_second_one_changes_nothing() {
    let demo = Demo::start();
    let folder = demo.folder.path();
    assert_eq!(entry_points(quickstart(folder), "list"), listed("new"));
    let added = ["events", "feed", "hello", "orders.create", "whoami"].map(|name| format!("added    {name}"));
    assert_eq!(entry_points(quickstart(folder), "sync"), added);
    assert_eq!(entry_points(quickstart(folder), "sync"), ["nothing has changed"]);
    assert_eq!(entry_points(quickstart(folder), "list"), listed("saved"));
    // The twin declares the same.
    assert_eq!(entry_points(actix_app(folder), "sync"), ["nothing has changed"]);
    assert_eq!(entry_points(actix_app(folder), "list"), listed("saved"));
    // The service was up all the while.
    assert_eq!(demo.paste(SIGNED_URL).status, 200);
}

#[test]
fn without_a_service_there_is_nothing_to_save_into() {
    let folder = TempDir::new().expect("a folder");
    for example in [quickstart as fn(&Path) -> Command, actix_app] {
        for (arguments, said) in [
            (&["entry-points", "sync"][..], "no service in"),
            (&["entry-points", "list"], "no service in"),
            (&["entry-points", "lits"], "`entry-points list` or `entry-points sync`"),
            (&["entry-points"], "`entry-points list` or `entry-points sync`"),
            (&["entry-points", "sync", "0"], "`entry-points list` or `entry-points sync`"),
        ] {
            let (lines, end) = run(example(folder.path()), arguments);
            assert_eq!((lines.len(), end.code), (0, Some(1)), "{arguments:?}");
            assert!(end.log.contains(said), "{arguments:?}: {}", end.log);
        }
    }
    assert!(!folder.path().join("data").exists(), "nothing was made");
}
