//! What becomes of a body whose request is refused before it was read.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, web};
use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis::actix::AuthMiddleware;
use portcullis::request::{Carriers, RequestView};
use portcullis::store::StoredPrincipal;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{
    AuthError, Authenticator, Challenge, Challenges, Outcome, Principal, Reason, SiteId, UserId,
};
use tower::{Layer, ServiceExt, service_fn};

use crate::battery::client::{Answer, Ask, Body, connect, read_head, receive_next};
use crate::battery::serve_actix::serving;
use crate::battery::server::Server;
use crate::body::{Counted, data};
use crate::guarded_bodies::Step;

const MIB: usize = 1 << 20;

/// Whoever names a plan is ada, who has no scopes and no sites: `read` asks for the body first,
/// and `fail` refuses her.
#[derive(Clone)]
struct Planned;

impl Authenticator for Planned {
    type Principal = StoredPrincipal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<StoredPrincipal>, AuthError> {
        match request.unique_header("x-plan")? {
            None => return Ok(Outcome::Absent),
            Some("read") => drop(request.body().await?),
            Some("fail") => return Err(AuthError::new(Reason::InvalidCredential)),
            Some("down") => return Err(AuthError::new(Reason::StoreUnavailable)),
            Some(_) => {}
        }
        let ada = Principal::builder(Some(UserId::from("ada"))).account(None);
        Ok(Outcome::Authenticated(ada.site(Some(SiteId::from("shop"))).build()))
    }

    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Planned"));
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_header("x-plan");
    }
}

/// How long a body may take.
type Serve = fn(Duration) -> Server;

const SERVERS: [(&str, Serve); 3] = [("axum", of_axum), ("tower", of_tower), ("actix", of_actix)];
const LONG: Duration = Duration::from_secs(30);
/// Long for a connection within one machine, and short for who waits.
const SHORT: Duration = Duration::from_millis(200);

fn tenancy() -> Tenancy<MemoryKeyStore> {
    Tenancy::new(TenantSource::header_site("x-site")).with_sites(MemoryKeyStore::new())
}

fn layer(timeout: Duration) -> AuthLayer<Planned> {
    AuthLayer::new(Planned).with_body_timeout(timeout).with_body_limit(16)
}

fn of_axum(timeout: Duration) -> Server {
    let auth = layer(timeout);
    let router = Router::new()
        .route("/", any(async || "handled"))
        .route("/scopes", any(async || "handled").layer(auth.require_scopes(["a"])))
        .route("/tenant", any(async || "handled").layer(auth.require_tenant(tenancy())))
        .layer(auth);
    Server::on_tokio(async move |listener| axum::serve(listener, router).await.expect("it serves"))
}

fn of_tower(timeout: Duration) -> Server {
    Server::on_tokio(async move |listener| {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let service = service_fn(move |request: Request<Incoming>| async move {
                let auth = layer(timeout);
                let handler = service_fn(|_| async {
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"handled"))))
                });
                match request.uri().path() {
                    "/scopes" => {
                        let inner = auth.require_scopes(["a"]).layer(handler);
                        auth.layer(inner).oneshot(request).await.map(|it| it.map(BodyExt::boxed_unsync))
                    }
                    "/tenant" => {
                        let inner = auth.require_tenant(tenancy()).layer(handler);
                        auth.layer(inner).oneshot(request).await.map(|it| it.map(BodyExt::boxed_unsync))
                    }
                    _ => auth.layer(handler).oneshot(request).await.map(|it| it.map(BodyExt::boxed_unsync)),
                }
            });
            let serving = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
            tokio::spawn(serving);
        }
    })
}

fn of_actix(timeout: Duration) -> Server {
    serving(move || {
        let auth = AuthMiddleware::new(Planned).with_body_timeout(timeout).with_body_limit(16);
        let handler = || web::route().to(async || HttpResponse::Ok().body("handled"));
        App::new().route("/health", web::route().to(async || "healthy")).service(
            web::scope("")
                .route("/", handler())
                .service(web::resource("/scopes").wrap(auth.require_scopes(["a"])).route(handler()))
                .service(web::resource("/tenant").wrap(auth.require_tenant(tenancy())).route(handler()))
                .wrap(auth),
        )
    })
}

fn ask(target: &str, plan: &str, body: Body) -> Ask {
    let ask = Ask::new("POST", target).with_body(body);
    if plan.is_empty() { ask } else { ask.with("x-plan", plan).with("x-site", "none") }
}

/// The next answer.
fn answer(stream: &mut TcpStream) -> Answer {
    receive_next(stream, "POST", &mut Vec::new())
}

