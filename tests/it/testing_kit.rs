//! The kit for the tests of applications, as an application uses it.

use actix_web::{App, test, web};
use axum::Router;
use axum::body::Body;
use axum::routing::{any, get, post};
use http::Request;
use portcullis::actix::AuthMiddleware;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::axum::Authenticated;
use portcullis::basic::BasicAuthenticator;
use portcullis::guard::Refused;
use portcullis::jwt::{JwtAuthenticator, VerifiedToken};
use portcullis::message_signature::MessageSignatureAuthenticator;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::StoredPrincipal;
use portcullis::testing::{Always, Refusing, TestKey, TestKit, TestUser, principal};
use portcullis::tower::AuthLayer;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{Authenticator, AuthenticatorExt, ErrorKind, Principal, Reason, Scheme};
use std::time::Duration;
use tower::ServiceExt;

use crate::kit::{Answer, answer};

fn chain(kit: &TestKit) -> impl Authenticator<Principal = StoredPrincipal> + Clone {
    let subject = |token: &VerifiedToken| {
        let user = token.subject().ok_or("a token without a subject")?;
        let scopes = token.scopes().map_err(|_| "no scopes")?;
        Ok::<_, &str>(Principal::builder(Some(user.into())).account(None).site(None).scopes(scopes).build())
    };
    ApiKeyAuthenticator::new(kit.keys(), KeyShape::any())
        .or(JwtAuthenticator::new(kit.jwt_verifier()).with_mapping(subject))
        .or(QuerySignatureAuthenticator::new(kit.keys(), kit.nonces()))
        .or(XAuthAuthenticator::new(kit.keys(), kit.nonces()))
        .or(SigV4Authenticator::new(kit.keys(), kit.nonces(), "eu-north-1", "orders"))
        .or(MessageSignatureAuthenticator::new(kit.keys(), kit.nonces()))
        .or(BasicAuthenticator::new(kit.user_verifier()))
}

fn keys(kit: &TestKit, user: &TestUser) -> [TestKey; 10] {
    [
        kit.api_key(user.clone()),
        kit.api_key(user.clone()).in_header("X-API-Key"),
        kit.jwt(user.clone()),
        kit.signed_url(user.clone()),
        kit.x_auth(user.clone()),
        kit.signed_url(user.clone()).strict(),
        kit.x_auth(user.clone()).strict(),
        kit.sigv4(user.clone(), "eu-north-1", "orders"),
        kit.message_signature(user.clone()),
        kit.basic(user.clone()),
    ]
}

fn app(kit: &TestKit) -> Router {
    async fn echo(Authenticated(me): Authenticated<StoredPrincipal>, body: String) -> String {
        format!("{}|{}|{body}", me.user().as_ref().map_or("nobody", |user| user.as_str()), me.scopes())
    }
    let auth = AuthLayer::new(chain(kit)).with_clock(kit.clock());
    Router::new().route("/orders", post(echo)).layer(auth)
}

fn order() -> Request<&'static str> {
    Request::post("/orders?page=2").body(r#"{"n":1}"#).expect("request")
}

async fn send(app: Router, request: Request<&'static str>) -> Answer {
    answer(app.oneshot(request.map(Body::from)).await.expect("infallible")).await
}

#[tokio::test]
async fn every_scheme_signs_what_its_authenticator_accepts() {
    let kit = TestKit::new();
    let ada = TestUser::new("ada").with_scopes("orders:read orders:write");
    for key in keys(&kit, &ada) {
        let good = send(app(&kit), key.sign(order())).await;
        let expected = r#"ada|orders:read orders:write|{"n":1}"#;
        assert_eq!((good.status.as_u16(), good.body.as_str()), (200, expected), "{key:?}");
        let forged = send(app(&kit), key.forged().sign(order())).await;
        assert_eq!(forged.status, 401, "{key:?}");
    }
}

#[tokio::test]
async fn a_revoked_key_and_a_late_request_are_refused() {
    let kit = TestKit::new();
    for key in keys(&kit, &"ada".into()) {
        let early = key.sign(order());
        kit.clock().advance(Duration::from_secs(3601));
        let late = send(app(&kit), early).await;
        let is_basic = format!("{key:?}").contains("Basic");
        let lasts = is_basic || key.id().is_some_and(|id| id.as_str().starts_with("key_"));
        assert_eq!(late.status, if lasts { 200 } else { 401 }, "{key:?}");
        if key.id().is_some() {
            kit.revoke(&key);
            assert_eq!(send(app(&kit), key.sign(order())).await.status, 401, "{key:?}");
        }
    }
}

