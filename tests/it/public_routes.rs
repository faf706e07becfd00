//! The routes that are there for strangers: the server's time, and the token form.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, test, web};
use axum::Router;
use bytes::Bytes;
use http::Request;
use http_body::Frame;
use portcullis::FrozenClock;
use portcullis::jwt::{JwtIssuer, JwtPolicy, JwtVerifier, TokenEndpoint};
use portcullis::password::{PasswordHash, PasswordVerifier, SinglePassword};
use portcullis::testing::TestKit;
use portcullis::{Clock, Timestamp};
use tower::ServiceExt;

use crate::body::Counted;
use crate::kit::{Answer, NOW, answer};
use crate::pages::from_actix;

/// What both frameworks answer at `/time` and `/token`.
async fn both(kit: &TestKit, request: Request<Vec<u8>>) -> Answer {
    let endpoint = || {
        let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("hash");
        let passwords = PasswordVerifier::single(SinglePassword::new("ada".into(), hash)).expect("passwords");
        TokenEndpoint::new(JwtIssuer::new(kit.jwt_key(), Duration::from_secs(60)), passwords)
    };
    let clock = || kit.clock();
    let app: Router = Router::new()
        .route("/time", portcullis::axum::server_time(clock()))
        .route("/token", portcullis::axum::token_endpoint(endpoint(), clock()));
    let sent = request.clone().map(axum::body::Body::from);
    let axum = answer(app.oneshot(sent).await.expect("infallible")).await;

    let app = App::new()
        .route("/time", portcullis::actix::server_time(clock()))
        .route("/token", portcullis::actix::token_endpoint(Arc::new(endpoint()), clock()));
    let app = test::init_service(app).await;
    let request = portcullis::testing::actix::request(request).to_request();
    let actix = from_actix(test::call_service(&app, request).await).await;

    let shown = |answer: &Answer| {
        let headers = ["content-type", "cache-control", "www-authenticate"];
        (answer.status, headers.map(|name| answer.header(name).join(", ")), answer.body.clone())
    };
    assert_eq!(shown(&axum), shown(&actix));
    axum
}

