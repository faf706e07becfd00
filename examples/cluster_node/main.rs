//! One node of several: what they share, and how they hear of each other's changes.
//!
//! ```text
//! DATABASE_URL=postgres://... REDIS_URL=redis://... MASTER_KEY=$(openssl rand -base64 32) \
//!     cargo run --example cluster_node --features "api-key x-auth postgres redis cached axum"
//! ```
//!
//! Start it as often as there are machines; put a load balancer before them. Keys are issued,
//! rotated and revoked by the command line `portcullis`, over the same database.
//!
//! | variable | |
//! |---|---|
//! | `DATABASE_URL` | where keys are: `postgres://...` or `redis://...` |
//! | `REDIS_URL` | where claims and counts are; without it they are where the keys are |
//! | `NAMESPACE` | what every name in Redis begins with: `portcullis` |
//! | `MASTER_KEY` | 32 bytes as base64 |
//! | `PROXIES` | how many trusted proxies on this machine stand before it: 0 |
//! | `POLL_MILLISECONDS`, `MAX_STALE_MILLISECONDS` | how often it asks for changes, and how long it does without: 5,000 and 30,000 |
//! | `MESSAGES` | `off`: it asks for changes and does not listen |
//! | `THROTTLE` | `off`: it slows nobody down, for a place where something before it does |
//! | `PORT` | 3000; 0 for any that is free |
//!
//! | call | |
//! |---|---|
//! | `GET /me` | for who has an API key that begins with `node_`, or signs with x-auth: says who that is, and what the roles of the user allow |
//! | `POST /orders` | likewise: it answers what it was sent |
//! | `GET /health` | for everybody |

#[path = "../quickstart/serve.rs"]
mod serve;
mod sharing;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use portcullis::AuthenticatorExt;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::axum::{Authenticated, Routes};
use portcullis::directory::RolesExt;
use portcullis::request::TrustedProxies;
use portcullis::store::cached::{CacheSettings, CachedKeyStore};
use portcullis::store::{LastUses, SharedCounters, SharedKeyStore, SharedNonces, StoredPrincipal};
use portcullis::throttle::Throttle;
use portcullis::tower::AuthLayer;
use portcullis::x_auth::XAuthAuthenticator;
use serde_json::{Value, json};

use serve::{Failure, say};
use sharing::Shared;

#[tokio::main]
async fn main() -> ExitCode {
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    serve::log_to_stderr();
    let Shared { keys: store, nonces, counters } = Shared::connect().await?;
    let interval = milliseconds("POLL_MILLISECONDS", 5_000)?;
    let settings = CacheSettings::new()
        .with_poll_interval(interval)
        .with_max_stale(milliseconds("MAX_STALE_MILLISECONDS", 30_000)?);
    let keys = CachedKeyStore::with_settings(store.clone(), settings);
    // Without this a node learns of changes when what it knows has grown stale.
    if is_on("MESSAGES")? {
        drop(tokio::spawn(keys.follow()));
    } else {
        drop(tokio::spawn(poll(keys.clone(), interval)));
    }

    let uses = LastUses::new(100_000);
    let (shutdown, stopped) = tokio::sync::oneshot::channel::<()>();
    let tick = || tokio::time::sleep(Duration::from_secs(10));
    let writing = tokio::spawn(uses.clone().run(store, tick, async { drop(stopped.await) }));

    let router = router(keys, nonces, counters, uses)?;
    let listener = serve::listen().await?;
    say(format_args!("node of process {}", std::process::id()))?;
    let served = serve::serve(listener, router).await;
    // What is noted and not yet written is written now.
    drop(shutdown);
    writing.await?;
    served
}

/// What a node does that cannot listen: it asks from time to time whether anything changed.
async fn poll(keys: CachedKeyStore<SharedKeyStore>, interval: Duration) {
    loop {
        if let Err(error) = keys.poll_once().await {
            tracing::warn!(%error, "the store was not asked for changes");
        }
        tokio::time::sleep(interval).await;
    }
}

fn router(
    keys: CachedKeyStore<SharedKeyStore>,
    nonces: SharedNonces,
    counters: SharedCounters,
    uses: LastUses,
) -> Result<Router, Failure> {
    let api_keys = ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("node_"));
    let signed = XAuthAuthenticator::new(keys.clone(), nonces);
    let mut auth = AuthLayer::new(api_keys.or(signed).with_roles(keys))
        .with_quotas(counters.clone())
        .with_last_use(uses);
    if is_on("THROTTLE")? {
        auth = auth.with_throttle(Throttle::shared(counters));
    }
    let proxies: usize = setting("PROXIES").map_or(Ok(0), |text| text.parse())?;
    if let Some(proxies) = NonZeroUsize::new(proxies) {
        auth = auth
            .with_trusted_proxies(TrustedProxies::x_forwarded_for(proxies).with_networks(["127.0.0.0/8"])?);
    }
    let routes = Routes::new(auth)
        .guarded("me", "/me", get(me))
        .guarded("orders.create", "/orders", post(order))
        .open("/health", get(|| async { "up" }));
    Ok(routes.into_router()?)
}

async fn me(Authenticated(who): Authenticated<StoredPrincipal>) -> Json<Value> {
    let key = who.credential().and_then(|credential| credential.key()).map(ToString::to_string);
    let user = who.user().as_ref().map(ToString::to_string);
    Json(json!({ "key": key, "user": user, "scopes": who.scopes().to_string() }))
}

async fn order(_: Authenticated<StoredPrincipal>, body: String) -> String {
    body
}

/// A variable that is set and not empty.
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// What is on where nothing is said.
fn is_on(name: &str) -> Result<bool, Failure> {
    match setting(name).as_deref() {
        None => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(format!("{name} is off, or not set").into()),
    }
}

fn milliseconds(name: &str, usual: u64) -> Result<Duration, Failure> {
    let number = setting(name).map_or(Ok(usual), |text| text.parse());
    Ok(Duration::from_millis(number.map_err(|_| format!("{name} is no number of milliseconds"))?))
}
