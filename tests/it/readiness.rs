//! The instance that was polled ready is the one that is called.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::{NewKey, StoredPrincipal};
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{AnyOf, Scheme};
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceExt};

use crate::kit::{Kit, get};

/// Panics when it is called without having been polled ready; a clone is not ready.
#[derive(Debug, Default)]
struct Picky {
    ready: bool,
}

impl Clone for Picky {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl Service<Request<AuthBody<Full<Bytes>>>> for Picky {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<AuthBody<Full<Bytes>>>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without having been polled ready");
        ready(Ok(Response::default()))
    }
}

fn layer() -> AuthLayer<AnyOf<StoredPrincipal>> {
    AuthLayer::new(AnyOf::new()).allow_anonymous()
}

#[tokio::test]
async fn the_ready_instance_is_called_and_a_clone_takes_its_place() {
    let mut service = layer().layer(Picky::default());
    for _ in 0..3 {
        service.ready().await.expect("ready").call(get("/", &[])).await.expect("answer");
    }
}

#[tokio::test]
#[should_panic(expected = "called without having been polled ready")]
async fn the_picky_service_notices_a_call_that_was_not_announced() {
    let mut service = layer().layer(Picky::default());
    let _ = service.call(get("/", &[])).await;
}

#[tokio::test]
async fn the_ready_instance_is_called_when_its_tenant_was_checked() {
    let kit = Kit::new().await;
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let key = issued.secret.expose_text().expect("text");
    let auth = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let tenant = auth.require_tenant(Tenancy::new(TenantSource::header_account("x-account-id")));
    let mut service = auth.layer(tenant.layer(Picky::default()));
    for (account, status) in [("acme", 200), ("umbrella", 403), ("acme", 200)] {
        let sent = get("/", &[("x-api-key", key), ("x-account-id", account)]);
        let answer = service.ready().await.expect("ready").call(sent).await.expect("answer");
        assert_eq!(answer.status(), status, "{account}");
    }
}

#[tokio::test]
async fn a_concurrency_limit_of_one_lets_requests_through_one_after_the_other() {
    let limited = ConcurrencyLimitLayer::new(1).layer(Picky::default());
    let mut service = layer().layer(limited);
    for _ in 0..3 {
        service.ready().await.expect("ready").call(get("/", &[])).await.expect("answer");
    }
}
