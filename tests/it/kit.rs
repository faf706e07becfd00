//! One service behind the layer, over stores in memory and a clock that stands still.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{
    Budget, Claim, CounterStore, Enabled, KeyHandle, KeyOwner, KeyRecord, KeyRef, NewKey, OwnerRef,
    StoreError, StoredPrincipal, Taken,
};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{
    AccountId, AuthState, Authenticator, FrozenClock, KeyAdmin, KeyStore, NonceStore, Realm, SiteId,
    Timestamp, UserId,
};
use tower::{Layer, ServiceExt, service_fn};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// An answer with its whole body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(held, _)| held == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// How often the inner service was called.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<AtomicUsize>);

impl Calls {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Sends `request` through `layer` to a service that answers with the user's name and
/// the body it received: `ada|body`, or `anonymous|body`.
pub(crate) async fn send<A>(layer: &AuthLayer<A>, request: Request<Full<Bytes>>) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    send_counted(layer, request, &Calls::default()).await
}

pub(crate) async fn send_counted<A>(
    layer: &AuthLayer<A>,
    request: Request<Full<Bytes>>,
    calls: &Calls,
) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| {
        let calls = calls.clone();
        async move {
            calls.0.fetch_add(1, Ordering::SeqCst);
            let state = request.extensions().get::<AuthState<StoredPrincipal>>().cloned();
            let name = match state.expect("the layer leaves a state") {
                AuthState::Anonymous => "anonymous".to_owned(),
                AuthState::Authenticated(principal) => {
                    principal.user().as_ref().map_or("nobody".to_owned(), ToString::to_string)
                }
            };
            let body = request.into_body().collect().await.expect("body").to_bytes();
            let body = [name.as_bytes(), b"|", &body].concat();
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(body))))
        }
    });
    let response = layer.layer(inner).oneshot(request).await.expect("infallible");
    answer(response).await
}

pub(crate) async fn answer<B>(response: Response<B>) -> Answer
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("body").to_bytes();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("ascii").to_owned()))
        .collect();
    Answer { status: parts.status, headers, body: String::from_utf8(body.to_vec()).expect("text") }
}

/// A GET of `target` with these headers.
pub(crate) fn get(target: &str, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    request("GET", target, headers, b"")
}

pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        let value = http::HeaderValue::from_bytes(value.as_bytes()).expect("value");
        request = request.header(*name, value);
    }
    request.body(Full::new(Bytes::copy_from_slice(body))).expect("request")
}

/// The stores that a test uses: ada of the account acme with the site shop.
#[derive(Clone)]
pub(crate) struct Kit {
    pub(crate) keys: MemoryKeyStore,
    pub(crate) nonces: MemoryNonceStore,
    pub(crate) clock: FrozenClock,
}

impl Kit {
    pub(crate) async fn new() -> Self {
        crate::leaks::Log::listen();
        let keys = MemoryKeyStore::new();
        let acme = AccountId::from("acme");
        keys.add_account(&acme).await.expect("account");
        keys.add_user(&UserId::from("ada"), Some(&acme)).await.expect("user");
        keys.add_site(&SiteId::from("shop"), &acme).await.expect("site");
        Self { keys, nonces: MemoryNonceStore::new(), clock: FrozenClock::at(NOW) }
    }

    /// ada, for the shop of acme.
    pub(crate) fn ada() -> KeyOwner {
        KeyOwner::user("ada").of_account("acme").for_site("shop")
    }

    pub(crate) async fn issue(&self, key: NewKey) -> portcullis::store::IssuedKey {
        self.keys.issue(key, NOW).await.expect("issued")
    }

    pub(crate) fn layer<A: Authenticator>(&self, authenticator: A) -> AuthLayer<A> {
        AuthLayer::new(authenticator).with_clock(self.clock.clone())
    }

    pub(crate) async fn revoke(&self, id: &portcullis::KeyId) {
        self.keys.revoke(&key_ref(id), "", NOW).await.expect("revoked");
    }

    pub(crate) async fn disable(&self, id: &portcullis::KeyId) {
        self.keys.set_enabled(&key_ref(id), Enabled::No).await.expect("disabled");
    }

    pub(crate) async fn deactivate(&self, owner: OwnerRef) {
        self.keys.set_owner_active(&owner, Enabled::No).await.expect("deactivated");
    }
}

fn key_ref(id: &portcullis::KeyId) -> KeyRef {
    KeyRef { realm: Realm::default(), id: id.clone() }
}

/// A store that cannot answer, of keys, of nonces and of counters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Down;

impl KeyStore for Down {
    type Principal = StoredPrincipal;

    async fn find(&self, _: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        Err(StoreError::unavailable("the database is down"))
    }
}

impl CounterStore for Down {
    async fn take(&self, _: &[Budget<'_>], _: Timestamp) -> Result<Taken, StoreError> {
        Err(StoreError::unavailable("the counters are down"))
    }
}

impl NonceStore for Down {
    async fn claim(&self, _: &Claim<'_>) -> Result<bool, StoreError> {
        Err(StoreError::Full)
    }
}
