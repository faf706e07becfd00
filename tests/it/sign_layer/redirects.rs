//! Credentials do not travel with redirects.

use portcullis::FrozenClock;
use portcullis::tower::sign::{SignLayer, SignLayerError};
use tower::{Layer, ServiceExt};
use tower_http::follow_redirect::FollowRedirect;

use super::{Server, Stamp, get, refusal, status, with};
use crate::kit::NOW;

const HOME: &str = "https://api.example/start";

fn own() -> SignLayer {
    let layer = SignLayer::for_origin("https://api.example", Stamp::default()).expect("an origin");
    layer.with_clock(FrozenClock::at(NOW))
}

/// Leads from each of these to the next.
fn leading(steps: &'static [&'static str]) -> Server {
    Server::new(move |head| {
        let here = steps.iter().position(|step| *step == head.uri.to_string()).expect("a step");
        match steps.get(here + 1) {
            Some(next) => with(status(307), "location", next),
            None => status(200),
        }
    })
}

fn is_signed(server: &Server) -> Vec<bool> {
    server.seen().iter().map(|(_, stamp)| stamp.is_some()).collect()
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_signed_anew() {
    let server = leading(&[HOME, "https://api.example/next"]);
    let client = FollowRedirect::new(own().layer(server.clone()));
    assert_eq!(client.oneshot(get(HOME)).await.expect("an answer").status(), 200);
    let stamps: Vec<_> = server.seen().into_iter().filter_map(|(_, stamp)| stamp).collect();
    assert_eq!(stamps, ["1700000000 0 0", "1700000000 1 0"]);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_refused() {
    for elsewhere in [
        &[HOME, "https://evil.example/"],
        &[HOME, "http://api.example/start"],
        &[HOME, "https://api.example:444/"],
    ] {
        let server = leading(elsewhere);
        let client = FollowRedirect::new(own().layer(server.clone()));
        assert!(matches!(refusal(client.oneshot(get(HOME)).await), SignLayerError::ForeignOrigin));
        assert_eq!(is_signed(&server), [true], "nothing was sent there");
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_goes_there_unsigned_and_nobody_leads_back() {
    let away: &[&str] = &[HOME, "https://files.example/a", "https://cdn.example/a"];
    let server = leading(away);
    let client = FollowRedirect::new(own().pass_others_unsigned().layer(server.clone()));
    assert_eq!(client.oneshot(get(HOME)).await.expect("an answer").status(), 200);
    assert_eq!(is_signed(&server), [true, false, false]);

    for back in [
        &[HOME, "https://evil.example/", "https://api.example/pay"][..],
        &[HOME, "https://evil.example/", "https://more.example/", "https://api.example:443/pay"],
        &["https://evil.example/", "https://api.example/pay"],
    ] {
        let server = leading(back);
        let client = FollowRedirect::new(own().pass_others_unsigned().layer(server.clone()));
        assert!(matches!(refusal(client.oneshot(get(back[0])).await), SignLayerError::RedirectedBack));
        assert!(!server.seen().iter().any(|(uri, _)| uri.ends_with("/pay")), "{back:?}");
    }
}

#[tokio::test]
async fn without_a_layer_that_follows_them_redirects_are_answers() {
    let server = leading(&[HOME, "https://evil.example/"]);
    let answer = own().layer(server.clone()).oneshot(get(HOME)).await.expect("an answer");
    assert_eq!((answer.status().as_u16(), server.seen().len()), (307, 1));
}
