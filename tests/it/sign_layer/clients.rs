//! Real clients, over loopback, to a real server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use portcullis::client::ReqwestClient;
use portcullis::sign::SwappableSigner;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::tower::AuthLayer;
use portcullis::tower::sign::SignLayer;
use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookSigner, WebhookVerifier};
use portcullis::{FrozenClock, Principal};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt};

use super::{BoxError, Out};
use crate::kit::NOW;

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub(super) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
    address
}

/// By a clock that is an hour ahead.
const DATE: &str = "Tue, 14 Nov 2023 23:13:20 GMT";

/// Takes events that are signed with either secret, by a clock that is an hour ahead of the
/// clients' or the same, and tells the hour in both cases.
async fn events(ahead: Duration) -> String {
    let verifier = WebhookVerifier::new(WebhookScheme::standard(), [OLD, NEW]).expect("a verifier");
    let events = WebhookAuthenticator::new("shop", Principal::new("shop"), verifier, MemoryNonceStore::new());
    let clock = FrozenClock::at(NOW.saturating_add(ahead));
    let date = |answer: axum::response::Response| ([("date", DATE)], answer).into_response();
    let router = Router::new()
        .route("/hooks", axum::routing::post(async |body: String| body))
        .layer(AuthLayer::new(events).with_clock(clock))
        .layer(tower::util::MapResponseLayer::new(date));
    format!("http://{}", serve(router).await)
}

fn signer(secret: &str) -> WebhookSigner {
    WebhookSigner::new(WebhookScheme::standard(), [secret]).expect("a signer")
}

fn hyper() -> Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

fn event(origin: &str, body: &str) -> Out {
    let body = Full::from(body.to_owned());
    Request::post(format!("{origin}/hooks")).body(body).expect("a request")
}

/// Sends an event, and gives back the status and the body of the answer.
async fn sent<S, R>(client: &S, request: Out) -> (u16, String)
where
    S: Service<Out, Response = Response<R>, Error = BoxError> + Clone,
    R: hyper::body::Body,
    R::Error: std::fmt::Debug,
{
    let answer = client.clone().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.expect("a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn hyper_and_reqwest_send_what_our_server_accepts() {
    let clock = FrozenClock::at(NOW);
    let origin = events(Duration::ZERO).await;
    let layer = SignLayer::for_origin(&origin, signer(OLD)).expect("an origin").with_clock(clock);
    let (hyper, reqwest) = (layer.layer(hyper()), layer.layer(ReqwestClient::new().expect("a client")));
    for body in ["", "{}", &"x".repeat(100_000)] {
        assert_eq!(sent(&hyper, event(&origin, body)).await, (200, body.to_owned()));
        assert_eq!(sent(&reqwest, event(&origin, body)).await, (200, body.to_owned()));
    }
    let unsigned = self::hyper().request(event(&origin, "")).await.expect("an answer");
    assert_eq!(unsigned.status(), 401);
    // An id that is sent again at the same second is a repeat.
    let mut named = event(&origin, "");
    named.headers_mut().insert("webhook-id", http::HeaderValue::from_static("msg_1"));
    assert_eq!(sent(&hyper, named.clone()).await.0, 200);
    assert_eq!(sent(&reqwest, named).await.0, 401);
}

#[tokio::test]
async fn a_clock_that_is_an_hour_behind_costs_one_more_request() {
    let clock = FrozenClock::at(NOW);
    let origin = events(Duration::from_secs(3_600)).await;
    let layer = SignLayer::for_origin(&origin, signer(OLD)).expect("an origin").with_clock(clock);
    assert_eq!(sent(&layer.layer(hyper()), event(&origin, "{}")).await.0, 401);
    let layer = layer.dangerous_learn_clock_without_tls();
    assert_eq!(sent(&layer.layer(hyper()), event(&origin, "{}")).await, (200, "{}".to_owned()));
    let reqwest = layer.layer(ReqwestClient::new().expect("a client"));
    assert_eq!(sent(&reqwest, event(&origin, "{}")).await, (200, "{}".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_replaced_under_load_fails_no_request() {
    let clock = FrozenClock::at(NOW);
    let origin = events(Duration::ZERO).await;
    let key = SwappableSigner::new(signer(OLD));
    let layer = SignLayer::for_origin(&origin, key.clone()).expect("an origin").with_clock(clock);
    let client = layer.layer(hyper());
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let (client, origin) = (client.clone(), origin.clone());
            tokio::spawn(async move {
                for _ in 0..100 {
                    assert_eq!(sent(&client, event(&origin, "{}")).await.0, 200);
                }
            })
        })
        .collect();
    for secret in [NEW, OLD].into_iter().cycle().take(200) {
        key.replace(signer(secret));
        tokio::task::yield_now().await;
    }
    for sender in senders {
        sender.await.expect("every event was taken");
    }
}

/// A server that notes the headers that come to it.
async fn noting(answer: Option<String>) -> (String, Arc<Mutex<Vec<HeaderMap>>>) {
    let seen: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let handler = move |request: Incoming| {
        notes.lock().expect("unharmed").push(request.headers().clone());
        let answer = match &answer {
            Some(location) => (StatusCode::FOUND, [("location", location.clone())]).into_response(),
            None => StatusCode::OK.into_response(),
        };
        async move { Ok::<_, Infallible>(answer) }
    };
    let router = Router::new().fallback_service(tower::service_fn(handler));
    (format!("http://{}", serve(router).await), seen)
}

#[tokio::test]
async fn reqwest_takes_headers_of_ones_own_to_another_origin_and_our_client_goes_nowhere() {
    let (elsewhere, stolen) = noting(None).await;
    let (origin, _) = noting(Some(elsewhere)).await;
    let signed = reqwest::Client::new().get(format!("{origin}/"));
    let answer = signed.header("authorization", "Bearer x").header("x-auth-signature", "s").send().await;
    assert_eq!(answer.expect("an answer").status().as_u16(), 200);
    let heads = std::mem::take(&mut *stolen.lock().expect("unharmed"));
    // This is why redirects are turned off in the client.
    assert!(!heads[0].contains_key("authorization") && heads[0].contains_key("x-auth-signature"));

    let layer = SignLayer::for_origin(&origin, signer(OLD)).expect("an origin");
    let reqwest = layer.layer(ReqwestClient::new().expect("a client"));
    assert_eq!(sent(&reqwest, event(&origin, "")).await.0, 302);
    assert_eq!(sent(&layer.layer(hyper()), event(&origin, "")).await.0, 302);
    assert!(stolen.lock().expect("unharmed").is_empty());
}
