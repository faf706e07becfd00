//! What is learned of the clock of a server, and what is not.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use portcullis::tower::sign::SignLayer;
use portcullis::{Clock, FrozenClock, Timestamp};
use tower::{Layer, Service, ServiceExt};

use super::{Server, Stamp, get, status, with};
use crate::kit::NOW;

/// An hour ahead of the clock here.
const DATE: &str = "Tue, 14 Nov 2023 23:13:20 GMT";
const HOUR: i64 = 3_600;
const URI: &str = "https://api.example/orders";

fn signing(origin: &str) -> SignLayer {
    let layer = SignLayer::for_origin(origin, Stamp::default()).expect("an origin");
    layer.with_clock(FrozenClock::at(NOW))
}

/// When a request was signed, in seconds from now.
fn signed_at(server: &Server) -> Vec<i64> {
    let seconds = |stamp: String| stamp.split(' ').next().and_then(|text| text.parse::<i64>().ok());
    let stamps = server.seen().into_iter().filter_map(|(_, stamp)| seconds(stamp?));
    stamps.map(|seconds| seconds - NOW.as_unix_seconds()).collect()
}

/// Accepts what is signed an hour ahead, and says which time it is.
fn ahead() -> Server {
    Server::new(|head| {
        let stamp = head.headers["x-stamp"].to_str().expect("text");
        let seconds: i64 = stamp.split(' ').next().and_then(|text| text.parse().ok()).expect("seconds");
        let good = (seconds - NOW.as_unix_seconds() - HOUR).abs() < 60;
        with(status(if good { 200 } else { 401 }), "date", DATE)
    })
}

