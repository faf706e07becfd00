//! The same routes about tenants, behind axum and behind actix-web.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::axum::extract::Path;
use ::axum::routing::{MethodRouter, get as route};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpRequest, Resource, web};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::actix::AuthMiddleware;
use portcullis::audit::AuditTrail;
use portcullis::store::StoredPrincipal;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::AuthLayer;
use portcullis::{
    AccountId, Authenticator, AuthenticatorExt, BoxAuthenticator, FrozenClock, KeyAdmin, SiteId,
};
use tower::ServiceExt;

use crate::kit::{Answer, Down, NOW, answer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

pub(crate) use Framework::{Actix, Axum};

/// acme with shop, blog and a%2Bb, umbrella with lab, a+b and shop2.
pub(crate) async fn two_accounts() -> MemoryKeyStore {
    let keys = MemoryKeyStore::new();
    for (account, sites) in [("acme", ["shop", "blog", "a%2Bb"]), ("umbrella", ["lab", "shop2", "a+b"])] {
        let account = AccountId::from(account);
        keys.add_account(&account).await.expect("added");
        for site in sites {
            keys.add_site(&SiteId::from(site), &account).await.expect("added");
        }
    }
    keys
}

/// Routes behind a chain. Anonymous requests pass it, so that what is inside has to refuse
/// them. Handlers answer with the site, or else the account, of their path.
///
/// | route | about |
/// |---|---|
/// | `/sites/{site}/orders` | the site |
/// | `/accounts/{account}/orders` | the account |
/// | `/accounts/{account}/sites/{site}` | both, in a nested router |
/// | `/prefix/{site}/orders` | the site, on the scope or router around it |
/// | `/header` | the account of `x-account-id` |
/// | `/both/{site}` | the site, and the account of `x-account-id` |
/// | `/forbidden/{site}` | the site, with 403 for others |
/// | `/down/{site}` | the site, of a directory that cannot answer |
/// | `/misspelt/{sight}` | the site |
/// | `/twice/{site}/{site}` | the site, in a nested router |
/// | `/bare/{site}` | the site, without the chain around it |
#[derive(Clone)]
pub(crate) struct Routes {
    chain: BoxAuthenticator<StoredPrincipal>,
    sites: MemoryKeyStore,
    pub(crate) trail: AuditTrail,
    calls: Arc<AtomicUsize>,
}

fn by_site() -> Tenancy {
    Tenancy::new(TenantSource::path_site("site"))
}

fn by_account() -> Tenancy {
    Tenancy::new(TenantSource::path_account("account"))
}

fn by_header() -> TenantSource {
    TenantSource::header_account("X-Account-Id")
}

/// What the handler takes for the tenant.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Seen {
    site: String,
    account: String,
}

impl Seen {
    fn name(self) -> String {
        if self.site.is_empty() { self.account } else { self.site }
    }
}

impl Routes {
    pub(crate) fn new(
        sites: &MemoryKeyStore,
        chain: impl Authenticator<Principal = StoredPrincipal>,
    ) -> Self {
        crate::leaks::Log::listen();
        let (trail, calls) = (AuditTrail::new(), Arc::default());
        Self { chain: chain.boxed(), sites: sites.clone(), trail, calls }
    }

    /// What the handler was given, or the refusal, which no handler saw.
    pub(crate) async fn ask(&self, framework: Framework, request: Request<Full<Bytes>>) -> Answer {
        let before = self.calls.load(Ordering::SeqCst);
        let what = format!("{framework:?} {} {:?}", request.uri(), request.headers());
        let mut answer = match framework {
            Axum => self.ask_axum(request).await,
            Actix => self.ask_actix(request).await,
        };
        answer.headers.sort();
        let calls = self.calls.load(Ordering::SeqCst) - before;
        assert_eq!(calls, usize::from(answer.status == 200), "{what}");
        answer
    }

