//! Request targets and methods that want to be taken for others.

use axum::Router;
use axum::routing::get as route;
use http::Request;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::{EntryPoints, IssuedKey, NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{Authenticator, AuthenticatorExt, Scheme};
use tower::ServiceExt;

use crate::kit::{Kit, NOW, answer, get, request, send};

async fn statuses<A>(layer: &AuthLayer<A>, requests: impl IntoIterator<Item = crate::table::Sent>) -> Vec<u16>
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(send(layer, request).await.status.as_u16());
    }
    statuses
}

fn chain(kit: &Kit) -> impl Authenticator<Principal = StoredPrincipal> + use<> {
    ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))
        .or(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
}

async fn signed(kit: &Kit, target: &str) -> (IssuedKey, String) {
    let key = kit.issue(NewKey::new(Scheme::QuerySignature, Kit::ada())).await;
    let url = QuerySigner::new(key.id.clone(), &key.secret).sign(target, b"", NOW).expect("signed");
    (key, url)
}

#[tokio::test]
async fn every_method_and_form_of_target_is_decided_about() {
    let kit = Kit::new().await;
    let layer = kit.layer(chain(&kit));
    let upgrade = [("connection", "Upgrade"), ("upgrade", "websocket")];
    let requests = [
        request("HEAD", "/orders", &[], b""),
        request("OPTIONS", "*", &[], b""),
        request("CONNECT", "example.com:443", &[], b""),
        request("TRACE", "/", &[], b""),
        request("QUERY", "/orders", &[], b"q"),
        request("GET", "http://other.example/orders", &[], b""),
        request("GET", "/orders#fragment", &[], b""),
        request("GET", "/chat", &upgrade, b""),
        request("GET", "/chat", &[("upgrade", "h2c"), ("http2-settings", "AAMAAABk")], b""),
    ];
    assert_eq!(statuses(&layer, requests).await, [401; 9]);
}

#[tokio::test]
async fn no_header_changes_method_path_or_host_of_the_decision() {
    let kit = Kit::new().await;
    let only = EntryPoints::only(["/orders/7"]).expect("a name");
    let new = NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_").with_entry_points(only);
    let issued = kit.issue(new).await;
    let layer = kit.layer(chain(&kit));
    for (name, value) in [
        ("x-original-url", "/orders/7"),
        ("x-rewrite-url", "/orders/7"),
        ("x-forwarded-uri", "/orders/7"),
        ("x-forwarded-prefix", "/orders/7"),
        ("x-forwarded-host", "orders"),
        ("x-http-method-override", "GET"),
        ("request-line", "GET /orders/7 HTTP/1.1"),
        ("request-target", "/orders/7"),
        ("x-user-id", "admin"),
        ("x-account-id", "admin"),
    ] {
        let bearer = format!("Bearer {}", issued.secret.expose_text().expect("text"));
        let with = |target: &str| get(target, &[("authorization", &bearer), (name, value)]);
        let found =
            statuses(&layer, [with("/admin"), with("/orders/7"), get("/admin", &[(name, value)])]).await;
        assert_eq!(found, [403, 200, 401], "{name}: {value}");
        assert_eq!(send(&layer, with("/orders/7")).await.body, "ada|", "{name}: {value}");
    }
}

#[tokio::test]
async fn an_entry_point_is_no_other_spelling_of_it() {
    let kit = Kit::new().await;
    let only =
        EntryPoints::only(["/public/", "/orders/7", "/orders/{id}", "/files/{*rest}", "*x"]).expect("names");
    let new = NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_").with_entry_points(only);
    let issued = kit.issue(new).await;
    let value = issued.secret.expose_text().expect("text").to_owned();
    let layer = kit.layer(chain(&kit));
    for path in ["/public/", "/public/?x=/../admin", "/orders/7", "http://any/orders/7"] {
        assert_eq!(send(&layer, get(path, &[("x-api-key", &value)])).await.status, 200, "{path}");
    }
    for path in [
        "/public",
        "//public/",
        "/public//",
        "/Public/",
        "/public/;x",
        "/public;x/",
        "/%70ublic/",
        "/public%2f",
        "/./public/",
        "/public/.",
        "/public/../admin",
        "/orders/",
        "/orders",
        "/orders/..",
        "/orders/%2e%2e",
        "/orders/.%2E",
        "/orders/7/",
        "/orders/07",
        "/orders/8",
        "/orders/%7Bid%7D",
        "/files/a",
        "/orders/7%2Fadmin",
        "/orders/7%252fadmin",
        "/orders/7;/../../admin",
        "/orders/a%5c..%5cadmin",
        "/files/",
        "/files//a",
        "/files/a/../../admin",
        "/files/%2e%2e/admin",
        "/files/a/%2E",
        "/files/..;/admin",
        "/%2e%2e/orders/7",
        "/",
        "/admin",
    ] {
        assert_eq!(send(&layer, get(path, &[("x-api-key", &value)])).await.status, 403, "{path}");
    }
    assert_eq!(send(&layer, request("OPTIONS", "*", &[("x-api-key", &value)], b"")).await.status, 403);
}

