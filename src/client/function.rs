//! A function as a client, and a client that is shared.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use super::{Answer, HttpClient, HttpClientError, ResponseLimits};

/// A function that sends requests: around a client that the application has, or for tests.
///
/// The promises of [`HttpClient`] are the function's, all of them.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use portcullis::client::{ClientFn, HttpClientError, ResponseLimits};
/// let client = ClientFn::new(|request: Request<Bytes>, _: ResponseLimits| async move {
///     let found = request.uri().path() == "/keys";
///     let status = if found { 200 } else { 404 };
///     Response::builder().status(status).body(Bytes::from_static(b"{}")).map_err(HttpClientError::failed)
/// });
/// ```
#[derive(Clone, Copy)]
pub struct ClientFn<F>(F);

impl<F, A> ClientFn<F>
where
    F: Fn(Request<Bytes>, ResponseLimits) -> A + Send + Sync,
    A: Future<Output = Result<Response<Bytes>, HttpClientError>> + Send,
{
    /// The function `send`, which sends its request once.
    #[must_use]
    pub const fn new(send: F) -> Self {
        Self(send)
    }
}

impl<F, A> HttpClient for ClientFn<F>
where
    F: Fn(Request<Bytes>, ResponseLimits) -> A + Send + Sync,
    A: Future<Output = Result<Response<Bytes>, HttpClientError>> + Send,
{
    fn send(&self, request: Request<Bytes>, limits: ResponseLimits) -> Answer<'_> {
        Box::pin(async move { (self.0)(request, limits).await })
    }
}

/// One client for several: they share its connections.
impl<C: HttpClient + ?Sized> HttpClient for Arc<C> {
    fn send(&self, request: Request<Bytes>, limits: ResponseLimits) -> Answer<'_> {
        C::send(self, request, limits)
    }
}

impl<F> fmt::Debug for ClientFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientFn")
    }
}
