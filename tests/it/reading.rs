//! A handler that reads the body of its request, and what it has of it in the end.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use portcullis::Authenticator;
use portcullis::store::StoredPrincipal;
use portcullis::tower::{AuthBody, AuthLayer};
use tower::{Layer, ServiceExt, service_fn};

use crate::table::Sent;

/// The status, and what the handler read: none where it did not run, and an error where the body
/// did not end well.
pub(crate) async fn read_by_handler<A>(layer: &AuthLayer<A>, sent: Sent) -> (u16, Option<Result<Bytes, ()>>)
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let read = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&read);
    let inner = service_fn(move |request: Request<AuthBody<Full<Bytes>>>| {
        let seen = Arc::clone(&seen);
        async move {
            let body = request.into_body().collect().await;
            *seen.lock().expect("lock") = Some(body.map(|body| body.to_bytes()).map_err(|_| ()));
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
        }
    });
    let response = layer.layer(inner).oneshot(sent).await.expect("infallible");
    let read = read.lock().expect("lock").take();
    (response.status().as_u16(), read)
}
