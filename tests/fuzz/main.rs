//! The targets of `cargo fuzz`, for ten seconds and without it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod chunked;
mod generated;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod strict_forms;
#[expect(unreachable_pub, clippy::cast_precision_loss, reason = "`cargo fuzz` uses it too")]
mod targets;

use std::path::Path;
use std::time::{Duration, Instant};

use generated::Draw;

/// Every input that is kept, sorted by name. An input that broke something is kept for ever.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let files = std::fs::read_dir(&folder).expect("the corpus").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a file")).collect()
}

/// Shows the input that a target panicked at.
struct Shown<'a>(u64, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}, input \"{}\"", self.0, self.1.escape_ascii());
        }
    }
}

/// Runs generated input for ten seconds; returns how many there were, and how many passed.
fn run(name: &str, target: impl Fn(&[u8]) -> bool) -> (u64, u64) {
    let corpus = corpus(name);
    // `FUZZ_SEED=7` repeats a run.
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0));
    let mut draw = Draw::new(seed);
    let (mut count, mut passed) = (0, 0);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let input = draw.input(&corpus);
        let shown = Shown(seed, &input);
        passed += u64::from(target(&input));
        drop(shown);
        count += 1;
    }
    (count, passed)
}

#[test]
fn the_corpus_of_tokens_is_decided_as_before() {
    let accepted = corpus("token").iter().filter(|input| targets::token(input)).count();
    assert_eq!((corpus("token").len(), accepted), (93, 24));
}

#[test]
fn the_corpus_of_key_sets_is_decided_as_before() {
    let read = corpus("key_set").iter().filter(|input| targets::key_set(input)).count();
    assert_eq!((corpus("key_set").len(), read), (25, 18));
}

#[test]
fn the_corpus_of_bodies_in_chunks_is_decided_as_before() {
    let accepted = corpus("chunked").iter().filter(|input| chunked::chunked(input)).count();
    assert_eq!((corpus("chunked").len(), accepted), (25, 10));
}

#[test]
fn nothing_is_accepted_that_jsonwebtoken_refuses() {
    let (count, accepted) = run("token", targets::token);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn no_key_is_read_that_jsonwebtoken_does_not_read() {
    let (count, read) = run("key_set", targets::key_set);
    assert!(count > 1000 && read > 10, "{read} of {count} were read");
}

#[test]
fn no_body_in_chunks_is_read_otherwise_than_by_the_book() {
    let (count, accepted) = run("chunked", chunked::chunked);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn the_corpus_of_strict_forms_is_decided_as_before() {
    let accepted = corpus("strict_forms").iter().filter(|input| strict_forms::strict_forms(input)).count();
    assert_eq!((corpus("strict_forms").len(), accepted), (55, 28));
}

#[test]
fn no_strict_form_is_accepted_that_a_second_reading_of_the_rules_refuses() {
    let (count, accepted) = run("strict_forms", strict_forms::strict_forms);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}
