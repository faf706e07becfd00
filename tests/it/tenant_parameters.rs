//! Where the tenants of routes come from.

use std::convert::Infallible;

use axum::Router;
use http::{Request, Response};
use portcullis::store::KeyOwner;
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::AuthLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::frameworks::{Actix, Axum, two_accounts};
use crate::kit::get;
use crate::tenants::{issue, keys_of, stage};

#[tokio::test]
async fn a_name_that_actix_has_decoded_only_in_part_is_nobodys() {
    let (keys, routes) = stage().await;
    let (acme, umbrella) =
        (issue(&keys, KeyOwner::account("acme")).await, issue(&keys, KeyOwner::account("umbrella")).await);
    // acme has a site called `a%2Bb`, umbrella one called `a+b`.
    for (framework, key, site, status) in [
        (Axum, &umbrella, "a+b", 200),
        (Actix, &umbrella, "a+b", 200),
        (Axum, &umbrella, "a%2Bb", 200),
        (Actix, &umbrella, "a%2Bb", 404),
        (Axum, &acme, "a%2Bb", 404),
        (Actix, &acme, "a%2Bb", 404),
        (Axum, &acme, "a%252Bb", 200),
        (Actix, &acme, "a%252Bb", 404),
    ] {
        let path = format!("/sites/{site}/orders");
        let answer = routes.ask(framework, get(&path, &[("x-api-key", key)])).await;
        assert_eq!(answer.status, status, "{framework:?} {site}");
    }
}

#[tokio::test]
async fn a_router_of_ones_own_says_where_its_parameters_are() {
    #[derive(Clone)]
    struct Site(&'static str);

    let keys = two_accounts().await;
    let key = issue(&keys, KeyOwner::account("acme")).await;
    let auth = AuthLayer::new(keys_of(&keys));
    let tenant = auth.require_tenant(Tenancy::new(TenantSource::path_site("site")).with_sites(keys));
    let told = tenant.clone().with_path_parameter(|extensions, name| {
        extensions.get::<Site>().filter(|_| name == "site").map(|site| site.0)
    });
    for (tenant, site, status) in [
        (&told, Some("shop"), 200),
        (&told, Some("lab"), 404),
        (&told, Some("absent"), 404),
        (&told, None, 500),
        (&tenant, Some("shop"), 500),
    ] {
        let inner = service_fn(|_: Request<_>| async { Ok::<_, Infallible>(Response::new(String::new())) });
        let mut sent = get("/sites/shop/orders", &[("x-api-key", &key)]);
        if let Some(site) = site {
            sent.extensions_mut().insert(Site(site));
        }
        let answer = auth.layer(tenant.layer(inner)).oneshot(sent).await.expect("infallible");
        assert_eq!(answer.status(), status, "{site:?}");
    }
}

#[tokio::test]
async fn only_a_layer_of_routes_leaves_the_pages_that_do_not_exist_alone() {
    let keys = two_accounts().await;
    let key = issue(&keys, KeyOwner::account("acme")).await;
    let auth = AuthLayer::new(keys_of(&keys));
    let tenant = auth.require_tenant(Tenancy::new(TenantSource::path_site("site")).with_sites(keys));
    let routes = Router::new().route("/sites/{site}", axum::routing::get(async || "found"));
    let (of_routes, of_all) = (routes.clone().route_layer(tenant.clone()), routes.layer(tenant));
    for (router, path, status) in [
        (&of_routes, "/sites/shop", 200),
        (&of_routes, "/sites/lab", 404),
        (&of_routes, "/other", 404),
        (&of_all, "/sites/shop", 200),
        (&of_all, "/sites/lab", 404),
        (&of_all, "/other", 500),
    ] {
        let router = router.clone().layer(auth.clone());
        let answer = router.oneshot(get(path, &[("x-api-key", &key)])).await.expect("infallible");
        assert_eq!(answer.status(), status, "{path}");
    }
}
