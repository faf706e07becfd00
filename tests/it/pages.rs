//! Plain pages behind the guard and beside it, in both frameworks.

use actix_web::{App, HttpResponse, test, web};
use axum::Router;
use axum::response::Html;
use axum::routing::get as route;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use portcullis::actix::AuthMiddleware;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::guard::{DjApiAuthStyle, Igny8Style};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::{EntryPoints, KeyOwner, NewKey, StoredPrincipal};
use portcullis::testing::TestKit;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, AuthenticatorExt, Scheme};
use tower::ServiceExt;

use crate::kit::{Answer, Kit, answer};

const PAGE: &str = "<!doctype html><title>Report</title>";

/// Signed URLs, as links to pages are, and API keys.
fn chain(kit: &TestKit) -> impl Authenticator<Principal = StoredPrincipal> + Clone {
    QuerySignatureAuthenticator::new(kit.keys(), kit.nonces())
        .or(ApiKeyAuthenticator::new(kit.keys(), KeyShape::any()))
}

/// What the same request is answered by axum and by actix-web: a page behind the guard at
/// `/report`, with dj-api-auth's answers, and one beside it at `/about`.
async fn both(kit: &TestKit, request: http::Request<&'static str>) -> Answer {
    let auth = AuthLayer::new(chain(kit)).with_clock(kit.clock()).with_style(DjApiAuthStyle::default());
    let guarded = Router::new().route("/report", route(async || Html(PAGE))).route_layer(auth);
    let app = guarded.route("/about", route(async || Html(PAGE)));
    let sent = request.clone().map(axum::body::Body::from);
    let axum = answer(app.oneshot(sent).await.expect("infallible")).await;

    let page =
        || web::get().to(|| async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE) });
    let auth = AuthMiddleware::new(chain(kit)).with_clock(kit.clock()).with_style(DjApiAuthStyle::default());
    let app = App::new()
        .service(web::resource("/report").wrap(auth).route(page()))
        .service(web::resource("/about").route(page()));
    let app = test::init_service(app).await;
    // The nonces are shared, and the URL was seen by the other framework: it is a GET.
    let request = portcullis::testing::actix::request(request);
    let actix = from_actix(test::call_service(&app, request.to_request()).await).await;

    let shown = |answer: &Answer| {
        let of = |name: http::HeaderName| answer.header(name.as_str()).join("; ");
        (answer.status, of(CONTENT_TYPE), of(CACHE_CONTROL), of(VARY), answer.body.clone())
    };
    assert_eq!(shown(&axum), shown(&actix));
    axum
}

pub(crate) async fn from_actix<B>(response: actix_web::dev::ServiceResponse<B>) -> Answer
where
    B: actix_web::body::MessageBody,
{
    let status = http::StatusCode::from_u16(response.status().as_u16()).expect("status");
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).expect("text");
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
    let body = text(&test::read_body(response).await);
    Answer { status, headers, body }
}

fn get(target: &str) -> http::Request<&'static str> {
    http::Request::get(target).body("").expect("request")
}

#[tokio::test]
async fn a_page_is_refused_in_the_words_of_the_style() {
    let kit = TestKit::new();
    for (request, body) in [
        (get("/report"), r#"{"error":"parameter missing"}"#),
        (kit.signed_url("ada").forged().sign(get("/report")), r#"{"error":"signature error"}"#),
    ] {
        let refused = both(&kit, request).await;
        assert_eq!((refused.status.as_u16(), refused.body.as_str()), (403, body));
        assert_eq!(refused.header("content-type"), ["application/json"]);
        assert_eq!(refused.header("cache-control"), ["no-store"]);
    }
}

#[tokio::test]
async fn a_page_is_served_as_html_and_kept_from_shared_caches() {
    let kit = TestKit::new();
    let page = both(&kit, kit.signed_url("ada").sign(get("/report"))).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, PAGE));
    assert_eq!(page.header("content-type"), ["text/html; charset=utf-8"]);
    // A cache cannot know that the query is a credential.
    assert_eq!(page.header("cache-control"), ["no-store"]);
    assert_eq!(page.header("vary"), ["authorization, x-api-key"]);

    let page = both(&kit, kit.api_key("ada").sign(get("/report"))).await;
    // It knows that of `Authorization` (RFC 9111, section 3.5).
    assert_eq!((page.status.as_u16(), page.header("cache-control").len()), (200, 0));
}

#[tokio::test]
async fn a_page_beside_the_guard_is_everybodys() {
    let kit = TestKit::new();
    let garbage = http::Request::get("/about").header("authorization", "Bearer garbage").body("");
    for request in [get("/about"), garbage.expect("request")] {
        let page = both(&kit, request).await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, PAGE));
        assert!(page.header("cache-control").is_empty() && page.header("vary").is_empty());
    }
}

#[tokio::test]
async fn a_key_for_one_page_opens_no_other() {
    let kit = Kit::new().await;
    let only = EntryPoints::only(["/report"]).expect("pattern");
    let key = kit.issue(NewKey::new(Scheme::ApiKey, KeyOwner::user("ada")).with_entry_points(only)).await;
    let value = key.secret.expose_text().expect("text").to_owned();
    let auth = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())).with_style(Igny8Style);
    let page = || route(async || Html(PAGE));
    let app = Router::new().route("/report", page()).route("/ledger", page()).route_layer(auth);
    for (path, status) in [("/report", 200), ("/ledger", 403)] {
        let sent = crate::kit::get(path, &[("x-api-key", &value)]);
        let page = answer(app.clone().oneshot(sent).await.expect("infallible")).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.body == PAGE, status == 200, "{path}");
    }
}

#[tokio::test]
async fn a_public_feed_knows_callers_and_refuses_wrong_credentials_in_igny8s_words() {
    use portcullis::AuthState;
    use portcullis::axum::Authenticated;

    let kit = TestKit::new();
    async fn axum_feed(me: Option<Authenticated<StoredPrincipal>>) -> &'static str {
        if me.is_some() { "known" } else { "public" }
    }
    async fn actix_feed(state: AuthState<StoredPrincipal>) -> &'static str {
        if state.principal().is_some() { "known" } else { "public" }
    }
    let auth = AuthLayer::new(chain(&kit)).with_clock(kit.clock()).with_style(Igny8Style).allow_anonymous();
    let axum = Router::new().route("/feed", route(axum_feed)).layer(auth);
    let auth =
        AuthMiddleware::new(chain(&kit)).with_clock(kit.clock()).with_style(Igny8Style).allow_anonymous();
    let actix = test::init_service(App::new().wrap(auth).route("/feed", web::get().to(actix_feed))).await;
    let refusal = r#"{"success":false,"error":"Authentication required","request_id":"r-1"}"#;
    for (key, status, body) in [
        (None, 200, "public"),
        (Some(kit.api_key("ada")), 200, "known"),
        (Some(kit.api_key("ada").forged()), 401, refusal),
    ] {
        let request = http::Request::get("/feed").header("x-request-id", "r-1").body("").expect("request");
        let request = key.map_or(request.clone(), |key| key.sign(request));
        let sent = request.clone().map(axum::body::Body::from);
        let by_axum = answer(axum.clone().oneshot(sent).await.expect("infallible")).await;
        let sent = portcullis::testing::actix::request(request).to_request();
        let by_actix = from_actix(test::call_service(&actix, sent).await).await;
        for answer in [by_axum, by_actix] {
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body));
        }
    }
}
