//! Tenants that single routes are about.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::ambient::Ambient;
use super::body::ResponseBody;
use super::path_parameters::{Lookup, PathParameters};
use super::refusal::RefusalBody;
use crate::guard::{BodyState, Guard, Stopwatch};
use crate::request::BodyGate;
use crate::store::SiteDirectory;
use crate::tenancy::Tenancy;
use crate::{Authenticator, Identity};

/// Refuses principals on routes of other tenants; from
/// [`AuthLayer::require_tenant`](super::AuthLayer::require_tenant), which says where it goes.
pub struct RequireTenantLayer<A: Authenticator, D> {
    needed: Needed<A, D>,
}

struct Needed<A: Authenticator, D> {
    guard: Guard<A>,
    ambient: Ambient,
    tenancy: Arc<Tenancy<D>>,
    lookup: Option<Lookup>,
}

impl<A: Authenticator, D> RequireTenantLayer<A, D> {
    pub(super) fn new(guard: Guard<A>, ambient: Ambient, tenancy: Tenancy<D>) -> Self {
        Self { needed: Needed { guard, ambient, tenancy: Arc::new(tenancy), lookup: None } }
    }

    /// Says where a router puts the parameters of the path, when it is another than axum's.
    /// The function answers with the parameter of this name, decoded as the handler gets
    /// it, and with none where the route has no such parameter *or two*. With the `axum`
    /// feature, those of axum's router are known already; without it, and without this, a
    /// source in the path is a 500.
    ///
    /// ```
    /// # use portcullis::store::memory::MemoryKeyStore;
    /// # use portcullis::tenancy::{Tenancy, TenantSource};
    /// # use portcullis::{api_key::{ApiKeyAuthenticator, KeyShape}, tower::AuthLayer};
    /// /// What a router of one's own leaves in the extensions of a request.
    /// #[derive(Clone)]
    /// struct Site(String);
    ///
    /// # let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// # let auth = AuthLayer::new(ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_")));
    /// let tenant = auth
    ///     .require_tenant(Tenancy::new(TenantSource::path_site("site")))
    ///     .with_path_parameter(|extensions, name| match name {
    ///         "site" => extensions.get::<Site>().map(|site| site.0.as_str()),
    ///         _ => None,
    ///     });
    /// # let _ = tenant;
    /// ```
    #[must_use]
    pub fn with_path_parameter(
        mut self,
        lookup: for<'a> fn(&'a Extensions, &str) -> Option<&'a str>,
    ) -> Self {
        self.needed.lookup = Some(lookup);
        self
    }
}

impl<A, D> Needed<A, D>
where
    A: Authenticator,
    A::Principal: Identity,
    D: SiteDirectory,
{
    /// Decides about one request, which a guard has let through.
    async fn decide(&self, parts: &mut Parts) -> Result<(), Response<Bytes>> {
        let watch = Stopwatch::start();
        let parameters = PathParameters::read(parts, self.lookup).await;
        let (gate, extensions) = (BodyGate::new(), &parts.extensions);
        let view = self.guard.place(self.ambient.view(parts, &gate, self.guard.now()));
        let decided = match Guard::<A>::present(extensions.get()) {
            Ok(principal) => {
                self.tenancy.decide(principal, &view, |name| parameters.value(extensions, name)).await
            }
            Err(error) => Err(error),
        };
        decided.map_err(|error| self.ambient.refuse(&self.guard, &error, &view, watch))
    }
}

impl<A: Authenticator, D, S> Layer<S> for RequireTenantLayer<A, D> {
    type Service = RequireTenant<S, A, D>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireTenant { inner, needed: self.needed.clone() }
    }
}

/// The service that [`RequireTenantLayer`] puts around another. Its future is boxed, which
/// is one allocation for each request; the list of what is claimed is another, and with
/// axum a copy of the list of parameters a third.
pub struct RequireTenant<S, A: Authenticator, D> {
    inner: S,
    needed: Needed<A, D>,
}

impl<S, A, D, B, R> Service<Request<B>> for RequireTenant<S, A, D>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    A: Authenticator,
    A::Principal: Identity,
    D: SiteDirectory,
    B: Body + Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was polled ready must be the one that is called.
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        let needed = self.needed.clone();
        // Parted before the future is made, or `B` would have to be `Sync`.
        let (mut parts, body) = request.into_parts();
        Box::pin(async move {
            match needed.decide(&mut parts).await {
                Ok(()) => Ok(ready.call(Request::from_parts(parts, body)).await?.map(ResponseBody::inner)),
                Err(refusal) => {
                    let body = BodyState::Untouched(body);
                    let refusal = RefusalBody::answer(&needed.guard, refusal, &parts, body);
                    Ok(refusal.map(ResponseBody::refusal))
                }
            }
        })
    }
}

impl<A: Authenticator, D> Clone for Needed<A, D> {
    fn clone(&self) -> Self {
        let Self { guard, ambient, tenancy, lookup } = self;
        Self { guard: guard.clone(), ambient: *ambient, tenancy: Arc::clone(tenancy), lookup: *lookup }
    }
}

impl<A: Authenticator, D> Clone for RequireTenantLayer<A, D> {
    fn clone(&self) -> Self {
        Self { needed: self.needed.clone() }
    }
}

impl<S: Clone, A: Authenticator, D> Clone for RequireTenant<S, A, D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), needed: self.needed.clone() }
    }
}

impl<A: Authenticator, D> fmt::Debug for RequireTenantLayer<A, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireTenantLayer(..)")
    }
}

impl<S, A: Authenticator, D> fmt::Debug for RequireTenant<S, A, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireTenant(..)")
    }
}
