//! Behind hyper alone: a service that looks at the path itself.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis::AuthState;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use tower::{Layer, ServiceExt, service_fn};

use super::app::{App, Reply, Seen, set_up};
use super::server::{Framework, Server};

pub(crate) struct Tower;

impl Framework for Tower {
    const NAME: &'static str = "tower";

    fn serve(app: &App) -> Server {
        let app = app.clone();
        Server::on_tokio(async move |listener| {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let app = app.clone();
                let service = service_fn(move |request| route(app.clone(), request));
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
                tokio::spawn(serving);
            }
        })
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

async fn route(app: App, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let auth = set_up!(AuthLayer::new(app.chain()), app);
    let open = auth.clone().allow_anonymous();
    let path = request.uri().path().to_owned();
    let handler = || {
        let app = app.clone();
        service_fn(move |request| handle(app.clone(), request))
    };
    let plain = || {
        let app = app.clone();
        service_fn(move |request| handle(app.clone(), request))
    };
    let scoped = |scope: Option<&'static str>| auth.require_scopes(scope);
    Ok(match path.as_str() {
        "/health" => text("healthy").map(BodyExt::boxed_unsync),
        // What an extractor answers where there is no layer.
        "/bare" => {
            let mut response = Response::new(Full::default().boxed_unsync());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
        "/bare-scopes" => {
            scoped(Some("orders:write")).layer(plain()).oneshot(request).await?.map(BodyExt::boxed_unsync)
        }
        "/open" => open.layer(handler()).oneshot(request).await?.map(BodyExt::boxed_unsync),
        // What an extractor answers to the anonymous: nobody lacks no scope but they.
        "/strict" => {
            let strict = open.layer(scoped(None).layer(handler()));
            strict.oneshot(request).await?.map(BodyExt::boxed_unsync)
        }
        "/scopes" => {
            let writers = auth.layer(scoped(Some("orders:write")).layer(handler()));
            writers.oneshot(request).await?.map(BodyExt::boxed_unsync)
        }
        "/twice" => {
            let inner = service_fn(move |request| handle(app.clone(), request));
            let twice = open.layer(auth.layer(inner));
            twice.oneshot(request).await?.map(BodyExt::boxed_unsync)
        }
        "/failing" => {
            let failing = auth.layer(service_fn(|_| std::future::ready(Ok::<_, Infallible>(missing()))));
            failing.oneshot(request).await?.map(BodyExt::boxed_unsync)
        }
        // What a router would say that it matched.
        path if path.strip_prefix("/nested/items/").is_some_and(|id| !id.contains('/')) => {
            let items = auth.at_entry_point("/nested/items/{id}");
            items.layer(handler()).oneshot(request).await?.map(BodyExt::boxed_unsync)
        }
        _ => auth.layer(handler()).oneshot(request).await?.map(BodyExt::boxed_unsync),
    })
}

async fn handle<B: http_body::Body>(
    app: App,
    request: Request<B>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = match parts.uri.path() {
        "/unread" => Ok(Vec::new()),
        _ => body.collect().await.map(|body| body.to_bytes().to_vec()).map_err(|_| ()),
    };
    let seen = Seen {
        method: parts.method.as_str(),
        target: parts.uri.path_and_query().map_or("", |target| target.as_str()),
        names: parts.headers.keys().map(HeaderName::as_str).collect(),
        state: parts.extensions.get::<AuthState<StoredPrincipal>>(),
    };
    Ok(response(app.handle(seen, body)).map(Full::from))
}

fn text(text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert("content-type", plain);
    response
}

/// What a service inside fails with.
pub(crate) fn missing() -> Response<Full<Bytes>> {
    let mut response = text("no such thing");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// A reply as tower and axum send it.
pub(crate) fn response(reply: Reply) -> Response<Vec<u8>> {
    let mut response = Response::new(reply.body);
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("text/plain"));
    if let Some(said) = reply.cache_control {
        headers.insert("cache-control", HeaderValue::from_static(said));
    }
    if let Some(vary) = reply.vary {
        headers.insert("vary", HeaderValue::from_static(vary));
    }
    response
}
