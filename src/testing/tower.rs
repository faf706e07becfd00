//! Tests of tower services, such as axum's routers.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

use super::probe::{Ended, Stranger};

/// The body of a request that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBody;

impl Body for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

/// Which of these routes do *not* end in a refusal by a guard of this crate, when a stranger
/// asks without a credential, or with one that nobody has.
///
/// A refusal by the handler is none: it is known by [`Refused`](crate::guard::Refused). What
/// answers 404 or 405 is `unknown`, for nobody can say whether it would be guarded; behind a
/// layer that is around a whole router, the fallback is guarded like a route.
///
/// ```
/// use axum::Router;
/// use axum::routing::{get, post};
/// use portcullis::testing::tower::unguarded;
/// use portcullis::testing::{Always, TestKit};
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::tower::AuthLayer;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let auth = AuthLayer::new(ApiKeyAuthenticator::new(TestKit::new().keys(), KeyShape::any()));
/// let app = Router::new()
///     .route("/orders", get(async || "orders").post(async || "taken"))
///     .route_layer(auth)
///     .route("/upload", post(async || "added after the layer"));
///
/// let routes = [("GET", "/orders"), ("POST", "/orders"), ("POST", "/upload"), ("GET", "/lost")];
/// let open = unguarded(app, routes).await;
/// assert_eq!(open, ["POST /upload: 200 without a credential", "GET /lost: unknown"]);
/// # });
/// ```
///
/// # Panics
/// When the system has no randomness.
pub async fn unguarded<'r, S, R>(
    mut service: S,
    routes: impl IntoIterator<Item = (&'r str, &'r str)>,
) -> Vec<String>
where
    S: Service<Request<NoBody>, Response = Response<R>>,
{
    let mut open = Vec::new();
    for route in routes {
        for stranger in Stranger::both() {
            let ended = ask(&mut service, route, &stranger).await;
            if let Some(line) = stranger.line(route, ended) {
                open.push(line);
                break;
            }
        }
    }
    open
}

async fn ask<S, R>(service: &mut S, (method, path): (&str, &str), stranger: &Stranger) -> Ended
where
    S: Service<Request<NoBody>, Response = Response<R>>,
{
    let request = Request::builder().method(method).uri(path);
    let request = match stranger.authorization() {
        Some(value) => request.header(AUTHORIZATION, value),
        None => request,
    };
    let Ok(request) = request.body(NoBody) else { return Ended::NotSent };
    if poll_fn(|cx| service.poll_ready(cx)).await.is_err() {
        return Ended::Failed;
    }
    match service.call(request).await {
        Ok(answer) => Ended::of(answer.status().as_u16(), answer.extensions().get()),
        Err(_) => Ended::Failed,
    }
}
