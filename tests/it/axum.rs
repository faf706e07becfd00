//! Extractors.

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get as route;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::axum::Authenticated;
use portcullis::guard::FastApiStyle;
use portcullis::request::{Carriers, RequestView};
use portcullis::store::{NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{AuthError, Authenticator, AuthenticatorExt, Challenges, Outcome, Principal, Scheme};
use tower::ServiceExt;

use crate::kit::{Answer, Kit, answer, get};

async fn whoami(Authenticated(me): Authenticated<StoredPrincipal>) -> String {
    format!("{:?} {:?} {:?}", me.user(), me.account(), me.site())
}

async fn perhaps(me: Option<Authenticated<StoredPrincipal>>) -> &'static str {
    if me.is_some() { "somebody" } else { "nobody" }
}

async fn ask(router: Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    answer(router.oneshot(get(path, headers)).await.expect("infallible")).await
}

fn routes() -> Router {
    Router::new().route("/whoami", route(whoami)).route("/perhaps", route(perhaps))
}

#[tokio::test]
async fn the_principal_is_an_argument_on_routers_and_on_single_routes() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let value = key.secret.expose_text().expect("text").to_owned();
    let auth = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let whole = routes().layer(auth.clone());
    let single = Router::new().route("/whoami", route(whoami).layer(auth));
    for router in [whole, single] {
        let answer = ask(router, "/whoami", &[("x-api-key", &value)]).await;
        assert_eq!(answer.body, r#"Some("ada") Some("acme") Some("shop")"#);
    }
}

#[tokio::test]
async fn an_anonymous_request_is_none_or_the_401_of_the_layer() {
    let kit = Kit::new().await;
    let auth = kit
        .layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()))
        .with_style(FastApiStyle)
        .allow_anonymous();
    let answer = ask(routes().layer(auth.clone()), "/perhaps", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "nobody"));
    let answer = ask(routes().layer(auth), "/whoami", &[]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body, r#"{"detail":"Could not validate credentials."}"#);
    assert_eq!(answer.header("www-authenticate"), ["Bearer", "Api-Key"]);
}

#[tokio::test]
async fn a_forgotten_layer_is_500_and_the_log_says_so() {
    let log = crate::leaks::Log::capture();
    for path in ["/whoami", "/perhaps"] {
        let answer = ask(routes(), path, &[("x-api-key", "k")]).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (500, ""));
    }
    let text = log.text();
    assert_eq!(
        text.matches("no AuthLayer for this principal type is around the handler").count(),
        2,
        "{text}"
    );
}

#[tokio::test]
async fn a_layer_for_another_principal_type_is_a_forgotten_layer() {
    let kit = Kit::new().await;
    let chain = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let value = key.secret.expose_text().expect("text").to_owned();
    let auth = kit.layer(chain.map_principal(|_| 7));
    assert_eq!(ask(routes().layer(auth), "/whoami", &[("x-api-key", &value)]).await.status, 500);
}

/// Takes the peer's address for the user.
struct ByAddress;

impl Authenticator for ByAddress {
    type Principal = Principal<String>;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Self::Principal>, AuthError> {
        Ok(request
            .peer()
            .map_or(Outcome::Absent, |peer| Outcome::Authenticated(Principal::new(peer.to_string()))))
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}

    fn carriers(&self, _: &mut Carriers) {}
}

#[tokio::test]
async fn the_address_of_the_peer_comes_from_the_connection() {
    async fn user(Authenticated(me): Authenticated<Principal<String>>) -> String {
        me.user().clone()
    }
    let router = Router::new().route("/", route(user)).layer(AuthLayer::new(ByAddress));
    let mut request = get("/", &[("x-forwarded-for", "10.0.0.1")]);
    let peer: std::net::SocketAddr = "192.0.2.7:1234".parse().expect("address");
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = answer(router.oneshot(request).await.expect("infallible")).await;
    assert_eq!(answer.body, "192.0.2.7");
}

#[tokio::test]
async fn a_nested_router_does_not_change_what_is_signed_or_allowed() {
    use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};

    let kit = Kit::new().await;
    let only = portcullis::store::EntryPoints::only(["/v1/list"]).expect("a name");
    let key = kit.issue(NewKey::new(Scheme::QuerySignature, Kit::ada()).with_entry_points(only)).await;
    let auth = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let inner = || Router::new().route("/list", route(async || "listed")).layer(auth.clone());
    let router = Router::new().nest("/v1", inner()).nest("/admin", inner()).merge(inner());
    let signer = QuerySigner::new(key.id, &key.secret);
    let now = portcullis::Clock::now(&kit.clock);
    for (signed, sent, status) in [
        ("/v1/list", "/v1/list", 200),
        ("/admin/list", "/admin/list", 403),
        ("/list", "/list", 403),
        ("/list", "/v1/list", 401),
        ("/list", "/admin/list", 401),
        ("/v1/list", "/admin/list", 401),
    ] {
        let url = signer.sign(signed, b"", now).expect("signed").replacen(signed, sent, 1);
        assert_eq!(ask(router.clone(), &url, &[]).await.status, status, "{signed} {sent}");
    }
}
