//! Scopes that single scopes and resources need.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage};

use super::{answer, payload, view};
use crate::Authenticator;
use crate::guard::Guard;
use crate::request::BodyGate;
use crate::scope::HasScopes;

/// Refuses principals that lack a scope; from
/// [`AuthMiddleware::require_scopes`](super::AuthMiddleware::require_scopes). It goes
/// *inside* that middleware, on the scopes and resources that need it: without it, every
/// request is a 500.
pub struct RequireScopes<A: Authenticator> {
    guard: Guard<A>,
    scopes: Arc<[Cow<'static, str>]>,
}

impl<A: Authenticator> RequireScopes<A> {
    pub(super) const fn new(guard: Guard<A>, scopes: Arc<[Cow<'static, str>]>) -> Self {
        Self { guard, scopes }
    }
}

impl<S, B, A> Transform<S, ServiceRequest> for RequireScopes<A>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    A: Authenticator,
    A::Principal: HasScopes,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = RequireScopesService<S, A>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RequireScopesService { service, needed: self.clone() }))
    }
}

/// The service that [`RequireScopes`] puts around another.
pub struct RequireScopesService<S, A: Authenticator> {
    service: S,
    needed: RequireScopes<A>,
}

impl<S, B, A> Service<ServiceRequest> for RequireScopesService<S, A>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
    A: Authenticator,
    A::Principal: HasScopes,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let RequireScopes { guard, scopes } = &self.needed;
        let checked = Guard::<A>::check_scopes(request.extensions().get(), scopes);
        if let Err(error) = checked {
            let gate = BodyGate::new();
            let refusal = guard.refuse_inside(&error, view::view(request.request(), &gate, guard.now()));
            let (guard, refusal) = (guard.clone(), answer::convert(refusal));
            return Box::pin(async move {
                payload::drain_inside(&guard, &mut request).await;
                Ok(request.into_response(refusal).map_into_right_body())
            });
        }
        let answering = self.service.call(request);
        Box::pin(async move { Ok(answering.await?.map_into_left_body()) })
    }
}

impl<A: Authenticator> Clone for RequireScopes<A> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), scopes: Arc::clone(&self.scopes) }
    }
}

impl<A: Authenticator> fmt::Debug for RequireScopes<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequireScopes").field(&self.scopes).finish()
    }
}

impl<S, A: Authenticator> fmt::Debug for RequireScopesService<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequireScopesService").field(&self.needed.scopes).finish()
    }
}
