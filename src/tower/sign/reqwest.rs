//! The client `reqwest` as a tower service.

use std::error::Error;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::future::{BoxError, SignFuture};
use crate::client::ReqwestClient;

/// The client writes the address in another way than it was given: the signature would not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client would send another url than the one of the request")]
struct RewrittenUrl;

/// The client as a service for [`SignLayer`](super::SignLayer). Made by
/// [`ReqwestClient::new`], it follows no redirect, as the layer needs it. The answer comes as
/// its body streams, and nothing limits its length or its time: put a timeout around it.
///
/// A URL that `reqwest` would write in another way (with dot segments, an upper-case host, or
/// characters that it escapes) is an error: what was signed is not what would be sent.
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use portcullis::client::ReqwestClient;
/// use portcullis::sign::BearerSigner;
/// use portcullis::tower::sign::SignLayer;
/// use tower::{Layer, ServiceExt};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let signer = BearerSigner::new(&"a-token".into())?;
/// let client = SignLayer::for_origin("https://api.example", signer)?.layer(ReqwestClient::new()?);
/// let request = http::Request::get("https://api.example/orders").body(Full::<Bytes>::default())?;
/// let answer = client.oneshot(request).await?;
/// # Ok(())
/// # }
/// ```
impl<B> Service<Request<B>> for ReqwestClient
where
    B: Body + Send + Sync + 'static,
    B::Data: Into<Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<reqwest::Body>;
    type Error = BoxError;
    type Future = SignFuture<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let client = self.client().clone();
        let wanted = request.uri().clone();
        let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap));
        SignFuture::new(async move {
            // The address is the caller's, and may say more than a log should hold.
            let request = request.map_err(reqwest::Error::without_url)?;
            let url = request.url();
            if (url.path(), url.query()) != (wanted.path(), wanted.query()) || url.host_str() != wanted.host()
            {
                return Err(RewrittenUrl.into());
            }
            let answer = client.execute(request).await;
            Ok(answer.map_err(reqwest::Error::without_url)?.into())
        })
    }
}