#[tokio::test]
async fn a_clock_that_is_off_is_learned_from_a_401_and_kept() {
    let server = ahead();
    let layer = signing("https://api.example");
    let mut client = layer.layer(server.clone());
    for _ in 0..2 {
        let answer = client.ready().await.expect("ready").call(get(URI)).await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    // Another client of the same layer knows it too.
    assert_eq!(layer.layer(server.clone()).oneshot(get(URI)).await.expect("an answer").status(), 200);
    assert_eq!(signed_at(&server), [0, HOUR, HOUR, HOUR]);
    let stamps = server.seen();
    let nonces = stamps.iter().map(|(_, stamp)| stamp.as_ref()).collect::<std::collections::HashSet<_>>();
    assert_eq!(nonces.len(), 4, "a nonce was used twice");
}

#[tokio::test]
async fn what_was_learned_moves_with_the_clock_here_and_is_unlearned() {
    let clock = FrozenClock::at(NOW);
    let theirs = FrozenClock::at(Timestamp::from_unix_seconds(NOW.as_unix_seconds() + HOUR));
    let by = theirs.clone();
    let server = Server::new(move |head| {
        let stamp = head.headers["x-stamp"].to_str().expect("text");
        let seconds: i64 = stamp.split(' ').next().and_then(|text| text.parse().ok()).expect("seconds");
        let good = (seconds - by.now().as_unix_seconds()).abs() < 60;
        let date = if by.now() > NOW { DATE } else { "Tue, 14 Nov 2023 22:13:20 GMT" };
        with(status(if good { 200 } else { 401 }), "date", date)
    });
    let layer = SignLayer::for_origin("https://api.example", Stamp::default()).expect("an origin");
    let client = layer.with_clock(clock.clone()).layer(server.clone());
    let send = || async { client.clone().oneshot(get(URI)).await.expect("an answer").status().as_u16() };
    assert_eq!(send().await, 200);
    clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(send().await, 200);
    // The server's clock was set right.
    clock.set(NOW);
    theirs.set(NOW);
    assert_eq!(send().await, 200);
    assert_eq!(send().await, 200);
    assert_eq!(signed_at(&server), [0, HOUR, HOUR + 30, HOUR, 0, 0]);
}

#[tokio::test]
async fn a_request_that_is_refused_again_teaches_nothing() {
    let server = Server::new(|_| with(status(401), "date", DATE));
    let client = signing("https://api.example").layer(server.clone());
    for _ in 0..2 {
        assert_eq!(client.clone().oneshot(get(URI)).await.expect("an answer").status(), 401);
    }
    assert_eq!(signed_at(&server), [0, HOUR, 0, HOUR], "one more request each, and nothing is kept");
}

#[tokio::test]
async fn nothing_is_sent_again_for_any_other_answer() {
    type Answer = fn() -> Response<Full<Bytes>>;
    let cases: [(&str, Answer); 12] = [
        ("another status", || with(status(403), "date", DATE)),
        ("a server that is down", || with(status(503), "date", DATE)),
        ("a redirect", || with(status(307), "date", DATE)),
        ("no date", || status(401)),
        ("two dates", || with(with(status(401), "date", DATE), "date", DATE)),
        ("a date in another form", || with(status(401), "date", "Tuesday, 14-Nov-23 23:13:20 GMT")),
        ("no date at all", || with(status(401), "date", "1700003600")),
        ("the time here", || with(status(401), "date", "Tue, 14 Nov 2023 22:13:20 GMT")),
        ("five seconds ahead", || with(status(401), "date", "Tue, 14 Nov 2023 22:13:25 GMT")),
        ("five seconds behind", || with(status(401), "date", "Tue, 14 Nov 2023 22:13:15 GMT")),
        ("more than a day ahead", || with(status(401), "date", "Wed, 15 Nov 2023 22:13:21 GMT")),
        ("more than a day behind", || with(status(401), "date", "Mon, 13 Nov 2023 22:13:19 GMT")),
    ];
    for (what, answer) in cases {
        let server = Server::new(move |_| answer());
        let client = signing("https://api.example").layer(server.clone());
        let expected = answer().status();
        assert_eq!(client.oneshot(get(URI)).await.expect("an answer").status(), expected, "{what}");
        assert_eq!(signed_at(&server), [0], "{what}");
    }
    for (date, seconds) in [
        ("Tue, 14 Nov 2023 22:13:26 GMT", 6),
        ("Tue, 14 Nov 2023 22:13:14 GMT", -6),
        ("Wed, 15 Nov 2023 22:13:20 GMT", 86_400),
        ("Mon, 13 Nov 2023 22:13:20 GMT", -86_400),
    ] {
        let server = Server::new(move |_| with(status(401), "date", date));
        let client = signing("https://api.example").layer(server.clone());
        client.oneshot(get(URI)).await.expect("an answer");
        assert_eq!(signed_at(&server), [0, seconds], "{date}");
    }
}

#[tokio::test]
async fn a_date_that_tls_has_not_authenticated_is_believed_only_where_that_is_asked_for() {
    let uri = "http://127.0.0.1:8080/";
    let server = ahead();
    let layer = signing("http://127.0.0.1:8080");
    assert_eq!(layer.layer(server.clone()).oneshot(get(uri)).await.expect("an answer").status(), 401);
    assert_eq!(signed_at(&server), [0]);
    let layer = layer.dangerous_learn_clock_without_tls();
    assert_eq!(layer.layer(server.clone()).oneshot(get(uri)).await.expect("an answer").status(), 200);
    assert_eq!(signed_at(&server), [0, 0, HOUR]);
}

#[tokio::test]
async fn the_second_request_takes_the_room_that_the_first_gave_back() {
    let server = ahead();
    let one = tower::limit::ConcurrencyLimit::new(server.clone(), 1);
    let client = signing("https://api.example").layer(one);
    let patience = std::time::Duration::from_secs(60);
    let answer = tokio::time::timeout(patience, client.oneshot(get(URI))).await.expect("no deadlock");
    assert_eq!(answer.expect("an answer").status(), 200);
    assert_eq!(signed_at(&server), [0, HOUR]);
}

#[tokio::test]
async fn what_one_origin_says_is_not_believed_of_another() {
    let server = ahead();
    let layer = signing("https://api.example").add_origin("https://other.example").expect("an origin");
    let layer = layer.pass_others_unsigned();
    let client = layer.layer(server.clone());
    client.clone().oneshot(get(URI)).await.expect("an answer");
    client.clone().oneshot(get("https://other.example/")).await.expect("an answer");
    assert_eq!(signed_at(&server), [0, HOUR, 0, HOUR]);

    // Nor is anything of an origin that nothing is signed for.
    let server = Server::new(|_| with(status(401), "date", DATE));
    let client = signing("https://api.example").pass_others_unsigned().layer(server.clone());
    client.oneshot(get("https://else.example/")).await.expect("an answer");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_credential_without_a_time_is_not_sent_again() {
    let server = Server::new(|_| with(status(401), "date", DATE));
    let token = portcullis::sign::BearerSigner::new(&"a-token".into()).expect("a token");
    let layer = SignLayer::for_origin("https://api.example", token).expect("an origin");
    let layer = layer.with_clock(FrozenClock::at(NOW));
    let answer = layer.layer(server.clone()).oneshot(get(URI)).await.expect("an answer");
    assert_eq!((answer.status().as_u16(), server.seen().len()), (401, 1));
}
