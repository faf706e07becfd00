//! Tenants that single scopes and resources are about.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::{answer, payload, view};
use crate::guard::{Guard, Stopwatch};
use crate::request::BodyGate;
use crate::store::SiteDirectory;
use crate::tenancy::{Tenancy, sole};
use crate::{AuthState, Authenticator, Identity};

/// Refuses principals on routes of other tenants; from
/// [`AuthMiddleware::require_tenant`](super::AuthMiddleware::require_tenant), which says
/// where it goes.
pub struct RequireTenant<A: Authenticator, D> {
    guard: Guard<A>,
    tenancy: Arc<Tenancy<D>>,
}

impl<A: Authenticator, D> RequireTenant<A, D> {
    pub(super) fn new(guard: Guard<A>, tenancy: Tenancy<D>) -> Self {
        Self { guard, tenancy: Arc::new(tenancy) }
    }
}

impl<A, D> RequireTenant<A, D>
where
    A: Authenticator,
    A::Principal: Identity,
    D: SiteDirectory,
{
    /// Decides about one request, which a guard has let through.
    async fn decide(&self, request: &HttpRequest) -> Result<(), HttpResponse> {
        let (gate, watch) = (BodyGate::new(), Stopwatch::start());
        let view = self.guard.place(view::view(request, &gate, self.guard.now()));
        // Cloned, because the extensions must not stay borrowed while the store is asked.
        let state = request.extensions().get::<AuthState<A::Principal>>().cloned();
        let decided = match Guard::<A>::present(state.as_ref()) {
            Ok(principal) => self.tenancy.decide(principal, &view, |name| parameter(request, name)).await,
            Err(error) => Err(error),
        };
        decided.map_err(|error| answer::convert(self.guard.refuse(&error, &view, watch)))
    }
}

/// The value of the one parameter of this name, where all handlers get the same.
///
/// `match_info` has `%2F`, `%2B` and `%25` as they were sent, and `web::Path` decodes
/// them: the two disagree about a value with a `%` in it, and it is not known which one the
/// handler takes. Such a value names nobody. Without a `%`, they are the same.
fn parameter<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let value = sole(request.match_info().iter(), name)?;
    Some(if value.contains('%') { "" } else { value })
}

impl<S, B, A, D> Transform<S, ServiceRequest> for RequireTenant<A, D>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    A: Authenticator,
    A::Principal: Identity,
    D: SiteDirectory,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = RequireTenantService<S, A, D>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RequireTenantService { service: Rc::new(service), needed: self.clone() }))
    }
}

/// The service that [`RequireTenant`] puts around another.
pub struct RequireTenantService<S, A: Authenticator, D> {
    service: Rc<S>,
    needed: RequireTenant<A, D>,
}

impl<S, B, A, D> Service<ServiceRequest> for RequireTenantService<S, A, D>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    A: Authenticator,
    A::Principal: Identity,
    D: SiteDirectory,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (service, needed) = (Rc::clone(&self.service), self.needed.clone());
        Box::pin(async move {
            match needed.decide(request.request()).await {
                Ok(()) => Ok(service.call(request).await?.map_into_left_body()),
                Err(refusal) => {
                    payload::drain_inside(&needed.guard, &mut request).await;
                    Ok(request.into_response(refusal).map_into_right_body())
                }
            }
        })
    }
}

impl<A: Authenticator, D> Clone for RequireTenant<A, D> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), tenancy: Arc::clone(&self.tenancy) }
    }
}

impl<A: Authenticator, D> fmt::Debug for RequireTenant<A, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireTenant(..)")
    }
}

impl<S, A: Authenticator, D> fmt::Debug for RequireTenantService<S, A, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireTenantService(..)")
    }
}
