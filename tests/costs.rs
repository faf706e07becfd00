//! Costs that can be counted: allocations of whole requests through the layer.

#![allow(clippy::expect_used, reason = "a test may panic")]

#[path = "../benches/setup/mod.rs"]
mod setup;

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::error::PayloadError;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{Payload, to};
use actix_web::{App, HttpResponse, dev};
use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use portcullis::actix::AuthMiddleware;
use portcullis::client::{ClientFn, ResponseLimits};
use portcullis::crypto::{BodyDigest, DigestGuard, HmacAlgorithm, HmacKey};
use portcullis::jwt::{
    JwksClient, JwtAlgorithm, JwtAuthenticator, JwtIssuers, JwtKey, JwtKeySource, JwtPolicy, JwtVerifier,
};
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::sigv4::chunked::{ChunkPlan, ChunkSeed, ChunkSigner, ChunkedGuard};
use portcullis::store::{KeyFormat, StoredPrincipal};
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{AuthError, AuthState, Authenticator, Challenges, FrozenClock, Outcome, Principal, SiteId};
use setup::frames::{FRAME, Frames};
use tower::{Layer, Service, service_fn};

/// How often the serving of one request allocates, once everything is warm.
fn allocations(name: &str) -> u64 {
    let mut rows = setup::all();
    let row = rows.iter_mut().find(|row| row.name == name).expect("the row");
    for _ in 0..100 {
        row.answer();
    }
    let request = (row.make)();
    let mut answer = None;
    let info = allocation_counter::measure(|| answer = Some((row.serve)(request)));
    assert_eq!(answer, Some(row.status), "{name}");
    info.count_total
}

#[test]
fn an_accepted_api_key_makes_three_allocations() {
    // All three are the extensions: their box, their table, and the state in it.
    let handler = allocation_counter::measure(|| drop(setup::content())).count_total;
    assert_eq!(allocations("api key") - handler, 3);
}

#[test]
fn an_accepted_token_makes_seven_allocations() {
    // Four for the token and its user, and the extensions as above. None is its future.
    let handler = allocation_counter::measure(|| drop(setup::content())).count_total;
    assert_eq!(allocations("jwt, hs256 of 6 claims") - handler, 7);
}

#[test]
fn a_tenant_that_is_allowed_makes_two_allocations() {
    let tenant = AuthLayer::new(setup::api_key())
        .require_tenant(Tenancy::new(TenantSource::path_site("site")))
        .with_path_parameter(|_, _| Some("shop"));
    let inner = service_fn(|_: Request<Full<&[u8]>>| async {
        Ok::<_, Infallible>(Response::new(Full::<&[u8]>::default()))
    });
    let mut service = tenant.layer(inner);
    let shop: StoredPrincipal =
        Principal::builder(None).account(None).site(Some(SiteId::from("shop"))).build();
    let mut request = Request::new(Full::<&[u8]>::default());
    request.extensions_mut().insert(AuthState::Authenticated(shop));
    let mut answer = None;
    let info = allocation_counter::measure(|| answer = Some(setup::now(service.call(request))));
    assert_eq!(answer.and_then(Result::ok).map(|answer| answer.status().as_u16()), Some(200));
    // Its future and the list of what is claimed; a copy of axum's parameters is a third.
    assert_eq!(info.count_total, 2);
}

/// Leaves a guard behind for every body, and looks at nothing.
struct Guards<F>(F);

impl<F: Fn(&RequestView<'_>) + Send + Sync + 'static> Authenticator for Guards<F> {
    type Principal = ();

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<()>, AuthError> {
        (self.0)(request);
        Ok(Outcome::Authenticated(()))
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}

    fn carriers(&self, _: &mut Carriers) {}
}

/// How many bytes a handler reads of a body, whether their end is clean, and what that allocates.
type Streamed = (u64, bool, allocation_counter::AllocationInfo);

fn through_tower<B>(scheme: impl Authenticator, body: B) -> Streamed
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let seen = Cell::new((0, false));
    let inner = service_fn(|request: Request<AuthBody<B>>| async {
        let (mut body, mut read) = (pin!(request.into_body()), 0);
        while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            read += frame.into_data().expect("data").len() as u64;
        }
        seen.set((read, body.is_end_stream()));
        Ok::<_, Infallible>(Response::new(Full::<&[u8]>::default()))
    });
    let mut service = AuthLayer::new(scheme).layer(inner);
    let request = Request::new(body);
    let info = allocation_counter::measure(|| drop(setup::now(service.call(request))));
    let (read, clean) = seen.get();
    (read, clean, info)
}

