//! What becomes of bodies.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use portcullis::actix::AuthMiddleware;
use portcullis::request::{Carriers, RequestView};
use portcullis::store::{IssuedKey, NewKey};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{AuthError, Authenticator, Challenges, Outcome, Scheme};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Answer, Kit, NOW, answer};

/// A body of frames that counts how often it is polled.
pub(crate) struct Counted {
    frames: std::vec::IntoIter<Result<Frame<Bytes>, &'static str>>,
    polled: Polled,
    announced: Option<u64>,
}

/// How often a body was polled.
#[derive(Clone, Default)]
pub(crate) struct Polled(Arc<AtomicUsize>);

impl Polled {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Counted {
    pub(crate) fn new(
        frames: Vec<Result<Frame<Bytes>, &'static str>>,
        announced: Option<u64>,
    ) -> (Self, Polled) {
        let polled = Polled::default();
        (Self { frames: frames.into_iter(), polled: polled.clone(), announced }, polled)
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // Every other poll is pending, as on a real connection.
        if self.polled.0.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.frames.next().map(|frame| frame.map_err(Into::into)))
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

struct Sent {
    answer: Answer,
    polled: usize,
}

async fn send<A: Authenticator>(
    layer: &AuthLayer<A>,
    key: &IssuedKey,
    signed: &[u8],
    frames: Vec<Result<Frame<Bytes>, &'static str>>,
    announced: Option<u64>,
) -> Sent {
    let (body, polled) = Counted::new(frames, announced);
    let mut request = Request::post("/").body(body).expect("request");
    let headers = XAuthSigner::new(key.id.clone(), &key.secret).sign(signed, NOW).expect("signed");
    headers.insert_into(request.headers_mut()).expect("headers");
    let inner = service_fn(|request: Request<AuthBody<Counted>>| async move {
        let hint = request.body().size_hint().exact();
        let collected = request.into_body().collect().await.expect("body");
        let trailer =
            collected.trailers().and_then(|map| map.iter().next()).map(|(name, _)| name.to_string());
        let text = format!("{:?} {hint:?} {trailer:?}", collected.to_bytes());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text))))
    });
    let response = layer.layer(inner).oneshot(request).await.expect("infallible");
    // Before the answer is read, with which the rest of the body is.
    let polled = polled.count();
    Sent { answer: answer(response).await, polled }
}

pub(crate) fn data(text: &'static str) -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

async fn kit() -> (Kit, IssuedKey) {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await;
    (kit, key)
}

fn layer(kit: &Kit) -> AuthLayer<impl Authenticator + use<>> {
    kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone())).with_body_limit(6)
}

#[tokio::test]
async fn the_handler_receives_exactly_the_verified_bytes_and_trailers() {
    let (kit, key) = kit().await;
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "1".parse().expect("value"));
    let frames = vec![data("ab"), data(""), data("c"), data("def"), Ok(Frame::trailers(trailers))];
    let sent = send(&layer(&kit), &key, b"abcdef", frames, None).await;
    assert_eq!(sent.answer.body, r#"b"abcdef" Some(6) Some("x-checksum")"#);
}

#[tokio::test]
async fn an_empty_body_ends_at_once() {
    let (kit, key) = kit().await;
    let sent = send(&layer(&kit), &key, b"", vec![], Some(0)).await;
    assert_eq!(sent.answer.body, r#"b"" Some(0) None"#);
}

#[tokio::test]
async fn an_unknown_key_never_causes_a_byte_to_be_read() {
    let (kit, _) = kit().await;
    let stranger = Kit::new().await.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await;
    let sent = send(&layer(&kit), &stranger, b"abc", vec![data("abc")], None).await;
    assert_eq!((sent.answer.status.as_u16(), sent.polled), (401, 0));
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_long_is_not_read_at_all() {
    let (kit, key) = kit().await;
    let sent = send(&layer(&kit), &key, b"", vec![data("x")], Some(10 << 30)).await;
    assert_eq!((sent.answer.status.as_u16(), sent.polled), (413, 0));
}

#[tokio::test]
async fn a_body_that_turns_out_too_long_is_read_no_further_than_the_limit() {
    let (kit, key) = kit().await;
    let frames = vec![data("abcd"), data("efg"), data("never read")];
    let sent = send(&layer(&kit), &key, b"abcdefg", frames, None).await;
    assert_eq!((sent.answer.status.as_u16(), sent.polled), (413, 4));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let (kit, key) = kit().await;
    let sent = send(&layer(&kit), &key, b"ab", vec![data("ab"), Err("reset")], None).await;
    assert_eq!(sent.answer.status, 400);
}

#[tokio::test]
async fn a_body_that_no_scheme_asks_for_is_handed_on_unread() {
    let kit = Kit::new().await;
    let layer = kit.layer(portcullis::AnyOf::<()>::new()).allow_anonymous().with_body_limit(1);
    let (body, seen) = Counted::new(vec![data("abc")], Some(3));
    let inner = service_fn(move |request: Request<AuthBody<Counted>>| {
        let before = seen.count();
        async move {
            assert_eq!((before, request.body().size_hint().exact()), (0, Some(3)));
            let body = request.into_body().collect().await.expect("body").to_bytes();
            Ok::<_, Infallible>(Response::new(Full::new(body)))
        }
    });
    let response = layer.layer(inner).oneshot(Request::post("/").body(body).expect("request")).await;
    assert_eq!(answer(response.expect("infallible")).await.body, "abc");
}

/// Lets in who has a body that is there at once.
struct AtOnce;

impl Authenticator for AtOnce {
    type Principal = ();

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<()>, AuthError> {
        let mut body = pin!(request.body());
        match poll_fn(|cx| Poll::Ready(body.as_mut().poll(cx))).await {
            Poll::Ready(Ok(body)) if body.is_empty() => Ok(Outcome::Authenticated(())),
            _ => Ok(Outcome::Absent),
        }
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}

    fn carriers(&self, _: &mut Carriers) {}
}

#[tokio::test]
async fn nothing_is_waited_for_where_there_is_nothing() {
    let inner = service_fn(|_: Request<AuthBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let app = App::new().wrap(AuthMiddleware::new(AtOnce)).default_service(web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    for (body, status) in [("", 200), ("x", 401)] {
        let request = Request::post("/").body(Full::from(body)).expect("request");
        let response = AuthLayer::new(AtOnce).layer(inner).oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), status);
        let payload = if body.is_empty() { Payload::None } else { Payload::from(Bytes::from(body)) };
        let (sent, _) = TestRequest::post().uri("/").to_request().replace_payload(payload);
        assert_eq!(call_service(&app, sent).await.status().as_u16(), status);
    }
}
