//! Over real connections: axum with its extractors, hyper alone, and actix-web with its own.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::{App, HttpResponse, web};
use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::response::IntoResponse;
use axum::routing::any;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis::actix::AuthMiddleware;
use portcullis::request::BodyFailure;
use portcullis::tower::{AuthBody, AuthLayer};
use tower::{Layer, service_fn};

use super::digested::{Digested, digest};
use crate::battery::client::{Answer, Ask, Body, connect, exchange, read_head, receive_next};
use crate::battery::going_away::reset;
use crate::battery::serve_actix::serving;
use crate::battery::server::Server;

/// How often a handler had a whole body.
type Whole = Arc<AtomicUsize>;

/// A route `/` that leaves it to the framework what becomes of a body that fails, and a route
/// `/told` that tells how it failed.
type Serve = fn(Whole) -> Server;

const SERVERS: [(&str, Serve); 3] = [("axum", of_axum), ("tower", of_tower), ("actix", of_actix)];

/// Long for a connection within one machine, and short for who waits.
const TIMEOUT: Duration = Duration::from_millis(200);

fn told(failure: Option<BodyFailure>) -> (u16, String) {
    let status = failure.map_or(400, |it| portcullis::AuthError::from(it).kind().status());
    (status, failure.map_or("it broke off".to_owned(), |failure| failure.to_string()))
}

fn of_axum(whole: Whole) -> Server {
    let plain = {
        let whole = Arc::clone(&whole);
        async move |body: Bytes| {
            whole.fetch_add(1, Ordering::SeqCst);
            body
        }
    };
    let asked = async move |body: Result<Bytes, BytesRejection>| match body {
        Ok(body) => {
            whole.fetch_add(1, Ordering::SeqCst);
            body.into_response()
        }
        Err(rejection) => {
            let (status, text) = told(BodyFailure::behind(&rejection));
            (StatusCode::from_u16(status).expect("a status"), text).into_response()
        }
    };
    let router = Router::new().route("/", any(plain)).route("/told", any(asked));
    let router = router.layer(AuthLayer::new(Digested::default()).with_body_timeout(TIMEOUT));
    Server::on_tokio(async move |listener| axum::serve(listener, router).await.expect("it serves"))
}

fn of_tower(whole: Whole) -> Server {
    Server::on_tokio(async move |listener| {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let whole = Arc::clone(&whole);
            let handler = service_fn(move |request: Request<AuthBody<Incoming>>| {
                let whole = Arc::clone(&whole);
                async move {
                    let plain = request.uri().path() == "/";
                    let (status, body) = match request.into_body().collect().await {
                        Ok(body) => {
                            whole.fetch_add(1, Ordering::SeqCst);
                            (200, body.to_bytes())
                        }
                        Err(_) if plain => (400, Bytes::new()),
                        Err(error) => {
                            let (status, text) = told(BodyFailure::behind(&*error));
                            (status, text.into())
                        }
                    };
                    let mut response = Response::new(Full::new(body));
                    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
                    Ok::<_, Infallible>(response)
                }
            });
            let service = AuthLayer::new(Digested::default()).with_body_timeout(TIMEOUT).layer(handler);
            let serving = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
            tokio::spawn(serving);
        }
    })
}

fn of_actix(whole: Whole) -> Server {
    serving(move || {
        let (whole, asked) = (Arc::clone(&whole), Arc::clone(&whole));
        let plain = move |body: Bytes| {
            whole.fetch_add(1, Ordering::SeqCst);
            async move { HttpResponse::Ok().body(body) }
        };
        let asked = move |body: Result<Bytes, actix_web::Error>| {
            let answer = match body {
                Ok(body) => {
                    asked.fetch_add(1, Ordering::SeqCst);
                    HttpResponse::Ok().body(body)
                }
                Err(error) => {
                    let cause = error.as_error::<actix_web::error::PayloadError>();
                    let (status, text) = told(cause.and_then(|cause| BodyFailure::behind(cause)));
                    let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
                    HttpResponse::build(status).body(text)
                }
            };
            async move { answer }
        };
        App::new().route("/health", web::route().to(async || "healthy")).service(
            web::scope("")
                .route("/", web::route().to(plain))
                .route("/told", web::route().to(asked))
                .wrap(AuthMiddleware::new(Digested::default()).with_body_timeout(TIMEOUT)),
        )
    })
}

/// What `target` answers to a body under the digest of `signed`, and how many whole bodies a
/// handler had.
fn ask(serve: Serve, target: &str, signed: &[u8], plan: &str, body: Body) -> (Answer, usize) {
    let whole = Whole::default();
    let server = serve(Arc::clone(&whole));
    let ask = Ask::new("POST", target).with("x-digest", digest(signed)).with("x-plan", plan).with_body(body);
    let answer = exchange(server.address, &ask);
    (answer, whole.load(Ordering::SeqCst))
}

