//! The service around the inner one.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use http::header::CONTENT_ENCODING;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use http_body::Body;
use tower_service::Service;

use super::ambient::Ambient;
use super::body::{AuthBody, ResponseBody};
use super::future::AuthFuture;
use super::refusal::RefusalBody;
use crate::guard::{BodyState, Decoded, Guard, Passing, Remarks, Stopwatch, poll_drive};
use crate::request::Notes;
use crate::{AuthState, Authenticator};

/// The service that [`AuthLayer`](super::AuthLayer) puts around another.
pub struct Auth<S, A: Authenticator> {
    inner: S,
    guard: Guard<A>,
    ambient: Ambient,
}

impl<S, A: Authenticator> Auth<S, A> {
    pub(super) const fn new(inner: S, guard: Guard<A>, ambient: Ambient) -> Self {
        Self { inner, guard, ambient }
    }
}

/// What the deciding part of a request ends in.
pub(super) type Decision<B> = Result<(Request<AuthBody<B>>, Remarks), Response<RefusalBody>>;

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
        // Parted before the future is made, or `B` would have to be `Sync`.
        let (parts, body) = request.into_parts();
        let deciding = resolve(self.guard.clone(), self.ambient, parts, BodyState::Untouched(body));
        AuthFuture::new(deciding, ready)
    }
}

/// Decides about one request.
#[expect(clippy::manual_async_fn, reason = "an async fn would keep its arguments twice")]
fn resolve<A: Authenticator, B: Body + Send + 'static>(
    guard: Guard<A>,
    ambient: Ambient,
    mut parts: Parts,
    mut body: BodyState<B>,
) -> impl Future<Output = Decision<B>> + Send {
    async move {
        let (gate, notes, watch) = (body.gate(), Notes::new(), Stopwatch::start());
        let view = guard.place(ambient.view(&parts, &gate, guard.now()).with_notes(&notes));
        let decision = {
            let mut deciding = pin!(guard.decide(&view));
            let (limits, now) = (guard.body_limits(), || guard.now());
            poll_fn(|cx| poll_drive(deciding.as_mut(), &gate, &mut body, limits, now, cx)).await
        };
        match decision.and_then(|admission| guard.pass(admission, &mut body, &gate, &view)) {
            Ok(Passing { admission, body, decoded }) => {
                guard.admitted(&view, &admission.state, watch);
                decode(&decoded, &mut parts.headers);
                clean(&guard, &mut parts);
                if let AuthState::Anonymous = admission.state {
                    parts.extensions.insert(guard.anonymous_refusal());
                }
                parts.extensions.insert(admission.state);
                Ok((Request::from_parts(parts, AuthBody::new(body)), admission.remarks))
            }
            Err(error) => {
                let refusal = ambient.refuse(&guard, &error, &view, watch);
                Err(RefusalBody::answer(&guard, refusal, &parts, body))
            }
        }
    }
}

/// Says of a body what it is without the codings that a guard undoes.
fn decode(decoded: &Decoded, headers: &mut HeaderMap) {
    for (name, value) in decoded.headers(headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes))
    {
        // Parts of values that were read are one.
        match value.and_then(|value| HeaderValue::from_bytes(&value).ok()) {
            Some(value) => drop(headers.insert(name, value)),
            None => drop(headers.remove(name)),
        }
    }
}

/// Removes what the handler must not see, and marks what nobody should print.
fn clean<A: Authenticator>(guard: &Guard<A>, parts: &mut Parts) {
    let mut unwanted: Vec<HeaderName> = Vec::new();
    for (name, value) in &mut parts.headers {
        if guard.is_unwanted(name.as_str()) {
            unwanted.push(name.clone());
        } else if guard.is_sensitive(name.as_str()) {
            value.set_sensitive(true);
        }
    }
    for name in unwanted {
        parts.headers.remove(name);
    }
    if let Some(query) = guard.query_without_credential(parts.uri.query()) {
        let path = parts.uri.path();
        let kept = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut uri = parts.uri.clone().into_parts();
        uri.path_and_query = PathAndQuery::try_from(kept).ok();
        // Parts of a URI that was read, with a shorter query, are one.
        parts.uri = Uri::from_parts(uri).unwrap_or_default();
    }
}

impl<S: Clone, A: Authenticator> Clone for Auth<S, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), guard: self.guard.clone(), ambient: self.ambient }
    }
}

impl<S: fmt::Debug, A: Authenticator> fmt::Debug for Auth<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("inner", &self.inner).finish_non_exhaustive()
    }
}
