//! The rows that can be said of gRPC calls, and what only gRPC has.

mod call;

use std::sync::mpsc::{Receiver, TryRecvError};

use portcullis::request::{Carriers, RequestView};
use portcullis::store::StoredPrincipal;
use portcullis::tonic::{principal, state};
use portcullis::tower::AuthLayer;
use portcullis::{AuthError, AuthState, Authenticator, Challenges, KeyId, Outcome, Principal, UserId};
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request};

use super::app::{ADA, App, Asked, BOB, CALLER, Setup, X_AUTH, echoed};
use super::serve_tonic::{Say, Tonic};
use super::server::{Framework, Server};
use super::table::{OverGrpc, ROWS_OVER_GRPC, Step, get, post, rows, x_auth};
use crate::kit::NOW;
use call::{Answer, call, called, client, connect, framed, receive, request, send, service};

fn code(status: u16) -> (Code, &'static str) {
    match status {
        400 => (Code::InvalidArgument, "malformed credentials"),
        401 => (Code::Unauthenticated, "unauthenticated"),
        403 => (Code::PermissionDenied, "permission denied"),
        429 => (Code::ResourceExhausted, "too many requests"),
        500 => (Code::Internal, "internal error"),
        503 => (Code::Unavailable, "unavailable"),
        other => panic!("no code is said to belong to {other}"),
    }
}

/// Asserts that a call came to what the row says of a request over HTTP.
fn check(name: &str, step: &Step, came: &Answer) {
    assert_eq!(came.status, 200, "{name}: {came:?}");
    if let Some(echo) = &step.expected.echo {
        let said = echoed(echo.who, echo.scheme, "POST", &service(&step.ask), &echo.names);
        let message = [said.into_bytes(), step.ask.body.bytes()].concat();
        assert_eq!(came.body, framed(&message), "{name}: {came:?}");
        let trailers = came.trailers.as_ref().expect("trailers");
        assert_eq!(trailers["grpc-status"], "0", "{name}");
        assert!(!came.headers.contains_key("grpc-status"), "{name}");
        return;
    }
    let (code, message) = code(step.expected.answer.status);
    let said =
        step.expected.answer.headers.iter().filter(|(name, _)| name != "content-type" && name != "vary");
    let mut expected: Vec<_> = said.cloned().collect();
    let own = [("content-type", "application/grpc"), ("grpc-message", message)];
    expected.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    expected.push(("grpc-status".to_owned(), (code as i32).to_string()));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(came.lines(), expected, "{name}");
    assert!(came.ended && came.body.is_empty() && came.trailers.is_none(), "{name}: {came:?}");
}

#[test]
fn every_row_that_can_be_said_of_a_call_holds() {
    let mut ran = 0;
    for row in rows().into_iter().filter(|row| row.over_grpc == OverGrpc::Runs) {
        let app = App::new(row.setup);
        let server = Tonic::serve(&app);
        let mut calls = 0;
        for step in &row.steps {
            check(row.name, step, &call(server.address, &step.ask));
            calls += step.expected.calls;
            assert_eq!(app.calls(), calls, "{}: calls of the handler", row.name);
        }
        ran += 1;
    }
    assert_eq!(ran, ROWS_OVER_GRPC, "rows of the table that ran");
}

#[test]
fn what_is_no_call_is_refused_over_http() {
    let app = App::new(Setup::Plain);
    let server = Tonic::serve(&app);
    for content_type in ["application/grpc-web+proto", "application/json", "application/grpcx"] {
        let came = send(server.address, request("/battery.Echo/Say", content_type, &[], framed(b"")));
        assert_eq!((came.status, came.ended), (401, false), "{content_type}");
        assert!(!came.headers.contains_key("grpc-status"), "{content_type}");
    }
    let came = send(server.address, request("/battery.Echo/Say", "application/grpc+proto", &[], framed(b"")));
    assert_eq!((came.status, &came.headers["grpc-status"]), (200, &"16".parse().expect("a value")));
    assert_eq!(app.calls(), 0);
}

#[test]
fn the_entry_point_of_a_call_is_its_path() {
    let server = Tonic::serve(&App::new(Setup::Plain));
    for (target, code) in [("/open", None), ("/echo", Some("7"))] {
        let came = call(server.address, &post(target, "").with("x-api-key", CALLER));
        let said = came.headers.iter().find(|(name, _)| *name == "grpc-status");
        assert_eq!(said.map(|(_, code)| code.to_str().expect("text")), code, "{target}");
    }
}

#[test]
fn no_style_changes_the_code_of_a_refusal() {
    for setup in [Setup::Cheerful, Setup::DjApiAuth, Setup::FastApi] {
        let server = Tonic::serve(&App::new(setup));
        for (ask, code) in [
            (post("/echo", ""), "16"),
            (get("/echo").with("x-api-key", ADA).with("x-api-key", ADA), "3"),
            (post("/scopes", "").with("x-api-key", ADA), "7"),
        ] {
            let came = call(server.address, &ask);
            assert_eq!(came.headers["grpc-status"], code, "{setup:?}");
            assert!(came.ended && came.status == 200 && came.body.is_empty(), "{setup:?}");
        }
    }
}

