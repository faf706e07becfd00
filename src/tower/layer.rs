//! The layer and its settings.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use http::{Extensions, Uri};
use tower_layer::Layer;

use super::ambient::Ambient;
use super::{Auth, RequireScopesLayer, RequireTenantLayer};
use crate::guard::{Guard, guard_settings};
use crate::tenancy::Tenancy;
use crate::{Authenticator, Identity};

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
pub struct AuthLayer<A: Authenticator> {
    guard: Guard<A>,
    ambient: Ambient,
}

impl<A: Authenticator> AuthLayer<A> {
    /// Lets through what `authenticator` finds a principal for, and nothing else.
    #[must_use]
    pub fn new(authenticator: A) -> Self {
        Self { guard: Guard::new(authenticator), ambient: Ambient::default() }
    }

    guard_settings!();

    /// Says where the address of the peer is found, when the server is another than axum's
    /// or tonic's: it puts it into the extensions of the request.
    #[must_use]
    pub fn with_peer(mut self, peer: fn(&Extensions) -> Option<IpAddr>) -> Self {
        self.ambient.peer = peer;
        self
    }

    /// Says where the target is found as the client sent it, when a router around the
    /// layer cuts prefixes off: what clients sign is the whole path. With the `axum`
    /// feature, axum's nested routers are known already.
    #[must_use]
    pub fn with_original_uri(mut self, original_uri: fn(&Extensions) -> Option<&Uri>) -> Self {
        self.ambient.original_uri = original_uri;
        self
    }

    /// Says where a router notes which route it matched, by name or by pattern: what keys
    /// with [entry points](crate::store::EntryPoints) are checked against. With the `axum`
    /// feature, axum's routes are known already.
    #[must_use]
    pub fn with_entry_point(mut self, entry_point: fn(&Extensions) -> Option<&str>) -> Self {
        self.ambient.entry_point = entry_point;
        self
    }

    /// A layer for single routes inside this one, which refuses principals that lack one
    /// of `scopes`: 403, and 401 to anonymous requests. A text that is no scope is held by
    /// nobody.
    #[must_use]
    pub fn require_scopes<T>(&self, scopes: impl IntoIterator<Item = T>) -> RequireScopesLayer<A>
    where
        T: Into<Cow<'static, str>>,
    {
        RequireScopesLayer::new(
            self.guard.clone(),
            self.ambient,
            scopes.into_iter().map(Into::into).collect(),
        )
    }

    /// A layer for single routes inside this one, which refuses principals on routes of
    /// other tenants, by the rules of [`tenancy`](crate::tenancy), and anonymous requests
    /// with a 401. Without this layer around it, every request is a 500.
    ///
    /// ```
    /// use axum::{Router, extract::Path, routing::get};
    /// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
    /// use portcullis::store::memory::MemoryKeyStore;
    /// use portcullis::tenancy::{Tenancy, TenantSource};
    /// use portcullis::tower::AuthLayer;
    ///
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let auth = AuthLayer::new(ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_")));
    /// let tenancy = Tenancy::new(TenantSource::path_site("site")).with_sites(keys);
    /// let router: Router = Router::new()
    ///     .route("/sites/{site}/orders", get(async |Path(site): Path<String>| site))
    ///     .route_layer(auth.require_tenant(tenancy))
    ///     .route("/whoami", get(async || "not about a tenant"))
    ///     .layer(auth);
    /// # let _ = router;
    /// ```
    ///
    /// * Put it on routes, or with `route_layer` on a router. What axum's `layer` covers as
    ///   well, the pages that do not exist, has no parameters: 500.
    /// * It sees what has been matched *around* it. Give no parameter of a router further
    ///   in the name of the tenant's. Where a route has one name twice, it is a 500.
    /// * Names are compared as axum has decoded them, once: what `Path` gives to handlers.
    ///   One that is no UTF-8 is as unknown.
    /// * A header that this layer removes (`with_identity_headers`) is missing there.
    #[must_use]
    pub fn require_tenant<D>(&self, tenancy: Tenancy<D>) -> RequireTenantLayer<A, D>
    where
        A::Principal: Identity,
    {
        RequireTenantLayer::new(self.guard.clone(), self.ambient, tenancy)
    }
}

impl<A: Authenticator, S> Layer<S> for AuthLayer<A> {
    type Service = Auth<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        Auth::new(inner, self.guard.clone(), self.ambient)
    }
}

impl<A: Authenticator> Clone for AuthLayer<A> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), ambient: self.ambient }
    }
}

impl<A: Authenticator> fmt::Debug for AuthLayer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer").field("carriers", self.guard.carriers()).finish_non_exhaustive()
    }
}
