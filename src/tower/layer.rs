//! The layer and its settings.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::{Extensions, HeaderName, HeaderValue, Uri};
use tower_layer::Layer;

use super::{Auth, ProblemJson, RequireScopesLayer, ResponseStyle};
use crate::request::Carriers;
use crate::{Authenticator, Clock, SystemClock};

/// Decides about every request before the inner service sees it.
///
/// ```
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::tower::AuthLayer;
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let auth = AuthLayer::new(ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_")));
/// let writers = auth.require_scopes(["orders:write"]); // inside `auth`, on a route
/// let feed = auth.clone().allow_anonymous();
/// ```
pub struct AuthLayer<A> {
    authenticator: Arc<A>,
    settings: Arc<Settings>,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) carriers: Carriers,
    pub(super) sensitive: Vec<HeaderName>,
    pub(super) anonymous: Anonymous,
    pub(super) body_limit: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) style: Arc<dyn ResponseStyle>,
    pub(super) retry_after: HeaderValue,
    pub(super) peer: fn(&Extensions) -> Option<IpAddr>,
    pub(super) original_uri: fn(&Extensions) -> Option<&Uri>,
}

/// Where axum keeps the target of a request whose prefix a nested router has cut off.
#[cfg(feature = "axum")]
fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    extensions.get::<::axum::extract::OriginalUri>().map(|original| &original.0)
}

#[cfg(not(feature = "axum"))]
const fn original_uri(_: &Extensions) -> Option<&Uri> {
    None
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anonymous {
    Refuse,
    Allow,
}

impl<A: Authenticator> AuthLayer<A> {
    /// Lets through what `authenticator` finds a principal for, and nothing else.
    #[must_use]
    pub fn new(authenticator: A) -> Self {
        let mut carriers = Carriers::new();
        authenticator.carriers(&mut carriers);
        let sensitive = carriers.headers().filter_map(|name| name.parse().ok()).collect();
        let settings = Settings {
            carriers,
            sensitive,
            anonymous: Anonymous::Refuse,
            body_limit: 1024 * 1024,
            clock: Arc::new(SystemClock),
            style: Arc::new(ProblemJson),
            retry_after: HeaderValue::from_static("5"),
            peer: |_| None,
            original_uri,
        };
        Self { authenticator: Arc::new(authenticator), settings: Arc::new(settings) }
    }

    /// Lets requests without any credential through, as
    /// [`AuthState::Anonymous`](crate::AuthState::Anonymous). A wrong credential, or one
    /// that nobody claims, is still refused.
    #[must_use]
    pub fn allow_anonymous(self) -> Self {
        self.set(|settings| settings.anonymous = Anonymous::Allow)
    }

    /// The most bytes of a body that an authenticator may make the layer read: 1 MiB
    /// without this. Bodies that no authenticator asks for are not limited here.
    #[must_use]
    pub fn with_body_limit(self, bytes: usize) -> Self {
        self.set(|settings| settings.body_limit = bytes)
    }

    /// Takes the time from another clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.set(|settings| settings.clock = Arc::new(clock))
    }

    /// Words refusals in another style.
    #[must_use]
    pub fn with_style(self, style: impl ResponseStyle) -> Self {
        self.set(|settings| settings.style = Arc::new(style))
    }

    /// What a 503 says in `Retry-After`, in seconds: 5 without this.
    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        self.set(|settings| settings.retry_after = seconds.into())
    }

    /// Says where the address of the peer is found: the server puts it into the
    /// extensions of the request. See `portcullis::axum::connect_info`.
    #[must_use]
    pub fn with_peer(self, peer: fn(&Extensions) -> Option<IpAddr>) -> Self {
        self.set(|settings| settings.peer = peer)
    }

    /// Says where the target is found as the client sent it, when a router around the
    /// layer cuts prefixes off: what clients sign and what entry points name is the whole
    /// path. With the `axum` feature, axum's nested routers are known already.
    #[must_use]
    pub fn with_original_uri(self, original_uri: fn(&Extensions) -> Option<&Uri>) -> Self {
        self.set(|settings| settings.original_uri = original_uri)
    }

    /// A layer for single routes inside this one, which refuses principals that lack one
    /// of `scopes`: 403, and 401 to anonymous requests. A text that is no scope is held by
    /// nobody.
    #[must_use]
    pub fn require_scopes<T>(&self, scopes: impl IntoIterator<Item = T>) -> RequireScopesLayer<A>
    where
        T: Into<Cow<'static, str>>,
    {
        let scopes = scopes.into_iter().map(Into::into).collect();
        RequireScopesLayer::new(Arc::clone(&self.authenticator), Arc::clone(&self.settings), scopes)
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<A, S> Layer<S> for AuthLayer<A> {
    type Service = Auth<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        Auth::new(inner, Arc::clone(&self.authenticator), Arc::clone(&self.settings))
    }
}

impl<A> Clone for AuthLayer<A> {
    fn clone(&self) -> Self {
        Self { authenticator: Arc::clone(&self.authenticator), settings: Arc::clone(&self.settings) }
    }
}

impl<A> fmt::Debug for AuthLayer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer").field("carriers", &self.settings.carriers).finish_non_exhaustive()
    }
}
