//! The same request through both adapters, to handlers that write down what they see of its body.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use portcullis::FrozenClock;
use portcullis::actix::AuthMiddleware;
use portcullis::audit::AuditTrail;
use portcullis::request::BodyFailure;
use portcullis::tower::{AuthBody, AuthLayer};
use tower::{Layer, ServiceExt, service_fn};

use super::digested::{Digested, digest};
use super::script::{Script, Step};
use crate::kit::NOW;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Data(Bytes),
    /// The name of a trailer.
    Trailer(String),
    /// Why it broke off, where the layer knows.
    Failed(Option<BodyFailure>),
    /// Nothing follows.
    End,
}

pub(super) use Event::{End, Failed};

pub(super) fn read(text: &'static str) -> Event {
    Event::Data(text.into())
}

/// What a handler saw, and what was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) status: u16,
    pub(super) length: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) events: Vec<Event>,
}

impl Came {
    /// The bytes that were read before the end, and whether that was clean.
    pub(super) fn bytes(&self) -> (Vec<u8>, bool) {
        let data = self.events.iter().filter_map(|event| match event {
            Event::Data(data) => Some(&data[..]),
            _ => None,
        });
        let failed = self.events.iter().any(|event| matches!(event, Failed(_)));
        (data.collect::<Vec<_>>().concat(), !failed && self.events.last() == Some(&End))
    }
}

/// A request.
#[derive(Clone)]
pub(super) struct Ask {
    headers: Vec<(&'static str, String)>,
    steps: Vec<Step>,
    announced: Option<u64>,
    timeout: Option<Duration>,
    pub(super) limit: usize,
    pub(super) scheme: Digested,
    pub(super) trail: AuditTrail,
}

type Seen = Arc<Mutex<Came>>;

impl Ask {
    /// A body of these steps, and the digest of that one.
    pub(super) fn new(body: impl AsRef<[u8]>, steps: impl Into<Vec<Step>>) -> Self {
        crate::leaks::Log::listen();
        Self {
            headers: vec![("x-digest", digest(body.as_ref()))],
            steps: steps.into(),
            announced: None,
            timeout: None,
            limit: 1 << 20,
            scheme: Digested::default(),
            trail: AuditTrail::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn announcing(mut self, length: u64) -> Self {
        self.announced = Some(length);
        self.with("content-length", length.to_string())
    }

    pub(super) const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(super) fn request(&self) -> Request<Script> {
        let mut request = Request::post("/");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(Script::new(self.steps.clone(), self.announced)).expect("a request")
    }

    pub(super) fn layer(&self) -> AuthLayer<Digested> {
        let layer = AuthLayer::new(self.scheme.clone()).with_clock(FrozenClock::at(NOW));
        let layer = layer.with_audit(self.trail.clone()).with_body_limit(self.limit);
        match self.timeout {
            Some(timeout) => layer.with_body_timeout(timeout),
            None => layer,
        }
    }

    pub(super) async fn of_tower(&self) -> Came {
        let seen = Seen::default();
        let inner = service_fn(|request: Request<AuthBody<Script>>| {
            let seen = Arc::clone(&seen);
            async move {
                let (parts, body) = request.into_parts();
                let line = |name| {
                    let mut lines = parts.headers.get_all(name).iter();
                    let line = lines.next().map(|line| line.to_str().expect("text").to_owned());
                    assert!(lines.next().is_none(), "one line");
                    line
                };
                note(&seen, line("content-length"), line("content-encoding"));
                watch(body, &seen).await;
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }
        });
        let response = self.layer().layer(inner).oneshot(self.request()).await.expect("infallible");
        finished(&seen, response.status().as_u16())
    }

    pub(super) async fn of_actix(&self) -> Came {
        let seen = Seen::default();
        let auth = AuthMiddleware::new(self.scheme.clone()).with_clock(FrozenClock::at(NOW));
        let auth = auth.with_audit(self.trail.clone()).with_body_limit(self.limit);
        let auth = match self.timeout {
            Some(timeout) => auth.with_body_timeout(timeout),
            None => auth,
        };
        let writing = Arc::clone(&seen);
        let handler = move |request: HttpRequest, payload: web::Payload| {
            let seen = Arc::clone(&writing);
            async move {
                let line = |name: &str| {
                    let mut lines = request.headers().get_all(name);
                    let line = lines.next().map(|line| line.to_str().expect("text").to_owned());
                    assert!(lines.next().is_none(), "one line");
                    line
                };
                note(&seen, line("content-length"), line("content-encoding"));
                watch_stream(payload.into_inner(), &seen).await;
                HttpResponse::Ok()
            }
        };
        let app = init_service(App::new().route("/", web::post().to(handler)).wrap(auth)).await;
        let mut request = TestRequest::post().uri("/");
        for (name, value) in &self.headers {
            request = request.insert_header((*name, value.as_str()));
        }
        let script = Script::new(self.steps.clone(), self.announced);
        let payload = if script.is_end_stream() {
            Payload::None
        } else {
            Payload::Stream { payload: Box::pin(script) as Pin<Box<dyn Stream<Item = _>>> }
        };
        let (request, _) = request.to_request().replace_payload(payload);
        let response = call_service(&app, request).await;
        finished(&seen, response.status().as_u16())
    }

    /// Through both adapters, of which actix-web's does not tell of trailers.
    pub(super) async fn send(&self) -> Came {
        let (tower, actix) = (self.of_tower().await, self.of_actix().await);
        let mut without_trailers = tower.clone();
        without_trailers.events.retain(|event| !matches!(event, Event::Trailer(_)));
        assert_eq!(without_trailers, actix);
        tower
    }
}

fn note(seen: &Seen, length: Option<String>, encoding: Option<String>) {
    let mut seen = seen.lock().expect("seen");
    (seen.length, seen.encoding) = (length, encoding);
}

fn finished(seen: &Seen, status: u16) -> Came {
    Came { status, ..seen.lock().expect("seen").clone() }
}

fn add(seen: &Seen, event: Event) -> bool {
    let end = event == End;
    seen.lock().expect("seen").events.push(event);
    end
}

/// Reads a body to its end, and on behind an error; what it says of itself must hold.
async fn watch<B>(body: B, seen: &Seen)
where
    B: Body<Data = Bytes, Error = Box<dyn std::error::Error + Send + Sync>>,
{
    let mut body = Box::pin(body);
    loop {
        let (ended, hint) = (body.is_end_stream(), body.size_hint());
        let event = match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            None => End,
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Event::Data(data),
                Err(frame) => {
                    let trailers = frame.into_trailers().expect("trailers");
                    Event::Trailer(trailers.keys().map(ToString::to_string).collect())
                }
            },
            Some(Err(error)) => Failed(BodyFailure::behind(&*error)),
        };
        assert!(!ended || event == End, "{event:?} behind the end");
        let most = hint.upper().unwrap_or(u64::MAX);
        match &event {
            Event::Data(data) => assert!(data.len() as u64 <= most, "{data:?} of {hint:?}"),
            Failed(_) => assert_eq!(hint.exact(), None, "nothing was certain"),
            Event::Trailer(_) | End => {}
        }
        if add(seen, event) {
            return;
        }
    }
}

async fn watch_stream(mut payload: Payload, seen: &Seen) {
    loop {
        let event = match poll_fn(|cx| Pin::new(&mut payload).poll_next(cx)).await {
            None => End,
            Some(Ok(data)) => Event::Data(data),
            Some(Err(error)) => Failed(BodyFailure::behind(&error)),
        };
        if add(seen, event) {
            return;
        }
    }
}