/// Asserts that the connection is good for another request.
fn serves_on(name: &str, stream: &mut TcpStream) {
    let last = ask("/", "let in", Body::Nothing);
    stream.write_all(&last.bytes()).expect("it is open");
    assert_eq!(answer(stream).body, b"handled", "{name}");
}

fn is_closed(name: &str, stream: &mut TcpStream) {
    let closed = stream.read(&mut [0]);
    assert!(matches!(closed, Ok(0)), "{name}: {closed:?}");
}

/// Or the client would send its next request into a connection that is being closed.
fn says_close(said: &str) -> bool {
    said.to_ascii_lowercase().contains("\r\nconnection: close\r\n")
}

#[test]
fn who_sends_everything_before_it_reads_is_told_why_and_may_go_on() {
    let whole = || Body::Whole(vec![b'w'; 8 * MIB]);
    let chunked = || Body::Chunked(vec![vec![b'c'; 1 << 16]; 128]);
    for (name, serve) in SERVERS {
        let server = serve(LONG);
        for (target, plan, status) in [
            ("/", "", 401),
            ("/", "fail", 401),
            ("/", "down", 503),
            ("/", "read", 413),
            ("/scopes", "let in", 403),
            ("/tenant", "let in", 403),
        ] {
            for body in [whole(), chunked()] {
                let mut stream = connect(server.address);
                stream.write_all(&ask(target, plan, body).bytes()).expect("somebody reads it");
                let came = answer(&mut stream);
                assert_eq!(came.status, status, "{name} {target} {plan}");
                assert!(came.body.starts_with(b"{"), "{name} {target} {plan}");
                serves_on(name, &mut stream);
            }
        }
    }
}

#[test]
fn a_body_that_is_announced_as_too_long_is_not_waited_for() {
    for (name, serve) in SERVERS {
        let server = serve(LONG);
        for length in [8 * MIB + 1, 1 << 30] {
            let (mut stream, start) = (connect(server.address), Instant::now());
            let body = Body::Announced(length, Vec::new());
            stream.write_all(&ask("/", "", body).bytes()).expect("sent");
            let mut said = String::new();
            stream.read_to_string(&mut said).expect("it is closed");
            assert!(said.starts_with("HTTP/1.1 401 ") && says_close(&said), "{name}: {said}");
            assert!(start.elapsed().as_secs() < 4, "{name}");
        }
    }
}

#[test]
fn a_client_that_is_slow_has_its_answer_soon_and_no_connection_any_more() {
    for (name, serve) in SERVERS {
        let server = serve(SHORT);
        for body in [Body::Announced(100, b"slow".to_vec()), Body::CutOffChunk(b"slow".to_vec())] {
            let (mut stream, ask) = (connect(server.address), ask("/", "", body));
            stream.write_all(&ask.bytes()).expect("sent");
            let came = answer(&mut stream);
            assert_eq!((came.status, came.body.is_empty()), (401, false), "{name}");
            // Of chunks, actix-web itself reads on.
            if name != "actix" || matches!(ask.body, Body::Announced(..)) {
                is_closed(name, &mut stream);
            }
        }
    }
}

/// With tower and axum: a client that listens need not send the rest.
#[test]
fn the_head_of_a_refusal_waits_for_nobody() {
    for (name, serve) in &SERVERS[..2] {
        let server = serve(LONG);
        let mut stream = connect(server.address);
        let body = Body::Announced(8, b"slow".to_vec());
        stream.write_all(&ask("/", "", body).bytes()).expect("sent");
        let head = read_head(&mut stream).expect("a head");
        assert!(head.starts_with("HTTP/1.1 401 "), "{name}: {head}");
        stream.write_all(b"rest").expect("it is open");
        let mut first = [0];
        stream.read_exact(&mut first).expect("the content");
        assert_eq!(&first, b"{", "{name}");
    }
}

#[test]
fn who_waits_to_be_asked_for_a_body_is_not_asked_for_it() {
    for (name, serve) in SERVERS {
        let server = serve(LONG);
        let mut stream = connect(server.address);
        let ask = ask("/", "", Body::Announced(MIB, Vec::new())).with("Expect", "100-continue");
        stream.write_all(&ask.bytes()).expect("sent");
        if name == "actix" {
            // It asks before it calls anybody, so there is a body.
            let head = read_head(&mut stream).expect("a head");
            assert!(head.starts_with("HTTP/1.1 100 "), "{head}");
            stream.write_all(&vec![b'b'; MIB]).expect("somebody reads it");
            assert_eq!(answer(&mut stream).status, 401);
            serves_on(name, &mut stream);
        } else {
            let mut said = String::new();
            stream.read_to_string(&mut said).expect("it is closed");
            assert!(said.starts_with("HTTP/1.1 401 ") && says_close(&said), "{name}: {said}");
        }
    }
}