#[tokio::test]
async fn no_two_kits_have_a_secret_in_common() {
    let (one, other) = (TestKit::new(), TestKit::new());
    for (key, same) in keys(&one, &"ada".into()).iter().zip(keys(&other, &"ada".into())) {
        assert_ne!(key.secret().expose(), same.secret().expose());
        assert_eq!(send(app(&other), key.sign(order())).await.status, 401, "{key:?}");
    }
}

#[tokio::test]
async fn a_key_stands_for_the_account_and_the_site_of_its_user() {
    let kit = TestKit::of_principals::<Principal<String, String, String>>().with_key_prefix("acme_");
    async fn whoami(Authenticated(me): Authenticated<Principal<String, String, String>>) -> String {
        format!("{} {} {}", me.user(), me.account(), me.site())
    }
    let auth = AuthLayer::new(ApiKeyAuthenticator::new(kit.keys(), KeyShape::prefix("acme_")));
    let app = Router::new().route("/orders", post(whoami)).layer(auth.with_clock(kit.clock()));
    let ada = TestUser::new("ada").of_account("acme").for_site("shop");
    for key in [kit.api_key(ada.clone()), kit.api_key(ada)] {
        assert_eq!(send(app.clone(), key.sign(order())).await.body, "ada acme shop");
    }
}

#[test]
#[should_panic(expected = "the principal has a part that this user has not")]
fn a_principal_with_a_part_that_nobody_said_is_not_made_up() {
    let _: Principal<String, String> = TestUser::new("ada").principal();
}

