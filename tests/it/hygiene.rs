//! What is refused, removed or added whoever sent the request.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::NewKey;
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{Authenticator, AuthenticatorExt, Scheme};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Answer, Calls, Kit, NOW, answer, get, request, send, send_counted};
use crate::table::Sent;

async fn kit() -> (Kit, AuthLayer<impl Authenticator<Principal = portcullis::store::StoredPrincipal>>, String)
{
    let kit = Kit::new().await;
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"));
    let urls = QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone());
    let layer = kit.layer(keys.or(urls));
    (kit, layer, issued.secret.expose_text().expect("text").to_owned())
}

#[tokio::test]
async fn a_standard_method_in_another_case_is_400() {
    let (_, layer, key) = kit().await;
    for method in ["get", "Get", "pOST", "options"] {
        for headers in [vec![], vec![("x-api-key", key.as_str())]] {
            let calls = Calls::default();
            let sent = send_counted(&layer, request(method, "/", &headers, b""), &calls).await;
            assert_eq!((sent.status.as_u16(), calls.count()), (400, 0), "{method}");
        }
    }
    assert_eq!(send(&layer, request("purge", "/", &[("x-api-key", &key)], b"")).await.status, 200);
}

#[tokio::test]
async fn a_host_that_is_no_single_authority_is_400() {
    let (_, layer, key) = kit().await;
    for host in ["a/v1?", "a?b", "a#b", "user@a", "a b", "a\\b", "a,b"] {
        let sent = send(&layer, get("/", &[("x-api-key", &key), ("host", host)])).await;
        assert_eq!(sent.status, 400, "{host}");
    }
    let user = get("http://user@a.example/", &[("x-api-key", &key)]);
    assert_eq!(send(&layer, user).await.status, 400);
    let twice = get("/", &[("x-api-key", &key), ("host", "a"), ("host", "a")]);
    assert_eq!(send(&layer, twice).await.status, 400);
    for (target, host, status) in [
        ("http://a.example/", "A.example", 200),
        ("http://a.example/", "a.example:80", 200),
        ("https://a.example:443/", "a.example", 200),
        ("http://a.example/", "a.example:443", 400),
        ("http://a.example/", "b.example", 400),
        ("http://a.example/", "a.example.", 400),
        ("http://user@a.example/", "user@a.example", 400),
    ] {
        let sent = send(&layer, get(target, &[("x-api-key", &key), ("host", host)])).await;
        assert_eq!(sent.status, status, "{target} {host}");
    }
}

#[tokio::test]
async fn a_connection_that_names_what_must_arrive_is_400() {
    let (_, layer, key) = kit().await;
    for (value, status) in [
        ("close", 200),
        ("keep-alive, Upgrade, HTTP2-Settings", 200),
        ("TE, trailers", 200),
        ("close, X-Api-Key", 400),
        ("authorization", 400),
        ("close, x-account-id", 400),
        ("X_User_Id", 400),
        ("remote-user", 400),
        ("host", 400),
        ("x-forwarded-for", 400),
        ("Cookie", 400),
        ("close, content-length", 400),
    ] {
        let sent = send(&layer, get("/", &[("x-api-key", &key), ("connection", value)])).await;
        assert_eq!(sent.status, status, "{value}");
        let lines = [("x-api-key", key.as_str()), ("connection", "close"), ("connection", value)];
        assert_eq!(send(&layer, get("/", &lines)).await.status, status, "in a second line: {value}");
    }
}

/// What the handler sees: the target, and the names of headers.
async fn seen<A: Authenticator>(layer: &AuthLayer<A>, sent: Sent) -> Answer {
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| {
        let names: Vec<_> = request.headers().keys().map(http::HeaderName::as_str).collect();
        let shown = format!("{} {}", request.uri(), names.join(" "));
        async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(shown)))) }
    });
    answer(layer.layer(inner).oneshot(sent).await.expect("infallible")).await
}

#[tokio::test]
async fn the_handler_never_sees_a_user_that_the_client_named() {
    let (_, layer, key) = kit().await;
    let headers =
        [("x-user-id", "admin"), ("x_user_id", "admin"), ("X-Forwarded-User", "admin"), ("remote_user", "x")];
    assert_eq!(send(&layer, get("/", &headers)).await.status, 401);
    let mut known = vec![("x-api-key", key.as_str()), ("x-account-id", "acme")];
    known.extend(headers);
    assert_eq!(seen(&layer, get("/", &known)).await.body, "/ x-api-key x-account-id");
    let open = layer.clone().allow_anonymous();
    assert_eq!(seen(&open, get("/", &headers)).await.body, "/ ");
    let own = open.with_identity_headers(["X-Tenant", "x-api-key"]);
    let sent = get("/", &[("x-api-key", &key), ("x_tenant", "t"), ("x-user-id", "u")]);
    assert_eq!(seen(&own, sent).await.body, "/ x-api-key x-user-id", "a carrier is never one");
}

#[tokio::test]
async fn the_credential_is_gone_where_that_is_wanted() {
    let (kit, layer, key) = kit().await;
    let url = kit.issue(NewKey::new(Scheme::QuerySignature, Kit::ada())).await;
    let signed = || QuerySigner::new(url.id.clone(), &url.secret).sign("/a?x=1", b"", NOW).expect("signed");
    assert!(seen(&layer, get(&signed(), &[])).await.body.contains("&signature="));
    let removing = layer.remove_credentials();
    let body = seen(&removing, get(&signed(), &[("accept", "*/*")])).await.body;
    assert!(body.starts_with("/a?x=1&timestamp=") && body.ends_with(" accept"), "{body}");
    assert!(!body.contains("signature"), "{body}");
    let bearer = format!("Bearer {key}");
    for header in [("x-api-key", key.as_str()), ("authorization", &bearer)] {
        assert_eq!(seen(&removing, get("/a?b", &[header, ("accept", "*/*")])).await.body, "/a?b accept");
    }
}

