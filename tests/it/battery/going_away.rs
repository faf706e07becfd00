//! Clients that are gone before they have an answer.

use std::io::Write;
use std::net::TcpStream;

use super::app::{ADA, App, Asked, Setup, X_AUTH};
use super::client::{Answer, Ask, Body, PATIENCE, connect, exchange, read_head};
use super::server::{Framework, Server};
use super::table::{get, x_auth};
use crate::kit::NOW;

/// Ends a connection at once, as a client does that has crashed.
pub(crate) fn reset(stream: TcpStream) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        stream.set_nonblocking(true).expect("non-blocking");
        let stream = tokio::net::TcpStream::from_std(stream).expect("a stream");
        stream.set_zero_linger().expect("no lingering");
    });
}

/// Asserts that the server still serves.
fn serves(server: &Server) {
    let Answer { status, body, .. } = exchange(server.address, &get("/health"));
    assert_eq!((status, body.as_slice()), (200, &b"healthy"[..]));
    assert_eq!(exchange(server.address, &get("/open")).status, 200);
}

pub(super) fn while_the_store_is_asked<F: Framework>() {
    let (app, happened) = App::pending();
    let server = F::serve(&app);
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(server.address);
        stream.write_all(&get("/echo").with("X-Api-Key", ADA).bytes()).expect("sent");
        assert_eq!(happened.recv_timeout(PATIENCE), Ok(Asked::Began));
        streams.push(stream);
    }
    serves(&server);
    assert_eq!(app.calls(), 1, "the one that needed no store");
    for stream in streams {
        reset(stream);
        assert_eq!(happened.recv_timeout(PATIENCE), Ok(Asked::GaveUp));
    }
    serves(&server);
    assert_eq!(app.calls(), 2);
}

pub(super) fn within_the_body<F: Framework>() {
    let app = App::new(Setup::Plain);
    let server = F::serve(&app);
    let signed = |body| {
        let ask = Ask::new("POST", "/echo").with_body(body);
        x_auth(ask, b"1234567890", X_AUTH, NOW.as_unix_seconds())
    };
    for _ in 0..3 {
        let mut stream = connect(server.address);
        let ask = signed(Body::Announced(10, Vec::new())).with("Expect", "100-continue");
        stream.write_all(&ask.bytes()).expect("sent");
        let head = read_head(&mut stream).expect("somebody asks for the body");
        assert!(head.starts_with("HTTP/1.1 100 "), "{head}");
        stream.write_all(b"1234").expect("sent");
        reset(stream);
    }
    serves(&server);
    assert_eq!(app.calls(), 1);
    // The same signature, with its body: nobody has claimed it.
    assert_eq!(exchange(server.address, &signed(Body::Whole(b"1234567890".to_vec()))).status, 200);
    assert_eq!(exchange(server.address, &signed(Body::Whole(b"1234567890".to_vec()))).status, 401);
    assert_eq!(app.calls(), 2);
}
