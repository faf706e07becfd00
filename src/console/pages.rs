//! All pages, put together.

use std::sync::Arc;

use ::axum::Router;
use ::axum::middleware::{from_fn_with_state, map_response};
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::{get, post};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Method};

use super::assets::{Asset, SCRIPT, STYLE};
use super::entrance::{self, PageStyle};
use super::gate::{Administrator, SessionEntrance, Sessions};
use super::routes::{Asks, Routes};
use super::store::Store;
use super::visit::see;
use super::{Console, Shared, activity, bulk, directory, dry_run, entry_points, keys};
use crate::audit::{AuditEvent, AuditSink};
use crate::directory::RolesExt;
use crate::store::memory::MemoryNonceStore;
use crate::tower::AuthLayer;
use crate::{Authenticator, BoxAuthenticator, Reason};

/// Scripts and styles of its own, forms that come back here, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const KEPT: &str = "public, max-age=31536000, immutable";

/// Every page, behind the gate.
pub(super) fn routes(console: &Console) -> Routes<impl Authenticator<Principal = Administrator> + use<>> {
    assemble(console, &shared(console))
}

fn shared(console: &Console) -> Arc<Shared> {
    let sessions = || Arc::new(Sessions::new(console.idle, console.longest));
    Arc::new(Shared {
        sessions: console.has_sessions.then(sessions),
        settings: console.settings.clone(),
        store: console.store.clone(),
        clock: Arc::clone(&console.clock),
        sink: console.sink.clone(),
        activity: console.activity.clone(),
        tokens: Arc::clone(&console.tokens),
        explainers: dry_run::explainers(console),
        forms: MemoryNonceStore::new(),
        jobs: bulk::Jobs::default(),
    })
}

fn assemble(
    console: &Console,
    shared: &Arc<Shared>,
) -> Routes<impl Authenticator<Principal = Administrator> + use<>> {
    let entrance = match &shared.sessions {
        Some(sessions) => BoxAuthenticator::new(SessionEntrance(Arc::clone(sessions))),
        None => console.users.basic.clone(),
    };
    let settings = &console.settings;
    let routes = Routes {
        router: Router::new(),
        listed: Vec::new(),
        base: Arc::clone(&settings.base),
        auth: guarded(console, entrance, Recorded::Refusals),
        see: settings.see.clone(),
        change: settings.change.clone(),
        directory: settings.directory.clone(),
    };
    let routes = keys::add(routes);
    let routes = bulk::add(routes);
    let routes = entry_points::add(routes);
    let routes = directory::add(routes);
    let routes = activity::add(routes);
    let routes = dry_run::add(routes);
    let routes = routes.open(Method::GET, STYLE.path(), get(async || asset(&STYLE))).open(
        Method::GET,
        SCRIPT.path(),
        get(async || asset(&SCRIPT)),
    );
    if shared.sessions.is_none() {
        return routes;
    }
    let entrance = (console.users.log_in)(console.throttle.clone());
    let log_in = post(entrance::log_in)
        .layer(guarded(console, entrance, Recorded::All))
        .layer(from_fn_with_state(Arc::clone(shared), entrance::check_log_in));
    routes.open(Method::POST, "/log-in", log_in).form("/log-out", Asks::LogIn, entrance::log_out)
}

/// A layer that knows users, and grants them what the directory says.
fn guarded(
    console: &Console,
    entrance: BoxAuthenticator<Administrator>,
    recorded: Recorded,
) -> AuthLayer<impl Authenticator<Principal = Administrator> + use<>> {
    let style = PageStyle {
        base: Arc::clone(&console.settings.base),
        tokens: Arc::clone(&console.tokens),
        has_form: console.has_sessions,
    };
    let layer = AuthLayer::new(entrance.with_roles(Store::clone(&console.store)))
        .with_clock(Arc::clone(&console.clock))
        .with_style(style);
    // Nobody guesses the id of a session, and a page that is left open must not stop a log-in.
    let layer = match recorded {
        Recorded::Refusals if console.has_sessions => layer,
        _ => layer.with_throttle(console.throttle.clone()),
    };
    let layer = match &console.proxies {
        Some(proxies) => layer.with_trusted_proxies(proxies.clone()),
        None => layer,
    };
    let Some(sink) = console.sink.clone() else { return layer };
    layer.with_audit(move |event: &AuditEvent<'_>| {
        if recorded.has(event) {
            sink.record(event);
        }
    })
}

/// What is recorded of requests for pages: whoever only looks leaves no event.
#[derive(Clone, Copy)]
enum Recorded {
    /// Everything: of log-ins.
    All,
    /// Refusals, but not that somebody is not logged in yet.
    Refusals,
}

impl Recorded {
    const fn has(self, event: &AuditEvent<'_>) -> bool {
        match (self, event) {
            (Self::All, _) => true,
            (Self::Refusals, AuditEvent::Authenticated { .. }) => false,
            (Self::Refusals, AuditEvent::Refused { reason, .. }) => {
                !matches!(reason, Reason::MissingCredential)
            }
            (Self::Refusals, _) => true,
        }
    }
}

/// The router of a console.
pub(super) fn router(console: &Console) -> Router {
    let shared = shared(console);
    let mut routes = assemble(console, &shared);
    let base = Arc::clone(&routes.base);
    if !base.is_empty() {
        let home = format!("{base}/");
        routes.router = routes.router.route(&base, get(async move || see(&home)));
    }
    // Not `layer`: what the application answers where there is no route is its own.
    routes.router.route_layer(map_response(hardened)).with_state(shared)
}

/// What every answer of the console says.
async fn hardened(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    for (name, value) in [
        fixed(CONTENT_SECURITY_POLICY, POLICY),
        fixed(X_CONTENT_TYPE_OPTIONS, "nosniff"),
        fixed(X_FRAME_OPTIONS, "DENY"),
        // `no-referrer` would make the origin of forms `null`.
        fixed(REFERRER_POLICY, "same-origin"),
        fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, value);
    }
    if !headers.get_all(CACHE_CONTROL).iter().any(|value| value == KEPT) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn asset(asset: &Asset) -> Response {
    ([(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, KEPT)], asset.content).into_response()
}
