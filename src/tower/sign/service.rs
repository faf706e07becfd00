//! The service around the client.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

use super::credentials;
use super::error::SignLayerError;
use super::future::{BoxError, SignFuture};
use super::layer::{Learning, Origins, Others, Settings};
use super::redirect::may_lead_to;
use super::server::{Ahead, Server};
use crate::guard::read;

/// The service that [`SignLayer`](super::SignLayer) puts around a client. Clones share what was
/// learned of clocks.
#[derive(Clone)]
pub struct Sign<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Sign<S> {
    pub(super) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for Sign<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + From<Bytes> + Send + 'static,
    B::Data: Send,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = SignFuture<Response<R>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was polled ready must be the one that is called.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        SignFuture::new(send(Arc::clone(&self.settings), ready, request))
    }
}

/// Where a request goes.
enum Destination<'a> {
    /// To an origin whose clock may be learned.
    Known(&'a Server),
    Anywhere,
    Elsewhere,
}

async fn send<S, B, R>(
    settings: Arc<Settings>,
    mut inner: S,
    request: Request<B>,
) -> Result<Response<R>, BoxError>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Body + From<Bytes>,
{
    let (head, body) = request.into_parts();
    let server = match settings.destination(&head) {
        Destination::Elsewhere => return send_unsigned(&settings, inner, head, body).await,
        Destination::Known(server) => Some(server),
        Destination::Anywhere => None,
    };
    let body = read(body, settings.body).await.map_err(SignLayerError::Body)?;
    let used = server.map_or(Ahead::NONE, Server::ahead);
    let signed = settings.sign(&head, &body, used)?;
    let sent = (signed.uri().clone(), signed.headers().clone());
    let first = inner.call(signed).await.map_err(Into::into)?;
    let Some((server, learned)) = server.and_then(|server| settings.learn(server, &first, used)) else {
        return Ok(first);
    };
    let signed = settings.sign(&head, &body, learned)?;
    // Nothing of the credential is about time: the same again would be refused again.
    if (signed.uri(), signed.headers()) == (&sent.0, &sent.1) {
        return Ok(first);
    }
    drop(first);
    poll_fn(|cx| inner.poll_ready(cx)).await.map_err(Into::into)?;
    let second = inner.call(signed).await.map_err(Into::into)?;
    if second.status() != StatusCode::UNAUTHORIZED {
        server.keep(learned);
    }
    Ok(second)
}

async fn send_unsigned<S, B, R>(
    settings: &Settings,
    mut inner: S,
    mut head: Parts,
    body: B,
) -> Result<Response<R>, BoxError>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
{
    let (Others::PassUnsigned, Origins::These(own)) = (settings.others, &settings.origins) else {
        return Err(SignLayerError::ForeignOrigin.into());
    };
    credentials::remove(&mut head.headers);
    let answer = inner.call(Request::from_parts(head, body)).await.map_err(Into::into)?;
    if answer.status().is_redirection()
        && may_lead_to(own.iter().map(|server| &server.origin), answer.headers())
    {
        return Err(SignLayerError::RedirectedBack.into());
    }
    Ok(answer)
}

impl Settings {
    fn destination(&self, head: &Parts) -> Destination<'_> {
        match &self.origins {
            Origins::Any => Destination::Anywhere,
            Origins::These(servers) => {
                let server = servers.iter().find(|server| server.origin.is_of(head));
                server.map_or(Destination::Elsewhere, Destination::Known)
            }
        }
    }

    fn sign<B: From<Bytes>>(
        &self,
        head: &Parts,
        body: &Bytes,
        ahead: Ahead,
    ) -> Result<Request<B>, SignLayerError> {
        let mut signed = head.clone();
        let now = ahead.at(self.clock.now());
        self.signer.sign_request(&mut signed, body, now).map_err(SignLayerError::NotSigned)?;
        credentials::mark(&head.headers, &mut signed.headers);
        Ok(Request::from_parts(signed, body.clone().into()))
    }

    /// What an answer says of the server's clock, where it is believed.
    fn learn<'a, R>(
        &self,
        server: &'a Server,
        answer: &Response<R>,
        used: Ahead,
    ) -> Option<(&'a Server, Ahead)> {
        if !server.origin.is_https() && self.learning == Learning::OverTls {
            return None;
        }
        let learned = Server::learn(answer.status(), answer.headers(), used, self.clock.now());
        learned.map(|learned| (server, learned))
    }
}

impl<S: fmt::Debug> fmt::Debug for Sign<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sign").field("inner", &self.inner).finish_non_exhaustive()
    }
}
