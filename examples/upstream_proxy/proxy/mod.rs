//! The service without its process: whoever has settings, a client and a clock has all of it.

mod answer;
mod cache;
mod json;
mod limiter;
mod routes;
mod settings;
mod upstream;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use portcullis::Clock;
use portcullis::client::HttpClient;

pub(crate) use settings::Settings;

use cache::Cache;
use upstream::Upstream;

/// How many answers are kept. With the longest body, they take 128 MiB.
const MOST_ANSWERS: usize = 128;

/// What the handlers share.
struct Proxy {
    upstream: Upstream,
    answers: Cache<answer::Answer>,
    settings: settings::Keeping,
    clock: Arc<dyn Clock>,
}

/// Everything that is served.
pub(crate) fn router(
    settings: Settings,
    client: Arc<dyn HttpClient>,
    clock: impl Clock + Clone,
) -> Result<Router, Box<dyn Error + Send + Sync>> {
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let proxy = Proxy {
        upstream: Upstream::new(&settings, client)?,
        answers: Cache::new(MOST_ANSWERS),
        settings: settings.keeping,
        clock: shared,
    };
    routes::routes(Arc::new(proxy), &settings.wisphub, clock)
}