#[tokio::test]
async fn a_signed_url_is_good_for_the_exact_bytes_that_were_signed() {
    let kit = Kit::new().await;
    let (_, url) = signed(&kit, "/a/b%2Fc?q=x%20y%2f&r=1&r=2").await;
    let layer = kit.layer(chain(&kit));
    for good in [url.clone(), format!("http://any.example{url}"), format!("{url}#fragment")] {
        assert_eq!(send(&layer, get(&good, &[("host", "any.example")])).await.status, 200, "{good}");
    }
    for (from, to, status) in [
        ("/a/b", "//a/b", 401),
        ("/a/b", "/a//b", 401),
        ("/a/b", "/./a/b", 401),
        ("/a/b", "/x/../a/b", 401),
        ("/a/b", "/a;x/b", 401),
        ("/a/b", "/A/b", 401),
        ("/a/b", "/%61/b", 401),
        ("%2Fc", "/c", 401),
        ("%2Fc", "%2fc", 401),
        ("%2Fc", "%252Fc", 401),
        ("%2Fc", "%C0%AFc", 401),
        ("%2Fc", "%2Fc/", 401),
        ("x%20y", "x+y", 401),
        ("x%20y", "x%2520y", 401),
        ("%2f&", "%2F&", 401),
        ("%2f&", "%zz&", 400),
        ("r=1&r=2", "r=2&r=1", 401),
        ("r=1&r=2", "r=1", 401),
        ("r=1&r=2", "r=1;r=2", 401),
        ("r=1&r=2", "r=1&r=2&", 401),
        ("r=1&r=2", "r=1&&r=2", 401),
        ("r=1&r=2", "r=1&r=2&r", 401),
        ("r=1&r=2", "r=1&r=2&=", 401),
        ("?q", "?&q", 401),
        ("?q", "??q", 401),
        ("r=1&r=2", "r=1&r=2&%zz=1", 400),
        ("r=1&r=2", "r=1&r=2&api%6Bey=x", 400),
        ("r=1&r=2", "r=1&r=2&apikey", 400),
        ("r=1&r=2", "r=1&r=2&signature=", 400),
    ] {
        assert!(url.contains(from), "{from}");
        let changed = url.replacen(from, to, 1);
        assert_eq!(send(&layer, get(&changed, &[])).await.status, status, "{from} -> {to}");
    }
}

#[tokio::test]
async fn a_parameter_name_in_another_case_is_400() {
    let kit = Kit::new().await;
    let (_, url) = signed(&kit, "/a").await;
    let layer = kit.layer(chain(&kit)).allow_anonymous();
    for name in ["SIGNATURE", "Signature", "ApiKey", "APIKEY", "Timestamp", "timestam%50"] {
        for target in [format!("{url}&{name}=x"), format!("/a?{name}=x&b"), format!("/a?b&{name}")] {
            assert_eq!(send(&layer, get(&target, &[])).await.status, 400, "{target}");
        }
    }
    for other in ["/a?timestamps=1", "/a?sign=1", "/a?b=signature", "/a?x-signature=1"] {
        assert_eq!(send(&layer, get(other, &[])).await.status, 200, "{other}");
    }
}

#[tokio::test]
async fn no_spelling_of_a_path_gets_around_the_layer() {
    let kit = Kit::new().await;
    let auth = kit.layer(chain(&kit));
    let router = Router::new()
        .route("/admin", route(async || "secret"))
        .route("/admin/{id}", route(async || "secret"))
        .layer(auth)
        .route("/health", route(async || "healthy"));
    let ask = async |method: &str, target: &str| {
        let request = Request::builder().method(method).uri(target).body(axum::body::Body::empty());
        answer(router.clone().oneshot(request.expect("request")).await.expect("infallible")).await
    };
    assert_eq!(ask("GET", "/health").await.body, "healthy");
    for target in ["/admin", "/admin?health", "/admin?x=/health", "/admin#/health", "/admin/..%2fhealth"] {
        for method in ["GET", "HEAD", "POST", "BREW"] {
            assert_eq!(ask(method, target).await.status, 401, "{method} {target}");
        }
        assert_eq!(ask("get", target).await.status, 400, "{target}");
    }
    for target in [
        "/health/../admin",
        "/health/..",
        "/health/%2e%2e/admin",
        "/health/..%2fadmin",
        "//admin",
        "/./admin",
        "/%61dmin",
        "/ADMIN",
        "/admin;x",
        "/admin;/health",
        "/admin%3fx",
        "/admin%23",
        "/admin%00",
        "/admin%20",
        "/health;/admin",
        "/health//admin",
        "/health%2f..%2fadmin",
        "/admin\\health",
        "/admin/x/../../health",
        "/health/",
        "/;/admin",
        "/admin//",
        "/%2fadmin",
        "/.%2fadmin",
        "http://any/health/../admin",
        "*",
    ] {
        let answer = ask("GET", target).await;
        assert!(answer.status.is_client_error() && !answer.body.contains("secret"), "{target}: {answer:?}");
    }
}
