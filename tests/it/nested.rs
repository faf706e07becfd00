//! Layers inside layers, and many requests at once.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::{KeyOwner, NewKey, StoredPrincipal};
use portcullis::tower::AuthBody;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{AuthState, AuthenticatorExt, KeyAdmin, Scheme, UserId};
use tower::{Layer, ServiceExt, service_fn};

use crate::jwt::{good, jwt};
use crate::kit::{Kit, NOW, answer, get, request, send};

type Nested = AuthBody<AuthBody<Full<Bytes>>>;

/// Who the innermost service takes the request to be from, and its body.
async fn who(request: Request<Nested>) -> Result<Response<Full<Bytes>>, Infallible> {
    let state = request.extensions().get::<AuthState<StoredPrincipal>>().cloned();
    let user = state.expect("a state").principal().map(|me| format!("{:?}", me.user()));
    let body = request.into_body().collect().await.expect("body").to_bytes();
    Ok(Response::new(Full::from(format!("{user:?} {body:?}"))))
}

#[tokio::test]
async fn an_inner_layer_forgets_what_an_outer_one_found() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let value = key.secret.expose_text().expect("text").to_owned();
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
    let outer = kit.layer(keys).allow_anonymous();
    let (open, strict) = (kit.layer(jwt()).allow_anonymous(), kit.layer(jwt()));
    let sent = || get("/", &[("x-api-key", &value)]);

    let ask = outer.layer(open.layer(service_fn(who))).oneshot(sent());
    assert_eq!(answer(ask.await.expect("infallible")).await.body, r#"None b"""#);
    let ask = outer.layer(strict.layer(service_fn(who))).oneshot(sent());
    assert_eq!(answer(ask.await.expect("infallible")).await.status, 401);
    let token = get("/", &[("authorization", &format!("Bearer {}", good()))]);
    let ask = outer.layer(strict.layer(service_fn(who))).oneshot(token);
    assert_eq!(answer(ask.await.expect("infallible")).await.status, 401, "the outer layer does not know it");
}

#[tokio::test]
async fn layers_of_other_principal_types_leave_each_other_alone() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let value = key.secret.expose_text().expect("text").to_owned();
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
    let outer = kit.layer(keys.clone());
    let inner = kit.layer(keys.map_principal(|_| 7_u8));
    let both = service_fn(|request: Request<Nested>| {
        let extensions = request.extensions();
        assert!(matches!(extensions.get::<AuthState<u8>>(), Some(AuthState::Authenticated(7))));
        who(request)
    });
    let ask = outer.layer(inner.layer(both)).oneshot(get("/", &[("x-api-key", &value)]));
    assert_eq!(answer(ask.await.expect("infallible")).await.body, r#"Some("Some(\"ada\")") b"""#);
}

#[tokio::test]
async fn a_verified_body_goes_through_two_layers_and_its_signature_is_claimed_once() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await;
    let x_auth = XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone());
    let signed = |method: &str| {
        let mut sent = request(method, "/", &[], b"body");
        let headers = XAuthSigner::new(key.id.clone(), &key.secret).sign(b"body", NOW).expect("signed");
        headers.insert_into(sent.headers_mut()).expect("headers");
        sent
    };
    let (outer, inner) = (kit.layer(x_auth.clone()), kit.layer(x_auth));
    let ask = outer.layer(inner.layer(service_fn(who))).oneshot(signed("GET"));
    assert_eq!(answer(ask.await.expect("infallible")).await.body, r#"Some("Some(\"ada\")") b"body""#);
    kit.clock.set(NOW);
    let ask = outer.layer(inner.layer(service_fn(who))).oneshot(signed("POST"));
    assert_eq!(answer(ask.await.expect("infallible")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_run_at_once_keep_their_own_principals() {
    let kit = Kit::new().await;
    kit.keys.add_user(&UserId::from("bob"), None).await.expect("user");
    let mut keys = Vec::new();
    for (owner, body) in [(Kit::ada(), "ada|"), (KeyOwner::user("bob"), "bob|")] {
        let issued = kit.issue(NewKey::new(Scheme::ApiKey, owner)).await;
        keys.push((issued.secret.expose_text().expect("text").to_owned(), body));
    }
    let layer = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())).allow_anonymous();
    let mut running = tokio::task::JoinSet::new();
    for n in 0..999 {
        let (layer, key) = (layer.clone(), keys.get(n % 3).cloned());
        running.spawn(async move {
            let headers: Vec<_> = key.iter().map(|(value, _)| ("x-api-key", value.as_str())).collect();
            let body = send(&layer, get("/", &headers)).await.body;
            assert_eq!(body, key.as_ref().map_or("anonymous|", |(_, body)| body));
        });
    }
    let mut finished = 0;
    while let Some(one) = running.join_next().await {
        one.expect("its own principal");
        finished += 1;
    }
    assert_eq!(finished, 999);
}
