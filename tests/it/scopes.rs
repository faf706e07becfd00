//! Scopes on routes.

use axum::Router;
use axum::routing::{get as route, post};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::NewKey;
use portcullis::{Scheme, Scopes};
use tower::ServiceExt;

use crate::kit::{Answer, Kit, answer, request};

async fn ask(router: &Router, method: &str, path: &str, key: Option<&str>) -> Answer {
    let value = key.map(|key| format!("Bearer {key}"));
    let headers: Vec<_> = value.iter().map(|value| ("authorization", value.as_str())).collect();
    answer(router.clone().oneshot(request(method, path, &headers, b"")).await.expect("infallible")).await
}

#[tokio::test]
async fn a_route_needs_every_scope_that_it_names() {
    let kit = Kit::new().await;
    let scopes = |list| Scopes::parse(list).expect("scopes");
    let new = |list| NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_").with_scopes(scopes(list));
    let reader = kit.issue(new("orders:read")).await;
    let writer = kit.issue(new("orders:read orders:write")).await;

    let auth =
        kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))).allow_anonymous();
    let router = Router::new()
        .route(
            "/orders",
            post(async || "created").layer(auth.require_scopes(["orders:read", "orders:write"])),
        )
        .route("/typo", route(async || "never").layer(auth.require_scopes(["orders write"])))
        .layer(auth);

    let text = |key: &portcullis::store::IssuedKey| key.secret.expose_text().expect("text").to_owned();
    for (key, status) in [(Some(text(&reader)), 403), (Some(text(&writer)), 200), (None, 401)] {
        let answer = ask(&router, "POST", "/orders", key.as_deref()).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
    }
    assert_eq!(ask(&router, "GET", "/typo", Some(&text(&writer))).await.status, 403);
}

#[tokio::test]
async fn scopes_without_the_layer_around_them_are_500() {
    let kit = Kit::new().await;
    let auth = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let router = Router::new().route("/", route(async || "never").layer(auth.require_scopes(["a"])));
    assert_eq!(ask(&router, "GET", "/", None).await.status, 500);
}