/// 200 KB, which are more than one read of any server, and no more than any extractor takes.
fn long() -> Vec<u8> {
    (0..200_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect()
}

fn chunks(body: &[u8]) -> Vec<Vec<u8>> {
    body.chunks(9_999).map(<[u8]>::to_vec).collect()
}

#[test]
fn a_good_body_arrives_as_it_was_sent() {
    let body = long();
    for (name, serve) in SERVERS {
        for sent in [Body::Whole(body.clone()), Body::Chunked(chunks(&body))] {
            let (answer, whole) = ask(serve, "/", &body, "", sent);
            assert_eq!((answer.status, whole, answer.body == body), (200, 1, true), "{name}");
        }
        let (answer, whole) = ask(serve, "/", b"", "", Body::Nothing);
        assert_eq!((answer.status, whole), (200, 1), "{name}");
    }
}

#[test]
fn no_handler_has_a_body_with_trailers_that_nobody_signed() {
    let body = long();
    for (name, serve) in SERVERS {
        let sent = Body::Trailed(chunks(&body), "x-sum: 1");
        let (answer, whole) = ask(serve, "/told", &body, "", sent);
        // actix-web reads over them, and tells nobody of them.
        let expected = if name == "actix" { (200, 1) } else { (400, 0) };
        assert_eq!((answer.status, whole), expected, "{name} {answer:?}");
    }
}

#[test]
fn no_handler_has_the_whole_of_another_body() {
    let body = long();
    let mut other = body.clone();
    other[7] ^= 1;
    let shorter = body[..body.len() - 1].to_vec();
    let longer = [&body[..], b"x"].concat();
    for (name, serve) in SERVERS {
        for (number, sent) in [other.clone(), shorter.clone(), longer.clone()].into_iter().enumerate() {
            for sent in [Body::Whole(sent.clone()), Body::Chunked(chunks(&sent))] {
                let (answer, whole) = ask(serve, "/", &body, "", sent.clone());
                assert_eq!((answer.status, whole), (400, 0), "{name} {number}");
                let (answer, whole) = ask(serve, "/told", &body, "", sent);
                assert_eq!((answer.status, whole), (401, 0), "{name} {number}");
                assert_eq!(answer.body, b"the body is not the one that was signed", "{name} {number}");
            }
        }
    }
}

#[test]
fn nothing_instead_of_a_body_is_refused_before_the_handler() {
    for (name, serve) in SERVERS {
        for sent in [Body::Nothing, Body::Whole(Vec::new())] {
            let (answer, whole) = ask(serve, "/", b"a body", "", sent);
            assert_eq!((answer.status, whole), (401, 0), "{name}");
            let challenged = answer.headers.contains(&("www-authenticate".into(), "Digested".into()));
            assert!(challenged, "{name} {answer:?}");
        }
    }
}

#[test]
fn a_client_that_stops_in_the_middle_has_sent_no_body() {
    for (name, serve) in SERVERS {
        for sent in [Body::CutOff(10, b"a body".to_vec()), Body::CutOffChunk(b"a body".to_vec())] {
            let (answer, whole) = ask(serve, "/told", b"a body", "", sent);
            // Some servers answer nobody who has gone.
            assert!([0, 400].contains(&answer.status), "{name} {answer:?}");
            assert_eq!(whole, 0, "{name}");
        }
    }
}

#[test]
fn a_connection_that_is_reset_in_the_middle_brings_no_body() {
    for (name, serve) in SERVERS {
        let whole = Whole::default();
        let server = serve(Arc::clone(&whole));
        let good = |body| Ask::new("POST", "/").with("x-digest", digest(b"a body")).with_body(body);
        for _ in 0..3 {
            let mut stream = connect(server.address);
            let ask = good(Body::Announced(6, Vec::new())).with("Expect", "100-continue");
            stream.write_all(&ask.bytes()).expect("sent");
            let head = read_head(&mut stream).expect("the handler asks for the body");
            assert!(head.starts_with("HTTP/1.1 100 "), "{name} {head}");
            stream.write_all(b"a bod").expect("sent");
            reset(stream);
        }
        let answer = exchange(server.address, &good(Body::Whole(b"a body".to_vec())));
        assert_eq!((answer.status, whole.load(Ordering::SeqCst)), (200, 1), "{name}");
    }
}

#[test]
fn a_client_that_stays_and_sends_nothing_is_told_so() {
    for (name, serve) in SERVERS {
        for (plan, text) in [("buffer", None), ("", Some("the body did not come in time"))] {
            let sent = Body::Announced(10, b"a body".to_vec());
            let (answer, whole) = ask(serve, "/told", b"a body....", plan, sent);
            assert_eq!((answer.status, whole), (408, 0), "{name} {plan}");
            if let Some(text) = text {
                assert_eq!(answer.body, text.as_bytes(), "{name}");
            }
        }
    }
}

#[test]
fn a_connection_on_which_a_body_is_still_to_come_is_closed() {
    for (name, serve) in SERVERS {
        for plan in ["buffer", ""] {
            let server = serve(Whole::default());
            let ask = Ask::new("POST", "/told").with("x-digest", digest(b"a body")).with("x-plan", plan);
            let mut stream = connect(server.address);
            stream.write_all(&ask.with_body(Body::Announced(10, b"a bo".to_vec())).bytes()).expect("sent");
            let mut held = Vec::new();
            assert_eq!(receive_next(&mut stream, "POST", &mut held).status, 408, "{name} {plan}");
            let closed = stream.read(&mut [0]);
            assert!(matches!(closed, Ok(0)), "{name} {plan} {closed:?}");
        }
    }
}
