//! Whom a credential is for.

use http::HeaderValue;
use portcullis::sign::{BearerSigner, SignError};
use portcullis::tower::sign::{SignLayer, SignLayerError};
use portcullis::webhook::{WebhookScheme, WebhookSigner};
use tower::{Layer, ServiceExt};

use super::{Server, Stamp, get, refusal, status};
use crate::kit::NOW;

fn own() -> SignLayer {
    let layer = SignLayer::for_origin("https://api.example", Stamp::default()).expect("an origin");
    layer.with_clock(portcullis::FrozenClock::at(NOW))
}

#[tokio::test]
async fn requests_for_the_origin_are_signed_with_the_time_of_now_and_never_alike() {
    let server = Server::new(|_| status(200));
    let client = own().add_origin("https://other.example:8443").expect("an origin").layer(server.clone());
    for uri in ["https://api.example/a", "https://API.example:443/b", "https://other.example:8443/"] {
        assert_eq!(client.clone().oneshot(get(uri)).await.expect("an answer").status(), 200);
    }
    let stamps: Vec<_> = server.seen().into_iter().filter_map(|(_, stamp)| stamp).collect();
    assert_eq!(stamps, ["1700000000 0 0", "1700000000 1 0", "1700000000 2 0"]);
}

#[tokio::test]
async fn requests_for_other_origins_are_refused_and_not_sent() {
    let server = Server::new(|_| status(200));
    let client = own().layer(server.clone());
    for uri in [
        "http://api.example/",
        "https://api.example:8443/",
        "https://evil.example/",
        "https://api.example@evil.example/",
        "https://api.example.evil.example/",
        "/relative",
    ] {
        let refused = refusal(client.clone().oneshot(get(uri)).await);
        assert!(matches!(refused, SignLayerError::ForeignOrigin), "{uri}");
    }
    let mut fronted = get("https://api.example/");
    fronted.headers_mut().insert("host", HeaderValue::from_static("evil.example"));
    assert!(matches!(refusal(client.oneshot(fronted).await), SignLayerError::ForeignOrigin));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn requests_for_other_origins_pass_without_any_credential_where_that_is_asked_for() {
    let server = Server::new(|_| status(200));
    let client = own().pass_others_unsigned().layer(server.clone());
    let mut request = get("https://files.example/a");
    let mut sensitive = HeaderValue::from_static("s");
    sensitive.set_sensitive(true);
    for (name, value) in [
        ("authorization", HeaderValue::from_static("Bearer x")),
        ("cookie", HeaderValue::from_static("a=b")),
        ("x-api-key", HeaderValue::from_static("k")),
        ("x-auth-signature", HeaderValue::from_static("s")),
        ("x-own", sensitive),
        ("accept", HeaderValue::from_static("*/*")),
    ] {
        request.headers_mut().insert(name, value);
    }
    assert_eq!(client.clone().oneshot(request).await.expect("an answer").status(), 200);
    let names: Vec<_> = server.heads()[0].headers.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["accept"]);
}

#[tokio::test]
async fn any_origin_is_signed_for_only_where_that_is_asked_for() {
    let server = Server::new(|_| status(401));
    let client = SignLayer::dangerous_for_any_origin(Stamp::default()).layer(server.clone());
    for uri in ["https://a.example/", "http://b.example/", "/c"] {
        client.clone().oneshot(get(uri)).await.expect("an answer");
    }
    assert!(server.seen().iter().all(|(_, stamp)| stamp.is_some()));
    assert_eq!(server.seen().len(), 3, "no clock is learned");
}

#[tokio::test]
async fn what_signing_adds_is_marked_as_sensitive_and_the_rest_is_not() {
    let server = Server::new(|_| status(200));
    let mut request = get("https://api.example/");
    request.headers_mut().insert("accept", HeaderValue::from_static("*/*"));
    own().layer(server.clone()).oneshot(request).await.expect("an answer");
    let bearer = BearerSigner::new(&"abc".into()).expect("a token");
    let layer = SignLayer::for_origin("https://api.example", bearer).expect("an origin");
    assert!(!format!("{layer:?}").contains("abc"), "{layer:?}");
    layer.layer(server.clone()).oneshot(get("https://api.example/")).await.expect("an answer");
    let heads = server.heads();
    let sensitive = |place: usize, name: &str| heads[place].headers[name].is_sensitive();
    assert!(sensitive(0, "x-stamp") && !sensitive(0, "accept") && sensitive(1, "authorization"));
}

#[tokio::test]
async fn a_request_that_cannot_be_signed_is_not_sent() {
    let server = Server::new(|_| status(200));
    let mut request = get("https://api.example/");
    request.headers_mut().insert("x-stamp", HeaderValue::from_static("mine"));
    let refused = refusal(own().layer(server.clone()).oneshot(request).await);
    assert!(matches!(refused, SignLayerError::NotSigned(SignError::AlreadySigned)));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_event_keeps_the_id_it_has_and_gets_one_where_it_has_none() {
    let server = Server::new(|_| status(200));
    let scheme = WebhookScheme::standard();
    let signer = WebhookSigner::new(scheme, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).expect("a signer");
    let client =
        SignLayer::for_origin("https://api.example", signer).expect("an origin").layer(server.clone());
    let mut named = get("https://api.example/");
    named.headers_mut().insert("webhook-id", HeaderValue::from_static("msg_7"));
    for request in [named, get("https://api.example/"), get("https://api.example/")] {
        client.clone().oneshot(request).await.expect("an answer");
    }
    let heads = server.heads();
    let ids: Vec<_> = heads.iter().map(|head| head.headers["webhook-id"].clone()).collect();
    assert!(ids[0] == "msg_7" && ids[1] != ids[2] && ids[1] != "msg_7");
    for bad in ["a.b", ""] {
        let mut request = get("https://api.example/");
        request.headers_mut().insert("webhook-id", HeaderValue::from_static(bad));
        let refused = refusal(client.clone().oneshot(request).await);
        assert!(matches!(refused, SignLayerError::NotSigned(SignError::InvalidHeader)));
    }
}
