//! The service around the inner one.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Request, Response, Uri};
use http_body::Body;
use tower_service::Service;

use super::body::{AuthBody, ResponseBody};
use super::collect::{BodyState, poll_drive};
use super::future::AuthFuture;
use super::layer::{Anonymous, Settings};
use super::refusal::{self, AnonymousRefusal};
use crate::authenticator::decide;
use crate::request::{BodyFailure, BodyGate, RequestTarget, RequestView};
use crate::{AuthError, AuthState, Authenticator, Outcome, Reason};

/// The service that [`AuthLayer`](super::AuthLayer) puts around another.
pub struct Auth<S, A> {
    inner: S,
    authenticator: Arc<A>,
    settings: Arc<Settings>,
}

impl<S, A> Auth<S, A> {
    pub(super) const fn new(inner: S, authenticator: Arc<A>, settings: Arc<Settings>) -> Self {
        Self { inner, authenticator, settings }
    }
}

/// What the deciding part of a request ends in.
pub(super) type Decision<B> = Result<Request<AuthBody<B>>, Response<Bytes>>;

impl<S, A, B, R> Service<Request<B>> for Auth<S, A>
where
    S: Service<Request<AuthBody<B>>, Response = Response<R>> + Clone,
    A: Authenticator,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = AuthFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was polled ready must be the one that is called.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        let (authenticator, settings) = (Arc::clone(&self.authenticator), Arc::clone(&self.settings));
        // Parted before the future is made, or `B` would have to be `Sync`.
        let (parts, body) = request.into_parts();
        AuthFuture::new(resolve(authenticator, settings, parts, BodyState::Untouched(body)), ready)
    }
}

/// Decides about one request.
#[expect(clippy::manual_async_fn, reason = "an async fn would keep its arguments twice")]
fn resolve<A: Authenticator, B: Body + Send>(
    authenticator: Arc<A>,
    settings: Arc<Settings>,
    mut parts: Parts,
    mut body: BodyState<B>,
) -> impl Future<Output = Decision<B>> + Send {
    async move {
        let decision = {
            let gate = BodyGate::new();
            let view = RequestView::new(
                target(&parts, settings.original_uri),
                &parts.headers,
                &gate,
                settings.clock.now(),
            )
            .with_peer((settings.peer)(&parts.extensions));
            let mut deciding = pin!(decide(&*authenticator, &settings.carriers, &view));
            poll_fn(|cx| poll_drive(deciding.as_mut(), &gate, &mut body, settings.body_limit, cx)).await
        };
        let admitted = decision.and_then(|outcome| {
            let state = state(outcome, settings.anonymous)?;
            match body {
                BodyState::Untouched(body) => Ok((state, AuthBody::untouched(body))),
                BodyState::Collected(data, trailers) => Ok((state, AuthBody::verified(data, trailers))),
                BodyState::Failed(failure) => Err(AuthError::from(failure)),
                // The authenticator stopped waiting for a body that was still being read.
                BodyState::Reading(_) | BodyState::Taken => Err(AuthError::from(BodyFailure::Unreadable)),
            }
        });
        match admitted {
            Ok((state, body)) => {
                if let AuthState::Anonymous = state {
                    parts.extensions.insert(AnonymousRefusal::new(&authenticator, &settings));
                }
                parts.extensions.insert(state);
                for (name, value) in &mut parts.headers {
                    if settings.sensitive.contains(name) {
                        value.set_sensitive(true);
                    }
                }
                Ok(Request::from_parts(parts, body))
            }
            Err(error) => Err(refusal::respond(&*authenticator, &settings, &error, &parts.headers)),
        }
    }
}

fn state<P>(outcome: Outcome<P>, anonymous: Anonymous) -> Result<AuthState<P>, AuthError> {
    match (outcome, anonymous) {
        (Outcome::Authenticated(principal), _) => Ok(AuthState::Authenticated(principal)),
        (Outcome::Absent, Anonymous::Allow) => Ok(AuthState::Anonymous),
        (Outcome::Absent, Anonymous::Refuse) => Err(AuthError::new(Reason::MissingCredential)),
    }
}

/// The target as the client sent it, also where a router has cut a prefix off since.
fn target(parts: &Parts, original: fn(&Extensions) -> Option<&Uri>) -> RequestTarget<'_> {
    let uri = original(&parts.extensions).unwrap_or(&parts.uri);
    RequestTarget {
        method: parts.method.as_str(),
        scheme: uri.scheme_str(),
        authority: uri.authority().map(http::uri::Authority::as_str),
        path: uri.path(),
        query: uri.query(),
    }
}

impl<S: Clone, A> Clone for Auth<S, A> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            authenticator: Arc::clone(&self.authenticator),
            settings: Arc::clone(&self.settings),
        }
    }
}

impl<S: fmt::Debug, A> fmt::Debug for Auth<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("inner", &self.inner).finish_non_exhaustive()
    }
}
