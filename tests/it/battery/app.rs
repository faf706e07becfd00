//! The application that stands behind each framework: the same keys, the same chain, the same
//! settings, and handlers that do the same.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::MemoryCounterStore;
use portcullis::store::{EntryPoints, KeyHandle, KeyOwner, KeyRecord, NewKey, StoreError, StoredPrincipal};
use portcullis::throttle::Throttle;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{
    AuthState, AuthenticatorExt, BoxAuthenticator, Credential, KeyAdmin, KeyStore, Limit, Limits, NonceStore,
    Principal, Scheme, Scopes, Secret, Timestamp, UserId,
};

use crate::jwt::jwt;
use crate::kit::{Down, Kit, NOW};

pub(crate) const ADA: &str = "igny8_of_ada_0123456789abcdef";
pub(crate) const BOB: &str = "igny8_of_bob_0123456789abcdef";
/// ada's, with the scope `orders:write`.
pub(crate) const WRITER: &str = "igny8_writer_0123456789abcdef";
/// ada's, for `nested/items/{id}` alone.
pub(crate) const LIMITED: &str = "igny8_limited_0123456789abcde";
/// ada's, for one gRPC call.
pub(crate) const CALLER: &str = "igny8_caller_0123456789abcdef";
/// ada's, for two requests a minute.
pub(crate) const METERED: &str = "igny8_metered_0123456789abcde";
pub(crate) const EXPIRED: &str = "igny8_expired_0123456789abcde";
pub(crate) const EARLY: &str = "igny8_early_0123456789abcdefg";
pub(crate) const REVOKED: &str = "igny8_revoked_0123456789abcde";
pub(crate) const DISABLED: &str = "igny8_disabled_0123456789abcd";
pub(crate) const UNKNOWN: &str = "igny8_unknown_0123456789abcde";
/// The id of ada's key for signed URLs, and its secret.
pub(crate) const URL: (&str, &str) = ("a1b2c3d4", "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
/// The same for `nested/items/{id}` alone.
pub(crate) const LIMITED_URL: (&str, &str) = ("d4c3b2a1", "f0e1d2c3b4a5968778695a4b3c2d1e0f");
/// The id of ada's key for x-auth headers, and its secret.
pub(crate) const X_AUTH: (&str, &str) = ("x-ada", "QbV0mY2cL8rT5nWj1kXe7uHs4zPa9dGf");

/// What a row changes about the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Plain,
    FastApi,
    DjApiAuth,
    Igny8,
    /// A style of the application's own that answers 200.
    Cheerful,
    /// The key store is down.
    KeysDown,
    /// The nonce store is down.
    NoncesDown,
    /// The key store is down, and clients shall wait for 60 seconds.
    Patient,
    /// The key store never answers.
    KeysPending,
    /// The most that is read is 16 bytes.
    SmallBodies,
    /// CORS preflights pass.
    Preflights,
    /// Credentials are removed.
    Removing,
    /// Requests are counted.
    Quotas,
    /// The store of counters is down.
    CountersDown,
    /// Two failures a minute with one key id are enough.
    Throttled,
    /// Users may not be named by `X-Tenant`.
    OwnIdentity,
}

/// Sets up the layer of any framework, whose settings have the same names.
macro_rules! set_up {
    ($layer:expr, $app:expr) => {{
        use portcullis::guard;
        use $crate::battery::app::{Cheerful, Setup};
        let layer = $layer.with_clock($app.kit.clock.clone());
        match $app.setup {
            Setup::Plain | Setup::KeysDown | Setup::NoncesDown | Setup::KeysPending => layer,
            Setup::FastApi => layer.with_style(guard::FastApiStyle),
            Setup::DjApiAuth => layer.with_style(guard::DjApiAuthStyle::default()),
            Setup::Igny8 => layer.with_style(guard::Igny8Style),
            Setup::Cheerful => layer.with_style(Cheerful),
            Setup::Patient => layer.with_retry_after(60),
            Setup::SmallBodies => layer.with_body_limit(16),
            Setup::Preflights => layer.allow_cors_preflight(),
            Setup::Removing => layer.remove_credentials(),
            Setup::Quotas => layer.with_quotas($app.counters.clone()),
            Setup::CountersDown => layer.with_quotas($crate::kit::Down),
            Setup::Throttled => layer.with_throttle($app.throttle.clone()),
            Setup::OwnIdentity => layer.with_identity_headers(["X-Tenant"]),
        }
    }};
}
pub(crate) use set_up;

