//! An hour of WispHub, by a clock that the test turns.

#[path = "../../examples/upstream_proxy/proxy/mod.rs"]
mod proxy;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use portcullis::client::{ClientFn, HttpClientError, ResponseLimits};
use portcullis::password::PasswordHash;
use portcullis::settings::Environment;
use portcullis::{Clock, FrozenClock, Timestamp};
use tokio::sync::Notify;
use tower::ServiceExt;

/// The beginning of an hour.
const BEGIN: Timestamp = Timestamp::from_unix_seconds(1_700_002_800);

/// The service, its clock, and what its upstream was asked.
struct Simulated {
    router: Router,
    clock: FrozenClock,
    asked: Arc<AtomicUsize>,
    status: Arc<Mutex<u16>>,
    /// What lets an answer about `?slow` come.
    gate: Arc<Notify>,
    token: String,
}

impl Simulated {
    async fn start() -> Self {
        let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("a hash");
        let settings = Environment::from_pairs([
            ("JWT_SECRET_KEY", "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oB"),
            ("API_USERNAME", "ada"),
            ("API_PASSWORD_HASH", hash.expose()),
            ("WISPHUB_NET_KEY", "h0Vc2mQx.T7qvYx2mWn0s"),
            ("WISPHUB_NET_HOST", "https://api.example"),
        ]);
        let settings = proxy::Settings::from_environment(&settings).expect("settings");
        let (clock, asked, status) =
            (FrozenClock::at(BEGIN), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(200)));
        let (count, answer) = (Arc::clone(&asked), Arc::clone(&status));
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let client = ClientFn::new(move |request: Request<Bytes>, _: ResponseLimits| {
            let opened = (request.uri().query() == Some("slow")).then(|| Arc::clone(&opened));
            count.fetch_add(1, Ordering::SeqCst);
            let status = *answer.lock().expect("a lock");
            async move {
                // Others come while this is under way.
                tokio::task::yield_now().await;
                if let Some(opened) = opened {
                    opened.notified().await;
                }
                let answer = Response::builder().status(status).header("content-type", "application/json");
                answer.body(Bytes::from_static(b"[]")).map_err(HttpClientError::failed)
            }
        });
        let router = proxy::router(settings, Arc::new(client), clock.clone()).expect("a service");
        let mut simulated = Self { router, clock, asked, status, gate, token: String::new() };
        let login =
            Request::post("/api/v1/auth/token").header("content-type", "application/x-www-form-urlencoded");
        let login = simulated
            .send(login.body("username=ada&password=correct+horse".into()).expect("a request"))
            .await;
        let token: serde_json::Value = serde_json::from_slice(&login.1).expect("JSON");
        simulated.token = token["access_token"].as_str().expect("a token").to_owned();
        simulated
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Bytes, Option<String>) {
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let (head, body) = answer.into_parts();
        let wait = head.headers.get_all("retry-after").iter().next();
        let wait = wait.map(|wait| wait.to_str().expect("text").to_owned());
        (head.status, axum::body::to_bytes(body, 1 << 20).await.expect("a body"), wait)
    }

    async fn get(&self, path: &str) -> u16 {
        let request = Request::get(path).header("authorization", format!("Bearer {}", self.token));
        self.send(request.body(Body::empty()).expect("a request")).await.0.as_u16()
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn six_thousand_requests_in_an_hour_become_twelve() {
    let service = Simulated::start().await;
    for _ in 0..6_000 {
        assert_eq!(service.get("/api/v1/clients/").await, 200);
        service.clock.advance(Duration::from_millis(600));
    }
    assert_eq!(service.clock.now(), BEGIN.saturating_add(Duration::from_secs(3600)));
    assert_eq!(service.asked(), 12);
}

#[tokio::test]
async fn plans_are_asked_for_four_times_an_hour() {
    let service = Simulated::start().await;
    for _ in 0..600 {
        assert_eq!(service.get("/api/v1/internet-plans/").await, 200);
        service.clock.advance(Duration::from_secs(6));
    }
    assert_eq!(service.asked(), 4);
}

#[tokio::test]
async fn an_answer_is_kept_to_its_last_moment_and_no_longer() {
    let service = Simulated::start().await;
    for (micros, asked) in [(0, 1), (299_999_999, 0), (1, 1), (300_000_000, 1)] {
        service.clock.advance(Duration::from_micros(micros));
        assert_eq!((service.get("/api/v1/clients/").await, service.asked()), (200, asked), "{micros}");
    }
    // A clock that goes back makes nothing live longer.
    service.clock.set(BEGIN);
    assert_eq!((service.get("/api/v1/clients/").await, service.asked()), (200, 1));
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_goes_out() {
    let service = Arc::new(Simulated::start().await);
    for (status, seen) in [(401, 502), (200, 200)] {
        *service.status.lock().expect("a lock") = status;
        let clients: Vec<_> = (0..100)
            .map(|_| {
                let service = Arc::clone(&service);
                tokio::spawn(async move { service.get("/api/v1/clients/").await })
            })
            .collect();
        for client in clients {
            assert_eq!(client.await.expect("no panic"), seen);
        }
        assert_eq!(service.asked(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_client_who_hangs_up_calls_nothing_off() {
    let service = Arc::new(Simulated::start().await);
    let asking = Arc::clone(&service);
    let client = tokio::spawn(async move { asking.get("/api/v1/clients/").await });
    while service.asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    client.abort();
    assert_eq!(service.get("/api/v1/clients/").await, 200);
    assert_eq!(service.asked(), 1);
}

#[tokio::test]
async fn a_hundred_a_minute_and_a_thousand_an_hour_go_out() {
    let service = Simulated::start().await;
    let mut sent = 0;
    for minute in 0..60 {
        for request in 0..110 {
            let status = service.get(&format!("/api/v1/tasks/?n={minute}.{request}")).await;
            let room = request < 100 && sent < 1_000;
            assert_eq!(status, if room { 200 } else { 503 }, "{minute} {request}");
            sent += usize::from(room);
        }
        service.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(service.asked(), 1_000);
}

#[tokio::test]
async fn whoever_has_to_wait_is_told_how_long() {
    let service = Simulated::start().await;
    for n in 0..100 {
        assert_eq!(service.get(&format!("/api/v1/tasks/?n={n}")).await, 200);
    }
    service.clock.advance(Duration::from_millis(18_500));
    let request = Request::get("/api/v1/tasks/").header("authorization", format!("Bearer {}", service.token));
    let (status, body, wait) = service.send(request.body(Body::empty()).expect("a request")).await;
    assert_eq!((status.as_u16(), wait.as_deref()), (503, Some("42")));
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((&body["ok"], &body["action"]), (&false.into(), &"CLIENT_NOT_FOUND".into()));
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let service = Simulated::start().await;
    for page in 0..200 {
        assert_eq!(service.get(&format!("/api/v1/clients/?page={page}")).await, 200);
        service.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(service.asked(), 200);
    // The 128 that end last are there, and the one before them is not.
    for (page, asked) in [(199, 0), (72, 0), (71, 1)] {
        assert_eq!(
            (service.get(&format!("/api/v1/clients/?page={page}")).await, service.asked()),
            (200, asked)
        );
    }
}

#[tokio::test]
async fn what_was_under_way_when_a_client_was_changed_is_not_kept() {
    let service = Arc::new(Simulated::start().await);
    let asking = Arc::clone(&service);
    let before = tokio::spawn(async move { asking.get("/api/v1/clients/?slow").await });
    while service.asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let change = Request::patch("/api/v1/clients/12/profile/").header("content-type", "application/json");
    let change = change.header("authorization", format!("Bearer {}", service.token));
    let change = service.send(change.body("{}".into()).expect("a request")).await;
    assert_eq!((change.0, service.asked()), (StatusCode::OK, 2));
    service.gate.notify_one();
    assert_eq!(before.await.expect("no panic"), 200);
    service.gate.notify_one();
    assert_eq!((service.get("/api/v1/clients/?slow").await, service.asked()), (200, 1));
    assert_eq!((service.get("/api/v1/clients/?slow").await, service.asked()), (200, 0));
}