#[tokio::test]
async fn only_a_real_preflight_passes_and_only_where_that_is_switched_on() {
    let (_, layer, key) = kit().await;
    let origin = ("origin", "https://app.example");
    let wants = ("access-control-request-method", "POST");
    let passing = layer.clone().allow_cors_preflight();
    let real = || request("OPTIONS", "/", &[origin, wants], b"");
    assert_eq!(send(&layer, real()).await.status, 401);
    assert_eq!(send(&passing, real()).await.body, "anonymous|");
    for (method, headers, status) in [
        ("OPTIONS", vec![origin], 401),
        ("OPTIONS", vec![wants], 401),
        ("OPTIONS", vec![origin, ("access-control-request-method", "")], 401),
        ("OPTIONS", vec![origin, wants, wants], 401),
        ("GET", vec![origin, wants], 401),
        ("options", vec![origin, wants], 400),
        ("OPTIONS", vec![origin, wants, ("x-api-key", "igny8_wrong_and_long_enough")], 401),
        ("OPTIONS", vec![origin, wants, ("authorization", "x")], 401),
    ] {
        assert_eq!(send(&passing, request(method, "/", &headers, b"")).await.status, status, "{headers:?}");
    }
    let known = request("OPTIONS", "/", &[origin, wants, ("x-api-key", &key)], b"");
    assert_eq!(send(&passing, known).await.body, "ada|");
}

#[tokio::test]
async fn answers_say_what_they_depend_on() {
    let (kit, layer, key) = kit().await;
    let url = kit.issue(NewKey::new(Scheme::QuerySignature, Kit::ada())).await;
    let signed = QuerySigner::new(url.id.clone(), &url.secret).sign("/", b"", NOW).expect("signed");
    let bearer = format!("Bearer {key}");
    let layer = layer.allow_anonymous();
    let vary = ["authorization, x-api-key"];
    for (sent, stored) in [
        (get("/", &[]), vec![]),
        (get("/", &[("authorization", &bearer)]), vec![]),
        (request("HEAD", "/", &[("authorization", &bearer)], b""), vec![]),
        (get("/", &[("x-api-key", &key)]), vec!["no-store"]),
        (get(&signed, &[]), vec!["no-store"]),
    ] {
        let answer = send(&layer, sent).await;
        assert_eq!((answer.header("vary"), answer.header("cache-control")), (vary.to_vec(), stored));
    }
    let posted = send(&layer, request("POST", "/", &[("x-api-key", &key)], b"")).await;
    assert_eq!((posted.header("vary").len(), posted.header("cache-control").len()), (0, 0));
    let refused = send(&layer, get("/", &[("x-api-key", "igny8_wrong_and_long_enough")])).await;
    assert_eq!(refused.header("cache-control"), ["no-store"]);
}

#[tokio::test]
async fn an_api_key_in_the_query_is_not_stored_by_caches() {
    let kit = Kit::new().await;
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())
        .with_carriers([ApiKeyCarrier::parameter("key")]);
    let target = format!("/?key={}&x=1", issued.secret.expose_text().expect("text"));
    let answer = send(&kit.layer(keys.clone()), get(&target, &[])).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, vec!["no-store"]));
    let seen = seen(&kit.layer(keys).remove_credentials(), get(&target, &[])).await;
    assert_eq!(seen.body, "/?x=1 ");
}

#[tokio::test]
async fn a_session_token_is_hidden_as_the_credential_is_but_is_none_by_itself() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::SigV4, Kit::ada())).await;
    let sigv4 = SigV4Authenticator::new(kit.keys.clone(), kit.nonces.clone(), "eu-north-1", "orders")
        .with_session_tokens(|_, _| true);
    let layer = kit.layer(sigv4);
    let signer = SigV4Signer::new(key.id, &key.secret, "eu-north-1", "orders")
        .with_session_token(&portcullis::Secret::from("the-token"));
    let (mut head, ()) = Request::get("/a?x=1").header("host", "a").body(()).expect("a head").into_parts();
    signer.sign_request(&mut head, b"", NOW).expect("signed");
    let in_header = Request::from_parts(head, Full::default());
    let url = signer.presign("http://a/a?x=1", Duration::from_secs(60), NOW).expect("signed");
    let in_url = get(url.strip_prefix("http://a").expect("its host"), &[("host", "a")]);
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| {
        let shown = format!("{} {:?}", request.uri(), request.headers());
        async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(shown)))) }
    });
    let shown = answer(layer.layer(inner).oneshot(in_header.clone()).await.expect("infallible")).await.body;
    assert!(shown.contains("x-amz-security-token") && !shown.contains("the-token"), "{shown}");
    assert!(seen(&layer, in_url.clone()).await.body.contains("X-Amz-Security-Token=the-token"));
    let removing = layer.clone().remove_credentials();
    for sent in [in_header, in_url] {
        let shown = seen(&removing, sent).await.body;
        assert!(!shown.to_ascii_lowercase().contains("token"), "{shown}");
    }
    let alone = get("/", &[("host", "a"), ("x-amz-security-token", "x")]);
    assert_eq!(send(&layer.allow_anonymous(), alone).await.body, "anonymous|");
}
