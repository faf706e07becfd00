//! tower-http.

use ::axum::body::Body;
use ::axum::http::{Method, Request, Response, header};
use ::axum::routing::post;
use ::axum::{Router, http::HeaderValue};
use portcullis::tower::AuthLayer;
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

use crate::{ORIGIN, PREFLIGHT, REFUSED, keys};

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static(ORIGIN))
        .allow_methods([Method::POST])
        .allow_headers([header::AUTHORIZATION])
}

async fn ask(router: &Router, (method, headers): (&str, &[(&str, &str)])) -> Response<Body> {
    let mut request = Request::builder().method(method).uri("/orders");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible")
}

fn allowed(response: &Response<Body>) -> Vec<&str> {
    let lines = response.headers().get_all("access-control-allow-origin").iter();
    lines.map(|value| value.to_str().expect("text")).collect()
}

#[tokio::test]
async fn a_refusal_reaches_the_page_through_cors_outside_the_guard() {
    let router = Router::new().route("/orders", post(async || "made"));
    let router = router.layer(AuthLayer::new(keys())).layer(cors());
    let preflight = ask(&router, PREFLIGHT).await;
    assert_eq!((preflight.status().as_u16(), allowed(&preflight)), (200, vec![ORIGIN]));
    for sent in REFUSED {
        let refused = ask(&router, sent).await;
        assert_eq!((refused.status().as_u16(), allowed(&refused)), (401, vec![ORIGIN]));
        assert!(refused.headers().contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn cors_inside_the_guard_answers_real_preflights_only_if_they_are_let_through() {
    let routes = || Router::new().route("/orders", post(async || "made")).layer(cors());
    let strict = routes().layer(AuthLayer::new(keys()));
    let preflight = ask(&strict, PREFLIGHT).await;
    assert_eq!((preflight.status().as_u16(), allowed(&preflight)), (401, vec![]));
    let passing = routes().layer(AuthLayer::new(keys()).allow_cors_preflight());
    let preflight = ask(&passing, PREFLIGHT).await;
    assert_eq!((preflight.status().as_u16(), allowed(&preflight)), (200, vec![ORIGIN]));
    for sent in REFUSED {
        let refused = ask(&passing, sent).await;
        assert_eq!((refused.status().as_u16(), allowed(&refused)), (401, vec![]), "hidden from the page");
    }
}