#[tokio::test]
async fn always_is_that_principal_and_refusing_is_that_reason() {
    async fn whoami(Authenticated(me): Authenticated<StoredPrincipal>) -> String {
        format!("{:?}", me.user())
    }
    let routes = Router::new().route("/orders", post(whoami));
    let always = routes.clone().layer(AuthLayer::new(Always(principal("ada"))));
    assert_eq!(send(always, order()).await.body, r#"Some("ada")"#);
    for reason in Reason::ALL {
        let refusing = Refusing::<StoredPrincipal>::new(*reason);
        let refused = send(routes.clone().layer(AuthLayer::new(refusing)), order()).await;
        assert_eq!(refused.status.as_u16(), reason.kind().status(), "{reason:?}");
        assert_eq!(refused.header("www-authenticate").is_empty(), refused.status != 401, "{reason:?}");
    }
}

#[tokio::test]
async fn actix_web_takes_the_same_signed_requests() {
    use portcullis::actix::Authenticated;

    async fn echo(Authenticated(me): Authenticated<StoredPrincipal>, body: String) -> String {
        format!("{:?} {body}", me.user())
    }
    let kit = TestKit::new();
    let auth = AuthMiddleware::new(chain(&kit)).with_clock(kit.clock());
    let app = test::init_service(App::new().wrap(auth).route("/orders", web::post().to(echo))).await;
    for key in keys(&kit, &"ada".into()) {
        let request = portcullis::testing::actix::request(key.sign(order()));
        let body = test::call_and_read_body(&app, request.to_request()).await;
        assert_eq!(body, r#"Some("ada") {"n":1}"#, "{key:?}");
        let request = portcullis::testing::actix::request(key.forged().sign(order()));
        assert_eq!(test::call_service(&app, request.to_request()).await.status(), 401, "{key:?}");
    }
}

async fn own_refusal() -> http::StatusCode {
    http::StatusCode::UNAUTHORIZED
}

#[tokio::test]
async fn only_a_guards_refusal_counts_as_one() {
    let kit = TestKit::new();
    let auth = AuthLayer::new(chain(&kit)).with_clock(kit.clock());
    async fn me(_: Authenticated<StoredPrincipal>) {}
    async fn perhaps(_: Option<Authenticated<StoredPrincipal>>) {}
    let guarded = Router::new()
        .route("/orders", get(me))
        .route("/scoped", any(me).layer(auth.require_scopes(["a"])))
        .route_layer(auth.clone());
    let anonymous = Router::new()
        .route("/feed", get(perhaps))
        .route("/extracted", get(me))
        .route_layer(auth.clone().allow_anonymous());
    let forgotten = Router::new()
        .route("/own", get(own_refusal))
        .route("/forgotten", get(me))
        .route("/scopes-alone", get(perhaps).layer(auth.require_scopes(["a"])));
    let refusing = AuthLayer::new(Refusing::<StoredPrincipal>::new(Reason::StoreUnavailable));
    let down = Router::new().route("/down", get(me)).route_layer(refusing);

    let app = guarded.merge(anonymous).merge(forgotten).merge(down);
    let routes = [
        "/orders",
        "/scoped",
        "/extracted",
        "/down",
        "/feed",
        "/own",
        "/forgotten",
        "/scopes-alone",
        "/lost",
    ];
    let routes = routes.map(|path| ("GET", path)).into_iter().chain([("PUT", "/own"), ("G T", "/")]);
    let open = portcullis::testing::tower::unguarded(app, routes).await;
    assert_eq!(
        open,
        [
            "GET /feed: 200 without a credential",
            "GET /own: 401 without a credential",
            "GET /forgotten: 500 without a credential",
            "GET /scopes-alone: 500 without a credential",
            "GET /lost: unknown",
            "PUT /own: unknown",
            "G T /: is no request",
        ]
    );
}

#[tokio::test]
async fn a_route_that_believes_any_credential_is_told() {
    let kit = TestKit::new();
    let auth = AuthLayer::new(chain(&kit)).with_clock(kit.clock());
    let guarded = Router::new().route("/", get(|| async {})).layer(auth);
    let open = Router::new().route("/", get(|| async {}));
    let believing = tower::service_fn(|request: Request<portcullis::testing::tower::NoBody>| {
        let known = request.headers().contains_key("authorization");
        if known { open.clone().oneshot(request) } else { guarded.clone().oneshot(request) }
    });
    let told = portcullis::testing::tower::unguarded(believing, [("GET", "/")]).await;
    assert_eq!(told, ["GET /: 200 with a credential of nobody"]);
}

#[tokio::test]
async fn on_actix_web_too_only_a_guards_refusal_counts() {
    use portcullis::actix::Authenticated;

    async fn me(_: Authenticated<StoredPrincipal>) -> &'static str {
        "me"
    }
    async fn own() -> actix_web::HttpResponse {
        actix_web::HttpResponse::Unauthorized().finish()
    }
    let kit = TestKit::new();
    let auth = || AuthMiddleware::new(chain(&kit)).with_clock(kit.clock());
    let scoped = web::resource("/scoped").wrap(auth().require_scopes(["a"])).route(web::get().to(me));
    let app = App::new()
        .service(web::scope("/api").wrap(auth()).route("/orders", web::get().to(me)).service(scoped))
        .service(
            web::scope("/open")
                .wrap(auth().allow_anonymous())
                .route("/feed", web::get().to(|| async { "feed" }))
                .route("/extracted", web::get().to(me)),
        )
        .route("/own", web::get().to(own))
        .route("/forgotten", web::get().to(me));
    let routes =
        ["/api/orders", "/api/scoped", "/open/extracted", "/open/feed", "/own", "/forgotten", "/lost"];
    let open = portcullis::testing::actix::unguarded(app, routes.map(|path| ("GET", path))).await;
    assert_eq!(
        open,
        [
            "GET /open/feed: 200 without a credential",
            "GET /own: 401 without a credential",
            "GET /forgotten: 500 without a credential",
            "GET /lost: unknown",
        ]
    );
}

#[tokio::test]
async fn the_answer_tells_an_outer_layer_why_and_the_client_nothing() {
    let kit = TestKit::new();
    let key = kit.x_auth("ada").forged();
    let response = app(&kit).oneshot(key.sign(order()).map(Body::from)).await.expect("infallible");
    let refused = *response.extensions().get::<Refused>().expect("a mark");
    assert_eq!(
        (refused.kind(), refused.reason(), refused.scheme()),
        (ErrorKind::Unauthenticated, Reason::WrongSignature, Some(Scheme::XAuth))
    );
    let sent = answer(response).await;
    let unknown = TestKit::new().x_auth("ada").sign(order());
    assert_eq!(sent, send(app(&kit), unknown).await);

    let good = kit.x_auth("ada").sign(order()).map(Body::from);
    let response = app(&kit).oneshot(good).await.expect("infallible");
    assert_eq!(response.extensions().get::<Refused>(), None);
}
