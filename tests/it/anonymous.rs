//! Routes that allow anonymous requests.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthBody;
use portcullis::{AnyOf, AuthState, Principal};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Kit, get, send};

#[tokio::test]
async fn only_a_request_without_any_credential_is_anonymous() {
    let kit = Kit::new().await;
    let layer =
        kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))).allow_anonymous();
    let cases: [(&[(&str, &str)], u16); 7] = [
        (&[], 200),
        (&[("x-other", "x")], 200),
        (&[("authorization", "Bearer igny8_00000000000000000000")], 401),
        (&[("authorization", "Bearer other")], 401),
        (&[("authorization", "Basic eDp5")], 401),
        (&[("authorization", "")], 401),
        (&[("x-api-key", "x")], 401),
    ];
    for (headers, status) in cases {
        let answer = send(&layer, get("/", headers)).await;
        assert_eq!(answer.status, status, "{headers:?}");
        if status == 200 {
            assert_eq!(answer.body, "anonymous|");
        }
    }
}

#[tokio::test]
async fn an_authorization_that_no_member_reads_is_never_anonymous() {
    let kit = Kit::new().await;
    let layer = kit.layer(AnyOf::<StoredPrincipal>::new()).allow_anonymous();
    assert_eq!(send(&layer, get("/", &[])).await.status, 200);
    assert_eq!(send(&layer, get("/", &[("authorization", "Bearer x")])).await.status, 401);
}

#[tokio::test]
async fn a_stale_principal_is_replaced() {
    let kit = Kit::new().await;
    let layer = kit.layer(AnyOf::<StoredPrincipal>::new()).allow_anonymous();
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| async move {
        let state = request.extensions().get::<AuthState<StoredPrincipal>>();
        assert!(matches!(state, Some(AuthState::Anonymous)));
        Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let mut request = get("/", &[]);
    let stale: StoredPrincipal = Principal::builder(None).account(None).site(None).build();
    request.extensions_mut().insert(AuthState::Authenticated(stale));
    layer.layer(inner).oneshot(request).await.expect("answer");
}
