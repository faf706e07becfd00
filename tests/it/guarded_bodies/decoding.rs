//! Bodies in a coding that a guard undoes.

use portcullis::request::BodyFailure::{Malformed, NotAsSigned};

use super::script::{Step, data};
use super::sending::{Ask, End, Failed, read};

/// `AB` and `C`, which are `abc!` without the coding.
fn loud(plan: &str, body: &str) -> Ask {
    let steps: Vec<Step> = vec![data("AB"), Step::Wait, data("C")];
    Ask::new(body, steps).with("x-plan", plan).with("x-decoded-length", "4").announcing(3)
}

#[tokio::test]
async fn each_guard_is_given_what_the_one_before_hands_on() {
    let came = loud("loud", "abc!").with("content-encoding", "x-loud").send().await;
    assert_eq!(came.events, [read("a"), read("b"), read("c"), read("!"), End]);
    let came = loud("loud", "ABC").with("content-encoding", "x-loud").send().await;
    assert_eq!(came.events, [read("a"), read("b"), Failed(Some(NotAsSigned)), End]);
    let came = loud("loud buffer", "abc!").send().await;
    assert_eq!(came.events, [read("abc!"), End]);
}

#[tokio::test]
async fn the_handler_is_told_of_the_body_without_its_coding() {
    for plan in ["loud", "loud buffer"] {
        for (sent, left) in [
            ("x-loud", None),
            ("X-Loud, gzip", Some("gzip")),
            ("gzip,x-loud", Some("gzip")),
            ("br", Some("br")),
        ] {
            let came = loud(plan, "abc!").with("content-encoding", sent).send().await;
            assert_eq!((came.status, came.length.as_deref()), (200, Some("4")), "{sent}");
            assert_eq!(came.encoding.as_deref(), left, "{sent}");
        }
    }
    let came = loud("", "ABC").with("content-encoding", "x-loud, gzip").send().await;
    assert_eq!((came.length.as_deref(), came.encoding.as_deref()), (Some("3"), Some("x-loud, gzip")));
}

#[tokio::test]
async fn a_body_that_is_not_in_its_coding_is_malformed() {
    let steps = [data("AB"), data("Cd"), data("E")];
    let ask = |plan| Ask::new("abcde!", steps.clone()).with("x-plan", plan).with("x-decoded-length", "6");
    let came = ask("loud").send().await;
    assert_eq!(came.events, [read("a"), Failed(Some(Malformed)), End]);
    let came = ask("loud buffer").send().await;
    assert_eq!((came.status, came.events), (400, vec![]));
}

/// The digest is of the bytes as they were sent, whatever coding they are in besides.
#[tokio::test]
async fn a_coding_that_no_guard_undoes_is_under_the_digest() {
    let zipped = b"\x1f\x8b\x08\0 zipped";
    let ask = |body: &[u8]| Ask::new(body, [data(&zipped[..])]).with("content-encoding", "gzip");
    let came = ask(zipped).send().await;
    assert_eq!((came.bytes(), came.encoding.as_deref()), ((zipped.to_vec(), true), Some("gzip")));
    assert_eq!(ask(b"unzipped").send().await.bytes(), (Vec::new(), false));
}