fn through_actix<B>(scheme: impl Authenticator, body: B) -> Streamed
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
{
    let seen = Rc::new(Cell::new((0, false)));
    let told = Rc::clone(&seen);
    let handler = move |mut payload: Payload| {
        let told = Rc::clone(&told);
        async move {
            let mut read = 0;
            let clean = loop {
                match poll_fn(|cx| Pin::new(&mut payload).poll_next(cx)).await {
                    Some(Ok(data)) => read += data.len() as u64,
                    ended => break ended.is_none(),
                }
            };
            told.set((read, clean));
            HttpResponse::Ok().finish()
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let app = App::new().wrap(AuthMiddleware::new(scheme)).default_service(to(handler));
    let app = runtime.block_on(init_service(app));
    let payload: Pin<Box<dyn Stream<Item = _>>> = Box::pin(Streaming(body));
    let payload = dev::Payload::Stream { payload };
    let (request, _) = TestRequest::default().to_request().replace_payload(payload);
    let calling = call_service(&app, request);
    let info = allocation_counter::measure(|| drop(runtime.block_on(calling)));
    let (read, clean) = seen.get();
    (read, clean, info)
}

/// A body as actix-web has it.
struct Streaming<B>(B);

impl<B: Body<Data = Bytes, Error = Infallible> + Unpin> Stream for Streaming<B> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let frame = Pin::new(&mut self.0).poll_frame(cx);
        frame.map(|frame| frame.map(|frame| Ok(frame.expect("a frame").into_data().expect("data"))))
    }
}

fn digested(digest: [u8; 32]) -> impl Authenticator {
    Guards(move |request: &RequestView<'_>| {
        request.guard_body(DigestGuard::new(BodyDigest::sha256(digest)));
    })
}

/// 16 frames of 64 KiB, and as many as are 1 GiB.
const FEW_AND_MANY: [u64; 2] = [16, 16 << 10];

#[test]
fn a_gibibyte_streams_through_the_layer_in_a_memory_that_stays_flat() {
    let [few, many] = FEW_AND_MANY;
    let (read, clean, small) = through_tower(digested(setup::frames::digest(few)), Frames::new(few));
    assert_eq!((read, clean), (few << 16, true));
    let digest = setup::frames::digest(many);
    let (read, clean, large) = through_tower(digested(digest), Frames::new(many));
    assert_eq!((read, clean), (1 << 30, true));
    assert_eq!((large.count_total, large.bytes_max), (small.count_total, small.bytes_max));
    assert!(large.bytes_max < 4 << 10, "{} bytes", large.bytes_max);
    // All but its last frame is read of one that is another.
    let (read, clean, _) = through_tower(digested(digest), Frames::new(few));
    assert_eq!((read, clean), ((few - 1) << 16, false));
}

#[test]
fn a_gibibyte_streams_through_the_middleware_in_a_memory_that_stays_flat() {
    let [few, many] = FEW_AND_MANY;
    // What a thread keeps for requests is allocated with its first.
    let _warm = through_actix(digested([0; 32]), Frames::new(1));
    let (read, clean, small) = through_actix(digested(setup::frames::digest(few)), Frames::new(few));
    assert_eq!((read, clean), (few << 16, true));
    let digest = setup::frames::digest(many);
    let (read, clean, large) = through_actix(digested(digest), Frames::new(many));
    assert_eq!((read, clean), (1 << 30, true));
    assert_eq!((large.count_total, large.bytes_max), (small.count_total, small.bytes_max));
    assert!(large.bytes_max < 8 << 10, "{} bytes", large.bytes_max);
    let (read, clean, _) = through_actix(digested(digest), Frames::new(few));
    assert_eq!((read, clean), ((few - 1) << 16, false));
}

