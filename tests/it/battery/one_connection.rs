//! Requests that share a connection.

use std::io::Write;

use super::app::{ADA, App, BOB, Setup, UNKNOWN};
use super::client::{Ask, Body, connect, receive, receive_next};
use super::server::Framework;
use super::table::{get, post};

/// Requests that are sent in one go are decided about one by one: servers keep what they
/// have allocated for one request and use it for the next.
pub(super) fn each_request_is_decided_about<F: Framework>() {
    let app = App::new(Setup::Plain);
    let server = F::serve(&app);
    let asks = [
        (get("/open").with("X-Api-Key", ADA), 200, "ada|"),
        (get("/open"), 200, "anonymous|"),
        (get("/echo"), 401, "{"),
        (get("/open").with("X-Api-Key", BOB), 200, "bob|"),
        (get("/echo").with("X-Api-Key", UNKNOWN), 401, "{"),
        (get("/bare"), 500, ""),
        (post("/open", "body"), 200, "anonymous|"),
        (get("/echo").with("X-Api-Key", ADA), 200, "ada|"),
        (get("/strict"), 401, "{"),
    ];
    for _ in 0..3 {
        let mut stream = connect(server.address);
        let all: Vec<_> = asks.iter().flat_map(|(ask, _, _)| ask.bytes()).collect();
        stream.write_all(&all).expect("sent");
        let mut held = Vec::new();
        for (ask, status, start) in &asks {
            let answer = receive_next(&mut stream, ask.method, &mut held);
            assert_eq!(answer.status, *status, "{ask:?}");
            assert!(answer.body.starts_with(start.as_bytes()), "{ask:?}: {answer:?}");
        }
        assert!(held.is_empty(), "nothing else comes");
    }
}

/// The body of a request that was refused is never taken for the next request, though nobody
/// has read it.
pub(super) fn a_body_is_no_request<F: Framework>() {
    let app = App::new(Setup::Plain);
    let server = F::serve(&app);
    let smuggled = get("/echo").with("X-Api-Key", ADA).bytes();
    let long = [vec![b'x'; 1 << 20], smuggled.clone()].concat();
    for body in [
        Body::Whole(smuggled.clone()),
        Body::Chunked(vec![smuggled.clone(), smuggled.clone()]),
        Body::Whole(long),
    ] {
        let mut stream = connect(server.address);
        // The server may close before it has read everything.
        let _ = stream.write_all(&Ask::new("POST", "/echo").with_body(body).bytes());
        let answer = receive(&mut stream, "POST");
        assert_eq!(answer.status, 401, "and nothing behind it: {answer:?}");
        assert!(answer.body.ends_with(b"}"), "{answer:?}");
    }
    assert_eq!(app.calls(), 0);
}