/// A style that tries to answer 200.
pub(crate) struct Cheerful;

impl portcullis::guard::ResponseStyle for Cheerful {
    fn render(&self, refusal: &portcullis::guard::Refusal<'_>) -> portcullis::guard::Rendered {
        let mut rendered = portcullis::guard::Rendered::new(refusal, "text/plain", "welcome");
        rendered.status = 200;
        rendered
    }
}

/// The application with stores of its own.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) kit: Kit,
    pub(crate) setup: Setup,
    pub(crate) counters: MemoryCounterStore,
    pub(crate) throttle: Throttle,
    calls: Arc<AtomicUsize>,
    asked: Sender<Asked>,
}

/// Of key ids alone: not every framework knows the address of the peer here.
fn throttle() -> Throttle {
    let limit = |count| Limit::new(count, Duration::from_secs(60)).expect("a limit");
    Throttle::new().with_key_budget(limit(2)).with_address_budget(limit(1_000))
}

impl App {
    pub(crate) fn new(setup: Setup) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let kit = runtime.block_on(kit());
        let (counters, throttle) = (MemoryCounterStore::new(), throttle());
        Self { kit, setup, counters, throttle, calls: Arc::default(), asked: channel().0 }
    }

    /// How often a handler behind the layer was called.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The application whose key store never answers, and what happens to those who ask it.
    pub(crate) fn pending() -> (Self, Receiver<Asked>) {
        let (asked, happened) = channel();
        (Self { asked, ..Self::new(Setup::KeysPending) }, happened)
    }

    /// API keys, tokens, signed URLs and x-auth headers.
    pub(crate) fn chain(&self) -> BoxAuthenticator<StoredPrincipal> {
        let Kit { keys, nonces, .. } = self.kit.clone();
        match self.setup {
            Setup::KeysDown | Setup::Patient => chain(Down, nonces),
            Setup::NoncesDown => chain(keys, Down),
            Setup::KeysPending => chain(Never(self.asked.clone()), nonces),
            _ => chain(keys, nonces),
        }
    }

    /// What a handler answers.
    pub(crate) fn handle(&self, seen: Seen<'_>, body: Result<Vec<u8>, ()>) -> Reply {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let Ok(body) = body else {
            let body = b"the body was cut off".to_vec();
            return Reply { status: 400, cache_control: None, vary: None, body };
        };
        let cache_control = match seen.target.split('?').next() {
            Some("/cached") => Some("public, max-age=60"),
            Some("/private") => Some("private"),
            _ => None,
        };
        let body = [echo(&seen).into_bytes(), body].concat();
        let vary = seen.target.starts_with("/varied").then_some("accept-encoding");
        Reply { status: 200, cache_control, vary, body }
    }
}

/// What a handler sees of a request, apart from its body.
pub(crate) struct Seen<'a> {
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) names: Vec<&'a str>,
    pub(crate) state: Option<&'a AuthState<StoredPrincipal>>,
}

/// What it answers.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) cache_control: Option<&'static str>,
    pub(crate) vary: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

/// Who it was, by which scheme, and what the handler saw.
fn echo(seen: &Seen<'_>) -> String {
    let me = seen.state.and_then(AuthState::principal);
    let who = match seen.state {
        None => "no layer".to_owned(),
        Some(_) => me.map_or("anonymous".to_owned(), |me| {
            me.user().as_ref().map_or("nobody".to_owned(), ToString::to_string)
        }),
    };
    let scheme = me.and_then(|me| me.credential()).map_or("none", |credential| credential.scheme().name());
    echoed(&who, scheme, seen.method, seen.target, &seen.names)
}