fn post(content_types: &[&str], body: &[u8]) -> Request<Vec<u8>> {
    let request = Request::post("/token");
    let request = content_types.iter().fold(request, |request, value| request.header("content-type", *value));
    request.body(body.to_vec()).expect("request")
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_time_is_the_clocks_and_nobody_keeps_it() {
    let kit = TestKit::new();
    kit.clock().set(Timestamp::from_unix_micros(1_700_000_000_274_000));
    let time = both(&kit, Request::get("/time").body(Vec::new()).expect("request")).await;
    assert_eq!((time.status.as_u16(), time.body.as_str()), (200, r#"{"time": 1700000000.274}"#));
    assert_eq!(time.header("content-type"), ["application/json"]);
    assert_eq!(time.header("cache-control"), ["no-store"]);
    for (method, status) in [("HEAD", 200), ("POST", 405)] {
        let request = Request::builder().method(method).uri("/time").body(Vec::new()).expect("request");
        // In tests, no connection takes the body of an answer to HEAD off.
        let app: Router = Router::new().route("/time", portcullis::axum::server_time(kit.clock()));
        let sent = request.clone().map(axum::body::Body::from);
        assert_eq!(app.oneshot(sent).await.expect("infallible").status(), status, "{method}");
        let time = web::resource("/time").route(portcullis::actix::server_time(kit.clock()));
        let app = test::init_service(App::new().service(time)).await;
        let request = portcullis::testing::actix::request(request).to_request();
        assert_eq!(test::call_service(&app, request).await.status().as_u16(), status, "{method}");
    }
}

#[tokio::test]
async fn a_client_that_signs_by_the_servers_time_is_accepted_however_wrong_its_clock_is() {
    use portcullis::query_signature::QuerySignatureAuthenticator;
    use portcullis::tower::AuthLayer;

    let kit = TestKit::new();
    let time = both(&kit, Request::get("/time").body(Vec::new()).expect("request")).await;
    let time: serde_json::Value = serde_json::from_str(&time.body).expect("JSON");
    let seconds = time["time"].as_f64().expect("a number");
    let theirs = FrozenClock::at(Timestamp::from_unix_micros((seconds * 1e6) as i64));
    assert_eq!(theirs.now(), NOW);

    let key = kit.signed_url("ada");
    let auth =
        AuthLayer::new(QuerySignatureAuthenticator::new(kit.keys(), kit.nonces())).with_clock(kit.clock());
    let app = Router::new().route("/", axum::routing::get(async || "in")).layer(auth);
    let signer = portcullis::query_signature::QuerySigner::new(key.id().expect("id").clone(), key.secret());
    for (now, status) in [(theirs.now(), 200), (Timestamp::from_unix_seconds(86_400), 401)] {
        let url = signer.sign("/", b"", now).expect("signed");
        let sent = Request::get(url).body(axum::body::Body::empty()).expect("request");
        assert_eq!(app.clone().oneshot(sent).await.expect("infallible").status(), status);
    }
}

#[tokio::test]
async fn a_password_buys_a_token_that_verifies() {
    let kit = TestKit::new();
    let answer = both(&kit, post(&[FORM], b"username=ada&password=correct+horse")).await;
    assert_eq!(answer.status, 200);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    let token = answer["access_token"].as_str().expect("token");
    let verifier = JwtVerifier::new(JwtPolicy::new(), [kit.jwt_key()]).expect("verifier");
    assert_eq!(verifier.verify(token, NOW).expect("verified").subject(), Some("ada"));
}

#[tokio::test]
async fn the_form_is_refused_alike_in_both_frameworks() {
    let kit = TestKit::new();
    let form = |length: usize| [b"username=ada&password=".to_vec(), vec![b'x'; length - 22]].concat();
    for (request, status, challenge) in [
        (post(&[FORM], b"username=ada&password=wrong"), 401, vec!["Bearer"]),
        (post(&[FORM], b"username=eve&password=correct+horse"), 401, vec!["Bearer"]),
        (post(&[FORM], b"username=ada"), 422, vec![]),
        (post(&[FORM], b"username=ada&password=x&username=ada"), 400, vec![]),
        (post(&[FORM], &form(16 * 1024)), 401, vec!["Bearer"]),
        (post(&[FORM], &form(16 * 1024 + 1)), 413, vec![]),
        (post(&[FORM], &form(3_000_000)), 413, vec![]),
        (post(&["application/json"], b"{}"), 415, vec![]),
        (post(&[FORM, FORM], b"username=ada&password=correct+horse"), 415, vec![]),
        (post(&[], b"username=ada&password=correct+horse"), 415, vec![]),
    ] {
        let answer = both(&kit, request).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert_eq!(answer.header("cache-control"), ["no-store"]);
    }
}

#[tokio::test]
async fn of_a_form_that_is_too_long_or_breaks_off_no_more_is_read_than_is_needed() {
    let kit = TestKit::new();
    let frame = |length: usize| Ok(Frame::data(Bytes::from(vec![b'x'; length])));
    for (frames, announced, status, polled) in [
        // Too long by what it says, by what comes, and broken off; every other poll is pending.
        (vec![frame(9)], Some(16 * 1024 + 1), 413, 0),
        (vec![frame(16 * 1024), frame(1), frame(1)], None, 413, 4),
        (vec![frame(9), Err("reset"), frame(1)], None, 400, 4),
    ] {
        let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("hash");
        let passwords = PasswordVerifier::single(SinglePassword::new("ada".into(), hash)).expect("passwords");
        let endpoint = TokenEndpoint::new(JwtIssuer::new(kit.jwt_key(), Duration::from_secs(60)), passwords);
        let app: Router = Router::new().route("/", portcullis::axum::token_endpoint(endpoint, kit.clock()));
        let (body, count) = Counted::new(frames, announced);
        let request = Request::post("/").header("content-type", FORM).body(body).expect("request");
        let answer = answer(app.oneshot(request).await.expect("infallible")).await;
        assert_eq!((answer.status.as_u16(), count.count()), (status, polled), "{}", answer.body);
        assert_eq!(answer.header("content-type"), ["application/json"]);
    }
}