    async fn ask_axum(&self, request: Request<Full<Bytes>>) -> Answer {
        let auth = AuthLayer::new(self.chain.clone()).with_clock(FrozenClock::at(NOW));
        let auth = auth.with_audit(self.trail.clone()).allow_anonymous();
        let handler = || -> MethodRouter {
            let calls = Arc::clone(&self.calls);
            route(move |Path(path): Path<Seen>| {
                calls.fetch_add(1, Ordering::SeqCst);
                async move { path.name() }
            })
        };
        let sites = || by_site().with_sites(self.sites.clone());
        let router = ::axum::Router::new;
        let both = by_account().add_source(TenantSource::path_site("site")).with_sites(self.sites.clone());
        let nested = router().route("/sites/{site}", handler()).route_layer(auth.require_tenant(both));
        let twice = router().route("/{site}", handler()).route_layer(auth.require_tenant(sites()));
        let prefix = router()
            .nest("/prefix/{site}", router().route("/orders", handler()))
            .route_layer(auth.require_tenant(sites()));
        let inside = router()
            .route("/sites/{site}/orders", handler().layer(auth.require_tenant(sites())))
            .route("/accounts/{account}/orders", handler().layer(auth.require_tenant(by_account())))
            .nest("/accounts/{account}", nested)
            .merge(prefix)
            .route("/header", handler().layer(auth.require_tenant(Tenancy::new(by_header()))))
            .route("/both/{site}", handler().layer(auth.require_tenant(sites().add_source(by_header()))))
            .route("/forbidden/{site}", handler().layer(auth.require_tenant(sites().answer_forbidden())))
            .route("/down/{site}", handler().layer(auth.require_tenant(by_site().with_sites(Down))))
            .route("/misspelt/{sight}", handler().layer(auth.require_tenant(sites())))
            .nest_service("/twice/{site}", twice)
            .layer(auth.clone());
        let bare = router().route("/bare/{site}", handler().layer(auth.require_tenant(sites())));
        answer(inside.merge(bare).oneshot(request).await.expect("infallible")).await
    }

    async fn ask_actix(&self, request: Request<Full<Bytes>>) -> Answer {
        let auth = AuthMiddleware::new(self.chain.clone()).with_clock(FrozenClock::at(NOW));
        let auth = auth.with_audit(self.trail.clone()).allow_anonymous();
        let handler = || {
            let calls = Arc::clone(&self.calls);
            web::get().to(move |request: HttpRequest, path: web::Path<Seen>| {
                calls.fetch_add(1, Ordering::SeqCst);
                async move {
                    let info = request.match_info();
                    let tenant = info.get("site").or(info.get("account")).unwrap_or_default();
                    let name = path.into_inner().name();
                    assert_eq!(tenant, name, "what a handler gets does not depend on how it asks");
                    name
                }
            })
        };
        let sites = || by_site().with_sites(self.sites.clone());
        let at = |path: &str| -> Resource { web::resource(path.to_owned()) };
        let both = by_account().add_source(TenantSource::path_site("site")).with_sites(self.sites.clone());
        let with_header = sites().add_source(by_header());
        let inside = web::scope("")
            .service(at("/sites/{site}/orders").wrap(auth.require_tenant(sites())).route(handler()))
            .service(
                at("/accounts/{account}/orders").wrap(auth.require_tenant(by_account())).route(handler()),
            )
            .service(
                web::scope("/accounts/{account}")
                    .service(at("/sites/{site}").wrap(auth.require_tenant(both)).route(handler())),
            )
            .service(
                web::scope("/prefix/{site}")
                    .service(at("/orders").route(handler()))
                    .wrap(auth.require_tenant(sites())),
            )
            .service(at("/header").wrap(auth.require_tenant(Tenancy::new(by_header()))).route(handler()))
            .service(at("/both/{site}").wrap(auth.require_tenant(with_header)).route(handler()))
            .service(
                at("/forbidden/{site}")
                    .wrap(auth.require_tenant(sites().answer_forbidden()))
                    .route(handler()),
            )
            .service(
                at("/down/{site}").wrap(auth.require_tenant(by_site().with_sites(Down))).route(handler()),
            )
            .service(at("/misspelt/{sight}").wrap(auth.require_tenant(sites())).route(handler()))
            .service(
                web::scope("/twice/{site}")
                    .service(at("/{site}").wrap(auth.require_tenant(sites())).route(handler())),
            )
            .wrap(auth.clone());
        let bare = at("/bare/{site}").wrap(auth.require_tenant(sites())).route(handler());
        let app = init_service(App::new().service(bare).service(inside)).await;
        let mut sent = TestRequest::with_uri(&request.uri().to_string());
        for (name, value) in request.headers() {
            sent = sent.append_header((name.as_str(), value.as_bytes()));
        }
        let response = call_service(&app, sent.to_request()).await;
        let status = http::StatusCode::from_u16(response.status().as_u16()).expect("a status");
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).expect("text");
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        let headers = headers.collect();
        Answer { status, headers, body: text(&read_body(response).await) }
    }
}