#[test]
fn a_signed_call_is_handed_on_whole_and_one_that_is_too_long_is_exhausted() {
    let server = Tonic::serve(&App::new(Setup::SmallBodies));
    for (body, code) in [("hello", "0"), ("hello", "16"), ("hello, world", "8")] {
        let now = NOW.as_unix_seconds();
        let came = call(server.address, &x_auth(post("/echo", body), &framed(body.as_bytes()), X_AUTH, now));
        match came.trailers {
            Some(trailers) => {
                assert_eq!(trailers["grpc-status"], code, "{body}");
                assert!(came.body.ends_with(b"|hello"));
            }
            None => assert!(came.ended && came.headers["grpc-status"] == code, "{body}"),
        }
    }
}

/// Takes the peer's address for the user.
struct ByAddress;

impl Authenticator for ByAddress {
    type Principal = StoredPrincipal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<StoredPrincipal>, AuthError> {
        let user = request.peer().map(|peer| UserId::from(peer.to_string()));
        Ok(Outcome::Authenticated(Principal::builder(user).account(None).site(None).build()))
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}

    fn carriers(&self, _: &mut Carriers) {}
}

#[test]
fn the_address_of_the_peer_comes_from_the_connection() {
    let app = App::new(Setup::Plain);
    let server = Server::on_tokio(async move |listener| {
        let mut server = tonic::transport::Server::builder().layer(AuthLayer::new(ByAddress).answer_grpc());
        let server = server.add_routes(Routes::new(Say::<0>(app)));
        server.serve_with_incoming(TcpIncoming::from(listener)).await.expect("it serves");
    });
    let came = call(server.address, &post("/echo", "hello").with("x-forwarded-for", "10.0.0.1"));
    assert_eq!(came.body, framed(b"127.0.0.1|none|POST /battery.Echo/Say|x-forwarded-for|hello"));
}

#[test]
fn a_call_without_a_layer_is_internal_and_the_log_says_so() {
    let log = crate::leaks::Log::capture();
    let request = Request::new(());
    for status in [
        principal::<StoredPrincipal>(&request).expect_err("no layer"),
        state::<StoredPrincipal>(&request).expect_err("no layer"),
    ] {
        assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    }
    let text = log.text();
    let said = "no AuthLayer for this principal type is around the service";
    assert_eq!(text.matches(said).count(), 2, "{text}");

    let app = App::new(Setup::Plain);
    let own = app.clone();
    let server = Server::on_tokio(async move |listener| {
        let server = tonic::transport::Server::builder().add_routes(Routes::new(Say::<0>(own)));
        server.serve_with_incoming(TcpIncoming::from(listener)).await.expect("it serves");
    });
    let came = call(server.address, &post("/echo", "").with("x-api-key", ADA));
    assert_eq!((&came.headers["grpc-status"], app.calls()), (&"13".parse().expect("a value"), 0));
}

#[test]
fn a_handler_is_given_the_principal_or_says_that_there_is_none() {
    let mut request = Request::new(());
    request.extensions_mut().insert(AuthState::<KeyId>::Anonymous);
    assert_eq!(principal::<KeyId>(&request).expect_err("nobody").code(), Code::Unauthenticated);
    assert!(matches!(state::<KeyId>(&request), Ok(AuthState::Anonymous)));
    assert_eq!(principal::<UserId>(&request).expect_err("another layer").code(), Code::Internal);
    request.extensions_mut().insert(AuthState::Authenticated(KeyId::from("k")));
    assert_eq!(principal::<KeyId>(&request).expect("somebody").as_str(), "k");
}

#[test]
fn calls_of_one_connection_that_interleave_keep_their_own_principals() {
    const CALLS: usize = 96;
    let app = App::new(Setup::Plain);
    let server = Tonic::serve(&app);
    client(async {
        let sender = connect(server.address).await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..CALLS {
            let mut sender = sender.clone();
            let body = format!("call {n}");
            let ask = post("/open", &body);
            let (ask, start) = match n % 3 {
                0 => (ask.with("x-api-key", ADA), "ada|api-key|"),
                1 => (ask.with("x-api-key", BOB), "bob|api-key|"),
                _ => (ask, "anonymous|none|"),
            };
            running.spawn(async move {
                let came = receive(sender.send_request(called(&ask))).await;
                let said = String::from_utf8(came.body[5..].to_vec()).expect("text");
                assert!(said.starts_with(start) && said.ends_with(&format!("|{body}")), "{start} {said}");
            });
        }
        while let Some(one) = running.join_next().await {
            one.expect("its own principal");
        }
    });
    assert_eq!(app.calls(), CALLS);
}

/// What happens next; the connection goes on meanwhile.
async fn next(happened: &Receiver<Asked>) -> Asked {
    loop {
        match happened.try_recv() {
            Ok(happening) => return happening,
            Err(nothing) => assert_eq!(nothing, TryRecvError::Empty, "the application is gone"),
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_call_that_is_cancelled_while_the_store_is_asked_is_forgotten() {
    let (app, happened) = App::pending();
    let server = Tonic::serve(&app);
    client(async {
        let mut sender = connect(server.address).await;
        for _ in 0..3 {
            let asking = called(&post("/echo", "").with("x-api-key", ADA));
            let answering = tokio::spawn(sender.send_request(asking));
            assert_eq!(next(&happened).await, Asked::Began);
            answering.abort();
            assert!(answering.await.is_err_and(|error| error.is_cancelled()));
            assert_eq!(next(&happened).await, Asked::GaveUp);
        }
        let came = receive(sender.send_request(called(&post("/open", "still")))).await;
        assert_eq!(came.trailers.expect("trailers")["grpc-status"], "0");
    });
    assert_eq!(app.calls(), 1, "the one that needed no store");
}
