//! The targets of `cargo fuzz`, for ten seconds and without it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod answers;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod chunked;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod compatible_forms;
mod generated;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod message_signature;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod outbound;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod request;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod sigv4;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod strict_forms;
#[expect(unreachable_pub, clippy::cast_precision_loss, reason = "`cargo fuzz` uses it too")]
mod targets;
#[expect(unreachable_pub, reason = "`cargo fuzz` uses it too")]
mod webhook;

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
fn the_corpora_of_aws_signatures_are_decided_as_before() {
    let count = |name: &str, target: fn(&[u8]) -> bool| {
        let corpus = corpus(name);
        (corpus.len(), corpus.iter().filter(|input| target(input)).count())
    };
    assert_eq!(count("sigv4_authorization", sigv4::authorization), (25, 6));
    assert_eq!(count("sigv4_presigned", sigv4::presigned), (15, 4));
    assert_eq!(count("sigv4_canonical", sigv4::canonical), (10, 7));
}

#[test]
fn no_authorization_is_accepted_but_the_one_that_was_signed() {
    let (count, accepted) = run("sigv4_authorization", sigv4::authorization);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn no_presigned_url_is_accepted_but_the_one_that_was_signed() {
    let (count, accepted) = run("sigv4_presigned", sigv4::presigned);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn no_request_is_made_canonical_otherwise_than_by_the_book() {
    let (count, read) = run("sigv4_canonical", sigv4::canonical);
    assert!(count > 1000 && read > 10, "{read} of {count} were read");
}

#[test]
fn the_corpus_of_events_is_decided_as_before() {
    let accepted = corpus("webhook").iter().filter(|input| webhook::webhook(input)).count();
    assert_eq!((corpus("webhook").len(), accepted), (24, 10));
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
fn the_corpus_of_outbound_headers_is_decided_as_before() {
    let signed = corpus("outbound").iter().filter(|input| outbound::outbound(input)).count();
    assert_eq!((corpus("outbound").len(), signed), (13, 4));
}

#[test]
fn no_secret_goes_elsewhere_whatever_the_template_and_the_request() {
    let (count, signed) = run("outbound", outbound::outbound);
    assert!(count > 1000 && signed > 10, "{signed} of {count} were signed");
}

#[test]
fn no_body_in_chunks_is_read_otherwise_than_by_the_book() {
    let (count, accepted) = run("chunked", chunked::chunked);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn the_corpus_of_signed_messages_is_decided_as_before() {
    let accepted = |name, target: fn(&[u8]) -> bool| {
        let corpus = corpus(name);
        (corpus.len(), corpus.iter().filter(|input| target(input)).count())
    };
    assert_eq!(accepted("message_signature", message_signature::message_signature), (14, 6));
    assert_eq!(accepted("signature_component", message_signature::signature_component), (14, 9));
}

#[test]
fn no_message_is_accepted_that_was_not_signed() {
    let (count, accepted) = run("message_signature", message_signature::message_signature);
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

#[test]
fn the_corpora_of_compatible_forms_are_decided_as_before() {
    let count = |name: &str, target: fn(&[u8]) -> bool| {
        let corpus = corpus(name);
        (corpus.len(), corpus.iter().filter(|input| target(input)).count())
    };
    assert_eq!(count("x_auth", compatible_forms::x_auth), (28, 9));
    assert_eq!(count("signed_url", compatible_forms::signed_url), (33, 15));
}

#[test]
fn no_headers_are_accepted_that_a_second_reading_of_the_rules_refuses() {
    let (count, accepted) = run("x_auth", compatible_forms::x_auth);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn no_signed_url_is_accepted_that_a_second_reading_of_the_rules_refuses() {
    let (count, accepted) = run("signed_url", compatible_forms::signed_url);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}

#[test]
fn the_corpora_of_answers_are_decided_as_before() {
    let count = |name: &str, target: fn(&[u8]) -> bool| {
        let corpus = corpus(name);
        (corpus.len(), corpus.iter().filter(|input| target(input)).count())
    };
    assert_eq!(count("answer_date", answers::date), (19, 8));
    assert_eq!(count("answer_redirect", answers::redirect), (38, 9));
}

#[test]
fn a_date_is_believed_only_as_it_is_written() {
    let (count, believed) = run("answer_date", answers::date);
    assert!(count > 1000 && believed > 10, "{believed} of {count} were believed");
}

#[test]
fn no_redirect_is_handed_on_that_leads_back_for_a_reader_of_urls() {
    let (count, passed) = run("answer_redirect", answers::redirect);
    assert!(count > 1000 && passed > 10, "{passed} of {count} were handed on");
}

#[test]
fn a_component_is_written_as_it_is_read() {
    let (count, read) = run("signature_component", message_signature::signature_component);
    assert!(count > 1000 && read > 10, "{read} of {count} were read");
}

#[test]
fn no_event_is_accepted_that_its_sender_did_not_sign() {
    let (count, accepted) = run("webhook", webhook::webhook);
    assert!(count > 1000 && accepted > 10, "{accepted} of {count} were accepted");
}
