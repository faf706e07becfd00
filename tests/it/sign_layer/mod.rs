//! The client layer that signs what goes out.

mod bodies;
mod clients;
mod clock;
mod origins;
mod redirects;
mod targets;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use portcullis::Timestamp;
use portcullis::sign::{RequestSigner, SignError};
use portcullis::tower::sign::SignLayerError;
use tower::Service;

pub(crate) type Out = Request<Full<Bytes>>;
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Signs with the time and a number that is never used again.
#[derive(Debug, Default)]
pub(crate) struct Stamp(AtomicU64);

impl RequestSigner for Stamp {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        if head.headers.contains_key("x-stamp") {
            return Err(SignError::AlreadySigned);
        }
        let nonce = self.0.fetch_add(1, Ordering::SeqCst);
        let stamp = format!("{} {nonce} {}", now.as_unix_seconds(), body.len());
        head.headers.insert("x-stamp", stamp.parse().expect("a value"));
        Ok(())
    }
}

/// What a fake server answers.
type Answers = dyn Fn(&Parts) -> Response<Full<Bytes>> + Send + Sync;

/// A fake client and server, which notes what came. A clone is not ready.
pub(crate) struct Server {
    answers: Arc<Answers>,
    seen: Arc<Mutex<Vec<Parts>>>,
    ready: bool,
}

impl Server {
    pub(crate) fn new(answers: impl Fn(&Parts) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        Self { answers: Arc::new(answers), seen: Arc::default(), ready: false }
    }

    /// The URI, and what it was stamped with, of each request.
    pub(crate) fn seen(&self) -> Vec<(String, Option<String>)> {
        let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
        let seen = self.seen.lock().expect("unharmed");
        let line = |head: &Parts| {
            let mut stamps = head.headers.get_all("x-stamp").iter();
            (head.uri.to_string(), stamps.next().map(text))
        };
        seen.iter().map(line).collect()
    }

    pub(crate) fn heads(&self) -> Vec<Parts> {
        self.seen.lock().expect("unharmed").clone()
    }
}

impl Clone for Server {
    fn clone(&self) -> Self {
        Self { answers: Arc::clone(&self.answers), seen: Arc::clone(&self.seen), ready: false }
    }
}

impl Service<Out> for Server {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Out) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without having been polled ready");
        let (head, _) = request.into_parts();
        let answer = (self.answers)(&head);
        self.seen.lock().expect("unharmed").push(head);
        ready(Ok(answer))
    }
}

pub(crate) fn status(status: u16) -> Response<Full<Bytes>> {
    let mut answer = Response::default();
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    answer
}

pub(crate) fn with(
    mut answer: Response<Full<Bytes>>,
    name: &'static str,
    value: &str,
) -> Response<Full<Bytes>> {
    answer.headers_mut().append(name, value.parse().expect("a value"));
    answer
}

pub(crate) fn get(uri: &str) -> Out {
    Request::get(uri).body(Full::default()).expect("a request")
}

/// What the layer itself says is wrong.
pub(crate) fn refusal<T>(answer: Result<T, BoxError>) -> SignLayerError {
    let error = answer.err().expect("an error");
    *error.downcast().expect("an error of the layer")
}