fn seed() -> ChunkSeed {
    let key = HmacKey::new(HmacAlgorithm::Sha256, &"the derived key".into());
    ChunkSeed::new(key, "20130524/us-east-1/s3/aws4_request", "20130524T000000Z", &"5".repeat(64))
        .expect("a seed")
}

fn chunked(count: u64) -> impl Authenticator {
    Guards(move |request: &RequestView<'_>| {
        let guard = ChunkedGuard::new(ChunkPlan::signed().payload(), seed(), count << 16, None);
        request.guard_body(guard.expect("a guard"));
    })
}

/// Frames in signed chunks of 64 KiB each, in pieces as a connection might bring them.
struct Chunks {
    frames: Frames,
    signer: Option<ChunkSigner>,
    pieces: VecDeque<Bytes>,
}

impl Chunks {
    fn new(count: u64) -> Self {
        let signer = ChunkPlan::signed().with_chunk_size(FRAME).start(seed());
        Self { frames: Frames::new(count), signer: Some(signer), pieces: VecDeque::with_capacity(8) }
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        while this.pieces.is_empty() {
            let Some(signer) = &mut this.signer else { return Poll::Ready(None) };
            match ready!(Pin::new(&mut this.frames).poll_frame(cx)) {
                Some(Ok(frame)) => signer.push(frame.into_data().expect("data"), &mut this.pieces),
                _ => drop(this.signer.take().map(|signer| signer.finish(&mut this.pieces))),
            }
        }
        let first = this.pieces.front_mut().map(|piece| piece.split_to(piece.len().min(10_000)));
        if this.pieces.front().is_some_and(Bytes::is_empty) {
            this.pieces.pop_front();
        }
        Poll::Ready(first.map(|piece| Ok(http_body::Frame::data(piece))))
    }
}

#[test]
fn a_gibibyte_in_signed_chunks_streams_in_a_memory_that_stays_flat() {
    let _warm = through_actix(chunked(1), Chunks::new(1));
    let through: [fn(u64) -> Streamed; 2] = [
        |count| through_tower(chunked(count), Chunks::new(count)),
        |count| through_actix(chunked(count), Chunks::new(count)),
    ];
    for through in through {
        let peaks = FEW_AND_MANY.map(|count| {
            let (read, clean, info) = through(count);
            assert_eq!((read, clean), (count << 16, true));
            info.bytes_max
        });
        // The length that the handler is told has three digits more.
        assert!(peaks[1] <= peaks[0] + 3, "{peaks:?}");
        // The pieces of a chunk are held, and not copied.
        assert!(peaks[1] < 8 << 10, "{peaks:?}");
    }
}

fn of_garbage(authenticator: &impl Authenticator, sent: &setup::Sent) -> u64 {
    let gate = BodyGate::new();
    let target = RequestTarget::new("POST", sent.uri().path(), sent.uri().query());
    let view = RequestView::new(target, sent.headers(), &gate, setup::NOW);
    let mut passed = false;
    let info = allocation_counter::measure(|| {
        let outcome = setup::now(authenticator.authenticate(&view));
        passed = matches!(outcome, Ok(portcullis::Outcome::Authenticated(_)));
    });
    assert!(!passed, "garbage passed");
    info.count_total
}

/// Tokens of which not even the form is right.
fn tokens_of_garbage() -> Vec<String> {
    let good = setup::token();
    let (_, rest) = good.split_once('.').expect("parts");
    let signature = "A".repeat(43);
    vec![
        "eyJhbGciOiJIUzI1NiJ9.e30".to_owned(),
        format!("{}.e30.{signature}", "ey".repeat(150)),
        format!("eyJhbGciOiJIUzI1NiJ9..{signature}"),
        format!("eyJhbGciOiJub25lIn0.{rest}"),
        format!("{}.{rest}", "ey".repeat(2100)),
        format!("ey{}", "a".repeat(16 << 10)),
        good.replace('.', ".."),
        good.replacen('.', "=.", 1),
    ]
}

