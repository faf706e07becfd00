//! Bodies that do not come in time.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use portcullis::request::BodyFailure::TooSlow;
use tokio::time::Instant;

use super::script::Step::{Later, Stall};
use super::script::{Step, data};
use super::sending::{Ask, End, Failed, read};

const SECOND: Duration = Duration::from_secs(1);

/// Through one adapter after the other, and how long each took.
async fn timed(ask: &Ask) -> (u16, Vec<super::sending::Event>, [u64; 2]) {
    let start = Instant::now();
    let tower = ask.of_tower().await;
    let between = Instant::now();
    assert_eq!(ask.of_actix().await, tower);
    (tower.status, tower.events, [between - start, between.elapsed()].map(|time| time.as_secs()))
}

fn buffered(steps: impl Into<Vec<Step>>) -> Ask {
    Ask::new("abcd", steps).with("x-plan", "buffer")
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_asked_for_and_does_not_come_is_408_after_30_seconds() {
    let came = timed(&buffered([data("ab"), Stall])).await;
    assert_eq!(came, (408, vec![], [30, 30]));
    let came = timed(&buffered([Stall]).within(7 * SECOND)).await;
    assert_eq!(came, (408, vec![], [7, 7]));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_asked_for_must_be_there_as_a_whole() {
    let drip: Vec<Step> = "abcd".chars().flat_map(|it| [Later(9 * SECOND), data(it.to_string())]).collect();
    assert_eq!(timed(&buffered(drip.clone())).await, (408, vec![], [30, 30]));
    let came = timed(&buffered(drip.clone()).within(37 * SECOND)).await;
    assert_eq!(came, (200, vec![read("abcd"), End], [36, 36]));
    let came = timed(&buffered(drip).within(Duration::MAX)).await;
    assert_eq!(came, (200, vec![read("abcd"), End], [36, 36]));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_streams_may_take_its_time_as_long_as_pieces_come() {
    let steps = |wait: u32| vec![Later(29 * SECOND), data("ab"), Later(wait * SECOND), data("cd")];
    let came = timed(&Ask::new("abcd", steps(29))).await;
    assert_eq!(came, (200, vec![read("ab"), read("cd"), End], [58, 58]));
    let came = timed(&Ask::new("abcd", steps(31))).await;
    assert_eq!(came, (200, vec![Failed(Some(TooSlow)), End], [59, 59]));
    // A piece of nothing is none.
    let empty = [data("ab"), Later(20 * SECOND), data(""), Later(20 * SECOND), data("cd")];
    let came = timed(&Ask::new("abcd", empty)).await;
    assert_eq!(came, (200, vec![Failed(Some(TooSlow)), End], [30, 30]));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_stalls_ends_in_an_error() {
    let came = timed(&Ask::new("abcd", [data("ab"), data("cd"), Stall])).await;
    assert_eq!(came, (200, vec![read("ab"), Failed(Some(TooSlow)), End], [30, 30]));
    let came = timed(&Ask::new("abcd", [data("abcd"), Stall]).within(3 * SECOND)).await;
    assert_eq!(came, (200, vec![Failed(Some(TooSlow)), End], [3, 3]));
}

#[test]
fn outside_of_a_runtime_nobody_keeps_time() {
    for plan in ["", "buffer"] {
        let ask = Ask::new("abcd", [Stall]).with("x-plan", plan).within(Duration::ZERO);
        let mut asking = pin!(ask.of_tower());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(asking.as_mut().poll(&mut cx).is_pending() && asking.as_mut().poll(&mut cx).is_pending());
    }
}
