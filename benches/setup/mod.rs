//! What is measured, by the benches and by the test that counts allocations.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "not every user needs all of it"
)]

mod around;
mod events;
pub mod frames;
mod live;
pub mod messages;
pub mod sigv4;
pub mod steps;
mod strict;
pub mod tokens;
mod wrong;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier, VerifiedTokenCache};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{IssuedKey, KeyOwner, NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{AuthState, Authenticator, Clock, FrozenClock, KeyAdmin, Scheme, Timestamp, UserId};
use tower::{Layer, Service};

pub const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

pub type Sent = Request<Full<Bytes>>;

/// How much time goes by from one signed request to the next: a hundred a second.
const STEP: Duration = Duration::from_millis(10);

/// Drives a future that never waits.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("stores in memory never wait"),
    }
}

/// The service behind the layer: it reads the principal.
pub struct Inner<P>(std::marker::PhantomData<fn() -> P>);

impl<P> Clone for Inner<P> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<P: Clone + Send + Sync + 'static, B> Service<Request<B>> for Inner<P> {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let state = request.extensions().get::<AuthState<P>>();
        assert!(state.and_then(AuthState::principal).is_some(), "there is a principal");
        ready(Ok(content()))
    }
}

/// What the service answers.
pub fn content() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// One row: how a request is made, and how it is served.
pub struct Bench {
    pub name: &'static str,
    pub status: StatusCode,
    pub make: Box<dyn FnMut() -> Sent>,
    pub serve: Box<dyn FnMut(Sent) -> StatusCode>,
}

impl Bench {
    fn new<A: Authenticator>(
        name: &'static str,
        clock: &FrozenClock,
        authenticator: A,
        make: impl FnMut() -> Sent + 'static,
    ) -> Self {
        Self::of(name, AuthLayer::new(authenticator).with_clock(clock.clone()), make)
    }

    fn of<A: Authenticator>(
        name: &'static str,
        layer: AuthLayer<A>,
        make: impl FnMut() -> Sent + 'static,
    ) -> Self {
        Self::serving(name, layer.layer(Inner::<A::Principal>(std::marker::PhantomData)), make)
    }

    fn serving<S, R>(name: &'static str, mut service: S, make: impl FnMut() -> Sent + 'static) -> Self
    where
        S: Service<Sent, Response = Response<R>, Error = Infallible> + 'static,
    {
        // Polled where it is made, as a framework's box would hold it: not moved about.
        let serve = move |request| {
            let served = pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop()));
            let Poll::Ready(Ok(answer)) = served else { panic!("stores in memory never wait") };
            answer.status()
        };
        Self { name, status: StatusCode::OK, make: Box::new(make), serve: Box::new(serve) }
    }

    /// The same, refused.
    fn refused(self) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..self }
    }

    pub fn answer(&mut self) -> StatusCode {
        (self.serve)((self.make)())
    }
}

pub fn store(scheme: Scheme) -> (MemoryKeyStore, IssuedKey) {
    let keys = MemoryKeyStore::new();
    now(keys.add_user(&UserId::from("ada"), None)).expect("user");
    let issue = |_| {
        let key = NewKey::new(scheme, KeyOwner::user("ada")).with_prefix("igny8_");
        now(keys.issue(key, NOW)).expect("issued")
    };
    (0..999).map(issue).for_each(drop);
    let issued = issue(999);
    (keys, issued)
}

fn empty() -> MemoryKeyStore {
    MemoryKeyStore::new()
}

pub fn api_key() -> impl Authenticator<Principal = StoredPrincipal> {
    ApiKeyAuthenticator::new(store(Scheme::ApiKey).0, KeyShape::prefix("igny8_"))
}

pub fn x_auth() -> impl Authenticator {
    XAuthAuthenticator::new(empty(), MemoryNonceStore::new())
}

pub fn signed_url() -> impl Authenticator {
    QuerySignatureAuthenticator::new(empty(), MemoryNonceStore::new())
}

pub fn bearer(token: &str) -> Sent {
    let value = http::HeaderValue::from_bytes(format!("Bearer {token}").as_bytes()).expect("value");
    Request::get("/orders").header("authorization", value).body(Full::default()).expect("request")
}