#[test]
fn who_was_asked_for_a_body_and_sends_too_much_is_told_so() {
    for (name, serve) in SERVERS {
        let server = serve(LONG);
        let mut stream = connect(server.address);
        let ask = ask("/", "read", Body::Nothing).with("Transfer-Encoding", "chunked");
        stream.write_all(&ask.with("Expect", "100-continue").bytes()).expect("sent");
        let head = read_head(&mut stream).expect("a head");
        assert!(head.starts_with("HTTP/1.1 100 "), "{name}: {head}");
        let chunk = [&b"100000\r\n"[..], &vec![b'c'; MIB], b"\r\n"].concat();
        for _ in 0..7 {
            stream.write_all(&chunk).expect("somebody reads it");
        }
        stream.write_all(b"0\r\n\r\n").expect("somebody reads it");
        assert_eq!(answer(&mut stream).status, 413, "{name}");
        serves_on(name, &mut stream);
    }
}

/// How often a body of three pieces is polled in vain or for a piece, and the answer.
async fn polled(layer: &AuthLayer<Planned>, announced: Option<u64>, request: Request<()>) -> [usize; 2] {
    let (body, polled) = Counted::new(vec![data("abcd"), data("efg"), data("hi")], announced);
    let inner = service_fn(|_: Request<AuthBody<Counted>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let response = layer.layer(inner).oneshot(request.map(|()| body)).await.expect("infallible");
    let before = polled.count();
    assert_eq!(crate::kit::answer(response).await.status, 401);
    [before, polled.count()]
}

#[tokio::test]
async fn no_more_is_read_than_the_limit_says() {
    let request = || Request::post("/").body(()).expect("a request");
    let limited = |bytes| layer(LONG).with_drain_limit(bytes);
    for (layer, announced, times) in [
        (layer(LONG), None, 8),
        (layer(LONG), Some(9), 8),
        (layer(LONG), Some(u64::MAX), 0),
        (limited(9), Some(9), 8),
        (limited(8), Some(9), 0),
        (limited(8), None, 6),
        (limited(6), None, 4),
        (limited(0), None, 0),
        (limited(0), Some(9), 0),
    ] {
        assert_eq!(polled(&layer, announced, request()).await, [0, times], "{announced:?}");
    }
    let mut expecting = request();
    expecting.headers_mut().insert("expect", "100-continue".parse().expect("a value"));
    assert_eq!(polled(&layer(LONG), Some(9), expecting.clone()).await, [0, 0]);
    // Which knows nothing of that.
    *expecting.version_mut() = Version::HTTP_10;
    assert_eq!(polled(&layer(LONG), Some(9), expecting).await, [0, 8]);
    for (version, times) in
        [(Version::HTTP_10, 8), (Version::HTTP_11, 8), (Version::HTTP_2, 0), (Version::HTTP_3, 0)]
    {
        let mut request = request();
        *request.version_mut() = version;
        assert_eq!(polled(&layer(LONG), Some(9), request).await, [0, times], "{version:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_is_waited_for_5_seconds_and_no_longer_than_another() {
    let asked = |timeout: Option<Duration>| {
        let ask = crate::guarded_bodies::Ask::new("abcd", [Step::Stall]).with("x-plan", "both");
        timeout.map_or(ask.clone(), |timeout| ask.within(timeout))
    };
    let second = Duration::from_secs(1);
    for (timeout, seconds) in
        [(None, 5), (Some(Duration::MAX), 5), (Some(7 * second), 5), (Some(2 * second), 2)]
    {
        let ask = asked(timeout);
        let start = tokio::time::Instant::now();
        let inner = service_fn(|_: Request<AuthBody<_>>| async {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let response = ask.layer().layer(inner).oneshot(ask.request()).await.expect("infallible");
        assert_eq!((response.status().as_u16(), start.elapsed().as_secs()), (401, 0));
        response.into_body().collect().await.expect("its content");
        assert_eq!(start.elapsed().as_secs(), seconds);
        assert_eq!(ask.of_actix().await.status, 401);
        assert_eq!(start.elapsed().as_secs(), 2 * seconds);
    }
}

#[test]
fn outside_of_a_runtime_a_refusal_waits_for_nobody() {
    let ask = crate::guarded_bodies::Ask::new("abcd", [Step::Stall]).with("x-plan", "both");
    let inner = service_fn(|_: Request<AuthBody<_>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let mut answering = Box::pin(async {
        let response = ask.layer().layer(inner).oneshot(ask.request()).await.expect("infallible");
        response.into_body().collect().await.expect("its content").to_bytes()
    });
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(body) = answering.as_mut().poll(&mut cx) else { panic!("it waits") };
    assert!(body.starts_with(b"{"));
}