/// The names of lines that frame a request, and are none of the application's.
const FRAMING: [&str; 8] =
    ["host", "connection", "content-length", "transfer-encoding", "trailer", "te", "content-type", "expect"];

/// The text of an echo, without the body that follows it.
pub(crate) fn echoed<T: AsRef<str>>(
    who: &str,
    scheme: &str,
    method: &str,
    target: &str,
    names: &[T],
) -> String {
    let mut names: Vec<_> = names.iter().map(|name| name.as_ref().to_ascii_lowercase()).collect();
    names.retain(|name| !FRAMING.contains(&name.as_str()));
    names.sort();
    names.dedup();
    format!("{who}|{scheme}|{method} {target}|{}|", names.join(" "))
}

fn chain<K, N>(keys: K, nonces: N) -> BoxAuthenticator<StoredPrincipal>
where
    K: KeyStore<Principal = StoredPrincipal> + Clone,
    N: NonceStore + Clone,
{
    ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_"))
        .or(jwt().with_mapping(|token| {
            let user = token.subject().map(UserId::from).ok_or("no subject")?;
            let me = Principal::builder(Some(user)).account(None).site(None);
            Ok::<_, &str>(me.credential(Credential::of_scheme(Scheme::Jwt)).build())
        }))
        .or(QuerySignatureAuthenticator::new(keys.clone(), nonces.clone()))
        .or(XAuthAuthenticator::new(keys, nonces))
        .boxed()
}

async fn kit() -> Kit {
    let kit = Kit::new().await;
    kit.keys.add_user(&UserId::from("bob"), None).await.expect("user");
    let only = || EntryPoints::only(["/nested/items/{id}"]).expect("a name");
    let api = |secret: &str| NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(Secret::from(secret));
    let signing = |scheme, (id, secret): (&str, &str)| {
        NewKey::new(scheme, Kit::ada()).with_id(id).with_secret(Secret::from(secret))
    };
    let seconds = |seconds| Timestamp::from_unix_seconds(NOW.as_unix_seconds() + seconds);
    for key in [
        api(ADA),
        NewKey::new(Scheme::ApiKey, KeyOwner::user("bob")).with_secret(Secret::from(BOB)),
        api(WRITER).with_scopes(Scopes::parse("orders:write").expect("scope")),
        api(LIMITED).with_entry_points(only()),
        api(CALLER).with_entry_points(EntryPoints::only(["/battery.Open/Say"]).expect("a name")),
        api(METERED).with_limits("2/60".parse::<Limits>().expect("limits")),
        api(EXPIRED).with_expires_at(NOW),
        api(EARLY).with_not_before(seconds(1)),
        signing(Scheme::QuerySignature, URL),
        signing(Scheme::QuerySignature, LIMITED_URL).with_entry_points(only()),
        signing(Scheme::XAuth, X_AUTH),
    ] {
        let _ = kit.issue(key).await;
    }
    let revoked = kit.issue(api(REVOKED)).await;
    kit.revoke(&revoked.id).await;
    let disabled = kit.issue(api(DISABLED)).await;
    kit.disable(&disabled.id).await;
    kit
}

/// What happens to a request that asks the key store that never answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Began,
    /// Nobody waits for the answer any more.
    GaveUp,
}

/// A key store that never answers.
#[derive(Clone)]
struct Never(Sender<Asked>);

/// Says that it is given up when it is dropped.
struct Waiting<'a>(&'a Sender<Asked>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // A test that has ended does not listen.
        let _ = self.0.send(Asked::GaveUp);
    }
}

impl KeyStore for Never {
    type Principal = StoredPrincipal;

    async fn find(&self, _: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        let _ = self.0.send(Asked::Began);
        let _waiting = Waiting(&self.0);
        pending().await
    }
}