fn several_issuers() -> JwtAuthenticator {
    let key = || JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into()).expect("key");
    let verifier = || JwtVerifier::new(JwtPolicy::new(), [key()]).expect("verifier");
    let issuers = JwtIssuers::new().add("a", verifier()).and_then(|it| it.add("b", verifier()));
    JwtAuthenticator::for_issuers(issuers.expect("issuers")).expect("authenticator")
}

#[test]
fn garbage_is_recognised_without_an_allocation() {
    assert_eq!(of_garbage(&setup::api_key(), &setup::bearer("igny8_é3456789abcdefghijklmn")), 0);
    assert_eq!(of_garbage(&setup::api_key(), &setup::bearer(&"igny8_".repeat(50))), 0);
    assert_eq!(of_garbage(&setup::jwt(), &setup::bearer("eyJhbGciOiJIUzI1NiJ9.e30")), 0);
    assert_eq!(of_garbage(&setup::jwt(), &setup::bearer(&setup::token().replace('.', "!."))), 0);
    for garbage in tokens_of_garbage() {
        let sent = setup::bearer(&garbage);
        let counts = (of_garbage(&setup::jwt(), &sent), of_garbage(&several_issuers(), &sent));
        assert_eq!(counts, (0, 0), "{garbage}");
    }
    // What the reader of JSON says of its text is allocated: its box, its words and their copy.
    let twice = format!("eyJhbGciOiJIUzI1NiIsImFsZyI6Im5vbmUifQ.e30.{}", "A".repeat(43));
    assert!(of_garbage(&setup::jwt(), &setup::bearer(&twice)) <= 3);
    assert_eq!(of_garbage(&setup::x_auth(), &setup::x_auth_garbage()), 0);
    assert_eq!(of_garbage(&setup::signed_url(), &setup::signed_url_garbage()), 0);
}

#[test]
fn a_token_is_refused_without_an_allocation_until_its_signature_is_good() {
    // A header that is no JSON, or has a member that is not understood, is an error of the
    // library that reads JSON, which is in a box.
    let boxed = ["header that is no JSON", "crit"];
    let jwt = setup::tokens::jwt_named();
    let behind = ["accepted", "expired", "not yet valid", "another issuer", "another audience"];
    let behind = [&behind[..], &["exp missing", "a name twice"]].concat();
    let mut count = 0;
    for (name, sent) in setup::tokens::refusals() {
        if !behind.contains(&name) && !boxed.contains(&name) {
            assert_eq!(of_garbage(&jwt, &sent), 0, "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 9);
}

#[test]
fn the_form_of_a_key_is_checked_without_an_allocation() {
    let formats = [KeyFormat::checked("acme", "live"), KeyFormat::plain("igny8_", 40)];
    for format in formats.map(|format| format.expect("format")) {
        let (_, key) = format.generate(None).expect("key");
        let text = key.expose_text().expect("text");
        let (mut good, mut cut) = (false, true);
        let info = allocation_counter::measure(|| {
            good = format.check(text);
            cut = format.check(text.get(1..).unwrap_or_default());
        });
        assert_eq!((good, cut, info.count_total), (true, false, 0), "{format:?}");
    }
}

/// A document with a key of Ed25519 (RFC 8037, appendix A.2).
const PUBLISHED: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[tokio::test]
async fn the_keys_of_an_issuer_are_read_without_an_allocation() {
    let http = ClientFn::new(|_: Request<_>, _: ResponseLimits| async {
        Ok(Response::new(PUBLISHED.as_bytes().into()))
    });
    let builder = JwksClient::builder("https://id.example/keys").with_http_client(http);
    let client = builder.with_clock(FrozenClock::at(setup::NOW)).start().await.expect("client");
    // What a thread keeps for reading is allocated with its first reading.
    let before = client.keys(setup::NOW).expect("keys");
    let mut count = 0;
    let info = allocation_counter::measure(|| {
        for _ in 0..100 {
            let keys = client.keys(setup::NOW);
            count += usize::from(keys.is_ok_and(|keys| Arc::ptr_eq(&keys, &before)));
        }
    });
    assert_eq!((count, info.count_total), (100, 0));
}
