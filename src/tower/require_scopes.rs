//! Scopes that single routes need.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::ambient::Ambient;
use super::body::ResponseBody;
use super::refusal::RefusalBody;
use crate::Authenticator;
use crate::guard::{BodyState, Guard, Stopwatch};
use crate::request::BodyGate;
use crate::scope::HasScopes;

/// Refuses principals that lack a scope; from
/// [`AuthLayer::require_scopes`](super::AuthLayer::require_scopes). It goes *inside* that
/// layer, on the routes that need the scopes: without it, every request is a 500.
pub struct RequireScopesLayer<A: Authenticator> {
    needed: Needed<A>,
}

struct Needed<A: Authenticator> {
    guard: Guard<A>,
    ambient: Ambient,
    scopes: Arc<[Cow<'static, str>]>,
}

impl<A: Authenticator> RequireScopesLayer<A> {
    pub(super) const fn new(guard: Guard<A>, ambient: Ambient, scopes: Arc<[Cow<'static, str>]>) -> Self {
        Self { needed: Needed { guard, ambient, scopes } }
    }
}

impl<A: Authenticator, S> Layer<S> for RequireScopesLayer<A> {
    type Service = RequireScopes<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireScopes { inner, needed: self.needed.clone() }
    }
}

/// The service that [`RequireScopesLayer`] puts around another.
pub struct RequireScopes<S, A: Authenticator> {
    inner: S,
    needed: Needed<A>,
}

impl<S, A, B, R> Service<Request<B>> for RequireScopes<S, A>
where
    S: Service<Request<B>, Response = Response<R>>,
    A: Authenticator,
    A::Principal: HasScopes,
    B: Body + Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = RequireScopesFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Needed { guard, ambient, scopes } = &self.needed;
        let state = match Guard::<A>::check_scopes(request.extensions().get(), scopes) {
            Ok(()) => State::Admitted { answering: self.inner.call(request) },
            Err(error) => {
                let (parts, body) = request.into_parts();
                let gate = BodyGate::new();
                let view = guard.place(ambient.view(&parts, &gate, guard.now()));
                let refusal = ambient.refuse(guard, &error, &view, Stopwatch::start());
                let refusal = RefusalBody::answer(guard, refusal, &parts, BodyState::Untouched(body));
                State::Refused { refusal: Some(refusal) }
            }
        };
        RequireScopesFuture { state }
    }
}

pin_project! {
    /// The answer of the inner service, or the refusal.
    #[must_use = "futures do nothing unless polled"]
    pub struct RequireScopesFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Admitted { #[pin] answering: F },
        Refused { refusal: Option<Response<RefusalBody>> },
    }
}

impl<F, R, E> Future for RequireScopesFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Admitted { answering } => {
                Poll::Ready(Ok(ready!(answering.poll(cx))?.map(ResponseBody::inner)))
            }
            StateProjection::Refused { refusal } => match refusal.take() {
                Some(refusal) => Poll::Ready(Ok(refusal.map(ResponseBody::refusal))),
                None => Poll::Pending,
            },
        }
    }
}

impl<A: Authenticator> Clone for Needed<A> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), ambient: self.ambient, scopes: Arc::clone(&self.scopes) }
    }
}

impl<A: Authenticator> Clone for RequireScopesLayer<A> {
    fn clone(&self) -> Self {
        Self { needed: self.needed.clone() }
    }
}

impl<S: Clone, A: Authenticator> Clone for RequireScopes<S, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), needed: self.needed.clone() }
    }
}

impl<A: Authenticator> fmt::Debug for RequireScopesLayer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequireScopesLayer").field(&self.needed.scopes).finish()
    }
}

impl<S, A: Authenticator> fmt::Debug for RequireScopes<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequireScopes").field(&self.needed.scopes).finish()
    }
}

impl<F> fmt::Debug for RequireScopesFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireScopesFuture(..)")
    }
}
