//! The newline that a published client writes behind the head of a GET. It is announced by no
//! header, so it belongs to no body (RFC 9112, section 6.3), and a server passes over an empty line
//! before the next request (section 2.2).

use std::convert::Infallible;
use std::io::Write;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::IssuedKey;
use portcullis::tower::AuthBody;
use portcullis::{Clock, Scheme};
use tower::{Layer, service_fn};

use crate::battery::client::{Ask, Body, connect, receive, receive_next};
use crate::battery::server::Server;
use crate::kit::{Kit, NOW};

/// Serves over hyper; a handler answers with the body that it read, in brackets.
fn serve(kit: &Kit) -> Server {
    let signed_urls = QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone());
    let handler = service_fn(|request: Request<AuthBody<Incoming>>| async {
        let body = request.into_body().collect().await.map(|body| body.to_bytes());
        let text = body.map_or("cut off".to_owned(), |body| format!("[{}]", body.escape_ascii()));
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text)))
    });
    let service = kit.layer(signed_urls).layer(handler);
    Server::on_tokio(async move |listener| {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let serving = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service.clone()));
            tokio::spawn(serving);
        }
    })
}

fn signed(key: &IssuedKey, method: &'static str, path: &str, body: &[u8]) -> Ask {
    let target = QuerySigner::new(key.id.clone(), &key.secret).sign(path, body, NOW).expect("signed");
    let body = if body.is_empty() { Body::Nothing } else { Body::Whole(body.to_vec()) };
    Ask::new(method, target).with_body(body)
}

#[tokio::test]
async fn a_newline_behind_a_get_is_no_part_of_it_nor_of_the_next_request() {
    let kit = Kit::new().await;
    assert_eq!(kit.clock.now(), NOW);
    let key = kit.issue(portcullis::store::NewKey::new(Scheme::QuerySignature, Kit::ada())).await;
    let server = serve(&kit);
    let asks = [
        (signed(&key, "GET", "/a", b""), "[]"),
        (signed(&key, "GET", "/b?c=d", b""), "[]"),
        (signed(&key, "POST", "/e", b"\nbody"), "[\\nbody]"),
        (signed(&key, "GET", "/f", b""), "[]"),
    ];
    for newline in ["\n", "\r\n"] {
        let bytes = |ask: &Ask| [ask.bytes(), newline.into()].concat();
        // One after the other, and all in one go; the POST is new to each run.
        for (run, at_once) in [false, true].into_iter().enumerate() {
            let mut stream = connect(server.address);
            let mut held = Vec::new();
            let path = format!("/{run}/{}", newline.len());
            let asks: Vec<_> = asks
                .iter()
                .map(|(ask, seen)| match ask.method {
                    "POST" => (signed(&key, "POST", &path, b"\nbody"), *seen),
                    _ => (ask.clone(), *seen),
                })
                .collect();
            if at_once {
                let all: Vec<u8> = asks.iter().flat_map(|(ask, _)| bytes(ask)).collect();
                stream.write_all(&all).expect("sent");
            }
            for (ask, seen) in &asks {
                if !at_once {
                    stream.write_all(&bytes(ask)).expect("sent");
                }
                let answer = receive_next(&mut stream, ask.method, &mut held);
                let answer = (answer.status, String::from_utf8(answer.body).expect("text"));
                assert_eq!(answer, (200, (*seen).to_owned()), "{newline:?} {ask:?}");
            }
            assert!(held.is_empty(), "nothing else comes");
        }
    }
}

#[tokio::test]
async fn a_newline_behind_the_last_request_of_a_connection_changes_no_answer() {
    let kit = Kit::new().await;
    let key = kit.issue(portcullis::store::NewKey::new(Scheme::QuerySignature, Kit::ada())).await;
    let server = serve(&kit);
    // As that client sends it: a body without a length ends with the connection.
    let ask = signed(&key, "GET", "/a", b"").with("Connection", "close");
    for newline in ["", "\n"] {
        let mut stream = connect(server.address);
        stream.write_all(&[ask.bytes(), newline.into()].concat()).expect("sent");
        let answer = receive(&mut stream, "GET");
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"[]"[..]), "{newline:?}");
    }
    // What is announced is part of the body, and was not signed.
    let mut stream = connect(server.address);
    let announced = signed(&key, "GET", "/a", b"").with_body(Body::Whole(b"\n".to_vec()));
    stream.write_all(&announced.bytes()).expect("sent");
    assert_eq!(receive(&mut stream, "GET").status, 401);
}
