//! What the table of threats and the manual's past failures call a test is one.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the crate's own Rust is, and that of the packages beside it.
fn sources(folder: PathBuf, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // What cargo or npm have put there is nobody's test.
            if !["target", "node_modules"].iter().any(|name| path.ends_with(name)) {
                sources(path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names that stand behind `fn`.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split("fn ").skip(1).map(move |rest| rest.split(|at| !is_name(at)).next().unwrap_or_default())
}

/// What is between back ticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of tests are claims: several words in lower case.
fn is_claim(word: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    word.bytes().all(is_letter) && word.contains('_')
}

/// The functions of each file under `src` and `tests`.
fn all() -> HashMap<PathBuf, HashSet<String>> {
    let mut files = Vec::new();
    ["src", "tests"].into_iter().for_each(|folder| sources(root().join(folder), &mut files));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source");
        let names = functions(&text).map(str::to_owned).collect();
        (path.strip_prefix(root()).expect("inside").to_owned(), names)
    };
    files.into_iter().map(read).collect()
}

/// The cells of each row of the tables of a page, without what is above and below them.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    lines.map(|line| line.split(" | ").collect()).collect()
}

#[test]
fn every_threat_has_tests_that_exist_or_a_reason() {
    let known = all();
    let page = std::fs::read_to_string(root().join("tests/THREATS.md")).expect("the table");
    let mut ids = HashSet::new();
    let mut named = 0;
    for row in rows(&page) {
        let &[id, attack, tests] = row.as_slice() else { panic!("three cells: {row:?}") };
        if id == "id" {
            continue;
        }
        assert!(id.starts_with('T') && ids.insert(id), "{id} is a number and there once");
        assert!(!attack.is_empty() && tests.len() > 20, "{id}");
        let mut file: Option<&str> = None;
        for word in quoted(tests) {
            if word.contains('/') {
                assert!(root().join(word).exists(), "{id}: there is no {word}");
                file = Some(word);
            } else if let Some(in_file) = file.filter(|_| is_claim(word)) {
                let functions = known.get(Path::new(in_file));
                assert!(functions.is_some_and(|all| all.contains(word)), "{id}: no {word} in {in_file}");
                named += 1;
            }
        }
    }
    assert!(ids.len() >= 120 && named >= 250, "{} rows, {named} tests", ids.len());
}

#[test]
fn the_tests_of_the_manuals_past_failures_exist() {
    let known: HashSet<String> = all().into_values().flatten().collect();
    let page = std::fs::read_to_string(root().join("src/manual/past_failures.md")).expect("the page");
    let mut named = 0;
    for row in rows(&page) {
        let last = row.last().copied().unwrap_or_default();
        for word in quoted(last).filter(|word| is_claim(word)) {
            assert!(known.contains(word), "{}: there is no {word}", row.concat());
            named += 1;
        }
    }
    assert!(named >= 100, "{named}");
}
