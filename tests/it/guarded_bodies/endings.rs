//! How a body ends.

use std::sync::Arc;

use http_body_util::BodyExt;
use portcullis::crypto::{BodyDigest, DigestAlgorithm};
use portcullis::request::BodyFailure::{Malformed, NotAsSigned};
use tower::{Layer, ServiceExt, service_fn};

use super::digested::hex;
use super::script::Step::{Break, Trailer, Wait};
use super::script::{Step, data};
use super::sending::{Ask, End, Failed, read};

fn abcd() -> Vec<Step> {
    vec![Wait, data("ab"), data(""), Wait, data("cd"), Wait]
}

#[tokio::test]
async fn the_end_comes_when_the_digest_is_good() {
    let came = Ask::new("abcd", abcd()).announcing(4).send().await;
    assert_eq!((came.status, came.length.as_deref()), (200, Some("4")));
    assert_eq!(came.events, [read("ab"), read("cd"), End]);
}

#[tokio::test]
async fn another_body_ends_in_an_error_and_its_last_piece_is_never_read() {
    for (steps, before) in [
        (vec![data("ab"), data("cx")], vec![read("ab")]),
        (vec![data("abc")], vec![]),
        (vec![data("ab"), data("cd"), data("e")], vec![read("ab"), read("cd")]),
        (vec![Wait], vec![]),
        (vec![data(""), data("")], vec![]),
    ] {
        let came = Ask::new("abcd", steps.clone()).send().await;
        let expected = [&before[..], &[Failed(Some(NotAsSigned)), End]].concat();
        assert_eq!((came.status, came.events), (200, expected), "{steps:?}");
    }
}

/// actix-web does not tell of them, and its handlers see none.
#[tokio::test]
async fn trailers_are_under_no_digest_and_the_body_does_not_end_well_with_them() {
    for (body, steps) in
        [("abcd", vec![data("ab"), data("cd"), Trailer("x-sum")]), ("", vec![Trailer("x-sum")])]
    {
        let ask = Ask::new(body, steps);
        let (tower, actix) = (ask.of_tower().await, ask.of_actix().await);
        let before = if body.is_empty() { vec![] } else { vec![read("ab")] };
        assert_eq!(
            (tower.status, tower.events),
            (200, [&before[..], &[Failed(Some(Malformed)), End]].concat())
        );
        assert_eq!((actix.status, actix.bytes()), (200, (body.into(), true)));
    }
}

#[tokio::test]
async fn a_body_of_which_there_is_nothing_is_decided_about_before_the_handler() {
    for buffered in ["", "buffer"] {
        let ask = |body| Ask::new(body, []).announcing(0).with("x-plan", buffered);
        let came = ask("").send().await;
        assert_eq!((came.status, came.events), (200, vec![End]));
        let came = ask("abcd").send().await;
        assert_eq!((came.status, came.events), (401, vec![]));
    }
}

/// Whoever goes by the length would not read it.
#[tokio::test]
async fn a_length_of_nothing_is_no_end() {
    let ask = |body| Ask::new(body, [Wait]).announcing(0);
    assert_eq!(ask("abcd").send().await.events, [Failed(Some(NotAsSigned)), End]);
    assert_eq!(ask("").send().await.events, [End]);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_an_error_that_is_its_own() {
    let came = Ask::new("abcd", vec![data("ab"), data("cd"), Break, data("e")]).send().await;
    assert_eq!(came.events, [read("ab"), Failed(None), End]);
}

#[tokio::test]
async fn the_error_of_the_body_inside_is_handed_on_as_it_is() {
    let ask = Ask::new("abcd", vec![data("ab"), Break]);
    let inner = service_fn(async |request: http::Request<portcullis::tower::AuthBody<_>>| {
        let error = request.into_body().collect().await.expect_err("it breaks off");
        let kind = error.downcast_ref::<std::io::Error>().expect("the script's").kind();
        assert_eq!(kind, std::io::ErrorKind::ConnectionReset);
        Ok::<_, std::convert::Infallible>(
            http::Response::new(http_body_util::Full::<bytes::Bytes>::default()),
        )
    });
    let status = ask.layer().layer(inner).oneshot(ask.request()).await.expect("infallible").status();
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_body_that_was_asked_for_passes_the_guard_at_once() {
    let ask = |steps: Vec<Step>| Ask::new("abcd", steps).with("x-plan", "buffer");
    let came = ask(abcd()).send().await;
    assert_eq!((came.status, came.events), (200, vec![read("abcd"), End]));
    let trailed = ask([abcd(), vec![Trailer("x-sum")]].concat());
    assert_eq!((trailed.of_tower().await.status, trailed.of_actix().await.status), (400, 200));
    for (steps, status) in [
        (vec![data("abcx")], 401),
        (vec![data("ab")], 401),
        (vec![data("abcd"), data("e")], 401),
        (vec![data("abcd"), Break], 400),
    ] {
        let came = ask(steps.clone()).send().await;
        assert_eq!((came.status, came.events), (status, vec![]), "{steps:?}");
    }
    let mut short = ask(vec![data("abcd")]);
    short.limit = 3;
    assert_eq!(short.send().await.status, 413);
    // It streams: the limit is about what is held in memory.
    let mut streaming = Ask::new("abcd", abcd());
    streaming.limit = 3;
    assert_eq!(streaming.send().await.events.last(), Some(&End));
}

#[tokio::test]
async fn of_two_digests_both_must_be_right() {
    for (body, ends) in [("abcd", End), ("abcx", Failed(Some(NotAsSigned)))] {
        let second = hex(BodyDigest::of(DigestAlgorithm::Sha512, body.as_bytes()).as_bytes());
        let ask = Ask::new("abcd", abcd()).with("x-plan", "both").with("x-digest-512", second);
        let came = ask.send().await;
        assert_eq!(came.events.get(came.events.len() - 1 - usize::from(ends != End)), Some(&ends));
    }
}

#[tokio::test]
async fn the_guard_goes_with_the_body() {
    let ask = Ask::new("abcd", vec![data("ab"), data("cd"), Step::Stall]);
    let held = || Arc::strong_count(&ask.scheme.alive) - 2;
    let inner = service_fn(async |request: http::Request<portcullis::tower::AuthBody<_>>| {
        let mut body = request.into_body();
        assert_eq!(body.frame().await.expect("a frame").expect("good").into_data().expect("data"), "ab");
        assert_eq!(held(), 1);
        drop(body);
        assert_eq!(held(), 0);
        Ok::<_, std::convert::Infallible>(
            http::Response::new(http_body_util::Full::<bytes::Bytes>::default()),
        )
    });
    let layer = ask.layer();
    let status = layer.layer(inner).oneshot(ask.request()).await.expect("infallible").status();
    assert_eq!(status, 200);
}
