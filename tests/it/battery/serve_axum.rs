//! Behind axum's router: the layer on routers, on single routes and inside nested ones.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::HeaderName;
use http_body_util::BodyExt;
use portcullis::AuthState;
use portcullis::axum::Authenticated;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;

use super::app::{App, Seen, set_up};
use super::serve_tower::{missing, response};
use super::server::{Framework, Server};

pub(crate) struct Axum;

impl Framework for Axum {
    const NAME: &'static str = "axum";

    fn serve(app: &App) -> Server {
        let router = router(app);
        Server::on_tokio(async move |listener| {
            axum::serve(listener, router).await.expect("it serves");
        })
    }
}

type Me = Authenticated<StoredPrincipal>;

fn router(app: &App) -> Router {
    let auth = set_up!(AuthLayer::new(app.chain()), app);
    let open = auth.clone().allow_anonymous();
    let nested = Router::new().route("/items/{id}", any(handle)).layer(auth.clone());
    Router::new()
        .route("/echo", any(handle))
        .route("/cached", any(handle))
        .route("/private", any(handle))
        .route("/unread", any(unread))
        .route("/scopes", any(handle).layer(auth.require_scopes(["orders:write"])))
        .route("/varied", any(handle))
        .route("/failing", any(async || missing().map(axum::body::Body::new)))
        .layer(auth.clone())
        .route("/twice", any(handle).layer::<_, Infallible>(auth.clone()).layer(open.clone()))
        .nest("/nested", nested)
        .route("/open", any(handle).layer(open.clone()))
        .route("/strict", any(strict).layer(open))
        .route("/bare", any(strict))
        .route("/bare-scopes", any(handle).layer(auth.require_scopes(["orders:write"])))
        .route("/health", any(async || "healthy"))
        .with_state(app.clone())
}

async fn strict(_: Me, app: State<App>, request: Request) -> Response {
    handle(app, request).await
}

async fn unread(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    answer(&app, &parts, Ok(Vec::new()))
}

async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).map_err(|_| ());
    answer(&app, &parts, body)
}

fn answer(app: &App, parts: &http::request::Parts, body: Result<Vec<u8>, ()>) -> Response {
    // A nested router shows its routes a shorter path.
    let original = parts.extensions.get::<axum::extract::OriginalUri>();
    let nested = original.filter(|uri| uri.path().starts_with("/nested/"));
    let uri = nested.map_or(&parts.uri, |original| &original.0);
    let seen = Seen {
        method: parts.method.as_str(),
        target: uri.path_and_query().map_or("", |target| target.as_str()),
        names: parts.headers.keys().map(HeaderName::as_str).collect(),
        state: parts.extensions.get::<AuthState<StoredPrincipal>>(),
    };
    response(app.handle(seen, body)).map(axum::body::Body::from)
}