pub fn x_auth_garbage() -> Sent {
    let headers = [("iss", "k"), ("exp", "1700000060"), ("nbf", "1699999990"), ("signature", "AAAA")];
    let build =
        |request: http::request::Builder, (name, value)| request.header(format!("x-auth-{name}"), value);
    headers.into_iter().fold(Request::post("/"), build).body(Full::default()).expect("request")
}

pub fn signed_url_garbage() -> Sent {
    Request::get("/?timestamp=1700000000&apikey=k&signature=AAAA").body(Full::default()).expect("request")
}

/// All rows.
pub fn all() -> Vec<Bench> {
    let mut rows = Vec::from(api_key_rows());
    rows.extend([signed_url_row(), x_auth_row()]);
    rows.extend(strict::rows());
    rows.extend(jwt_rows());
    rows.extend(sigv4::rows());
    rows.extend(events::rows());
    rows.extend(around::rows());
    rows.extend(live::rows());
    rows.extend(wrong::rows());
    rows
}

fn api_key_rows() -> [Bench; 3] {
    let (keys, key) = store(Scheme::ApiKey);
    let clock = FrozenClock::at(NOW);
    let chain = || ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_"));
    let bearer_only = chain().with_carriers([ApiKeyCarrier::Bearer]);
    let good = bearer(key.secret.expose_text().expect("text"));
    let bad = bearer(&"igny8_".repeat(50));
    let same = good.clone();
    let accepted = Bench::new("api key", &clock, bearer_only.clone(), move || good.clone());
    let of_three = Bench::new("api key, three carriers", &clock, chain(), move || same.clone());
    let refused = Bench::new("api key, garbage refused", &clock, bearer_only, move || bad.clone());
    [accepted, of_three, refused.refused()]
}

fn signed_url_row() -> Bench {
    let (keys, key) = store(Scheme::QuerySignature);
    let clock = FrozenClock::at(NOW);
    let signed = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = QuerySigner::new(key.id, &key.secret);
    let at = clock.clone();
    Bench::new("signed url", &clock, signed, move || {
        // Later each time: a new signature, and old claims go.
        at.advance(STEP);
        let url = signer.sign("/api/hello/", b"", at.now()).expect("signed");
        Request::get(url).body(Full::default()).expect("request")
    })
}

fn x_auth_row() -> Bench {
    let (keys, key) = store(Scheme::XAuth);
    let clock = FrozenClock::at(NOW);
    let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = XAuthSigner::new(key.id, &key.secret);
    let at = clock.clone();
    let mut count = 0_u64;
    Bench::new("x-auth, 1 KiB of body", &clock, x_auth, move || {
        at.advance(STEP);
        count += 1;
        let body = [&count.to_le_bytes()[..], &[b'x'; 1016]].concat();
        let headers = signer.sign(&body, at.now()).expect("signed");
        let mut request = Request::post("/").body(Full::from(body)).expect("request");
        headers.insert_into(request.headers_mut()).expect("headers");
        request
    })
}

// JWT

pub const JWT_SECRET: &str = "4a1f0c9be7d35826a4c1e09f7b62d8534a1f0c9be7d35826";

#[derive(serde::Deserialize, serde::Serialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: u64,
    pub iat: u64,
    pub jti: String,
}

pub fn token() -> String {
    let claims = Claims {
        iss: "https://issuer.example".into(),
        sub: "user-1".into(),
        aud: "api://default".into(),
        exp: 1_700_000_600,
        iat: 1_699_999_990,
        jti: "7f3c1d2e".into(),
    };
    let key = jsonwebtoken::EncodingKey::from_secret(JWT_SECRET.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).expect("token")
}

fn jwt_verifier() -> JwtVerifier {
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, JWT_SECRET.into()).expect("key");
    let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("api://default");
    JwtVerifier::new(policy, [key]).expect("verifier")
}

pub fn jwt() -> JwtAuthenticator {
    JwtAuthenticator::new(jwt_verifier())
}

/// The same token always: found in the cache, but for the first time.
fn cached_jwt() -> JwtAuthenticator {
    JwtAuthenticator::new(jwt_verifier().with_cache(VerifiedTokenCache::new(10_000)))
}

fn jwt_rows() -> [Bench; 2] {
    let sent = bearer(&token());
    let same = sent.clone();
    let clock = FrozenClock::at(NOW);
    [
        Bench::new("jwt, hs256 of 6 claims", &clock, jwt(), move || sent.clone()),
        Bench::new("jwt, kept in a cache", &clock, cached_jwt(), move || same.clone()),
    ]
}
