//! A client of gRPC that shows every frame of an answer.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::battery::client::Ask;
use crate::battery::serve_tonic::SERVICES;

/// What came back of a call.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: http::HeaderMap,
    /// Whether the head was all of it.
    pub(super) ended: bool,
    pub(super) body: Vec<u8>,
    pub(super) trailers: Option<http::HeaderMap>,
}

impl Answer {
    /// The lines of the head, without those of the transfer.
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        let all = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
        let mut lines: Vec<_> = all.filter(|(name, _)| name != "date" && name != "content-length").collect();
        lines.sort_by(|one, other| one.0.cmp(&other.0));
        lines
    }
}

pub(super) type Sender = hyper::client::conn::http2::SendRequest<Full<Bytes>>;

/// Runs what a client does.
pub(super) fn client<T>(doing: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(doing)
}

pub(super) async fn connect(address: SocketAddr) -> Sender {
    let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = handshake.await.expect("a handshake");
    tokio::spawn(connection);
    sender
}

/// A POST of `body` with these lines.
pub(super) fn request(
    path: &str,
    content_type: &str,
    lines: &[(String, Vec<u8>)],
    body: Vec<u8>,
) -> http::Request<Full<Bytes>> {
    let mut request = http::Request::post(format!("http://battery.example{path}"))
        .header("content-type", content_type)
        .header("te", "trailers");
    for (name, value) in lines {
        request = request.header(name, http::HeaderValue::from_bytes(value).expect("a value"));
    }
    request.body(Full::new(Bytes::from(body))).expect("a request")
}

/// A step as a call.
pub(super) fn called(ask: &Ask) -> http::Request<Full<Bytes>> {
    request(&service(ask), "application/grpc", &ask.lines, framed(&ask.body.bytes()))
}

pub(super) async fn receive(
    answering: impl Future<Output = hyper::Result<http::Response<Incoming>>>,
) -> Answer {
    let (parts, body) = answering.await.expect("an answer").into_parts();
    let ended = body.is_end_stream();
    let body = body.collect().await.expect("a body");
    let trailers = body.trailers().cloned();
    let (status, headers) = (parts.status.as_u16(), parts.headers);
    Answer { status, headers, ended, body: body.to_bytes().to_vec(), trailers }
}

/// Sends one request over a connection of its own.
pub(super) fn send(address: SocketAddr, request: http::Request<Full<Bytes>>) -> Answer {
    client(async { receive(connect(address).await.send_request(request)).await })
}

/// A message with what goes before it.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
    [&[0][..], &length, message].concat()
}

/// The path of the call that a route of the table is.
pub(super) fn service(ask: &Ask) -> String {
    let path = ask.target.split('?').next().expect("a path");
    let (_, name) = SERVICES.iter().find(|(route, _)| *route == path).expect("a service");
    format!("/{name}/Say")
}

/// Sends a step as a call, over a connection of its own.
pub(super) fn call(address: SocketAddr, ask: &Ask) -> Answer {
    send(address, called(ask))
}
