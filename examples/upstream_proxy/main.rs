//! A WispHub API in front of its upstream: clients come in with a token, and their requests go
//! on with the upstream's key, which no client ever sees.
//!
//! ```text
//! cargo run --example upstream_proxy --features "jwt settings token-endpoint outbound reqwest axum"
//! ```
//!
//! Its settings come from the process or from a `.env` file in the current folder; each may be
//! given as `<NAME>_FILE` instead. Where one is missing or weak, it does not start, and says so
//! of every one at once.
//!
//! | | |
//! |---|---|
//! | the first argument, else `PORT` | the port on 127.0.0.1: 3000 without it, 0 for any that is free |
//! | `JWT_SECRET_KEY` .. `API_PASSWORD_HASH` | who may log in, and with what: as for `token_service` |
//! | `WISPHUB_NET_HOST` | the upstream, such as `https://api.wisphub.net`; `http` for this machine alone |
//! | `WISPHUB_NET_KEY` | its key, which goes there and nowhere else |
//! | `WISPHUB_NET_LIMITS` | how often the upstream is asked: `100/60 1000/3600` without it |
//! | `WISPHUB_NET_CLIENTS_SECONDS` | how long an answer about clients is kept: 300 without it |
//! | `WISPHUB_NET_PLANS_SECONDS` | how long one about plans is: 900 without it |
//! | `RUST_LOG` | what is logged to stderr: `info` without it |
//!
//! | route | upstream |
//! |---|---|
//! | `GET /health` | is not asked; for everybody |
//! | `POST /api/v1/auth/token` | is not asked; for everybody: a user name and a password become a token |
//! | `GET /api/v1/clients/` | `api/clientes/`, kept for 5 minutes |
//! | `PUT`, `PATCH /api/v1/clients/{id}/profile/` | `api/clientes/{id}/perfil/` |
//! | `GET /api/v1/internet-plans/` | `api/plan-internet/`, kept for 15 minutes |
//! | `GET`, `POST /api/v1/tickets/` | `api/tickets/` |
//! | `GET`, `PUT`, `PATCH /api/v1/tickets/{id}/` | `api/tickets/{id}/` |
//! | `GET /api/v1/tasks/` | `api/tasks/` |
//!
//! Where the upstream gives no answer that may be passed on, the client sees one body, whatever
//! went wrong: 502 where the upstream failed or refused its key, 503 with `Retry-After` where it
//! must not be asked so often, and its own 4xx where it is about what the client asked. Never a
//! 401 or a 403, for the client's token is good; why is in the log.
//!
//! Where to look: `proxy/upstream.rs` asks the upstream, `proxy/cache.rs` keeps its answers,
//! `proxy/limiter.rs` counts, `proxy/routes.rs` declares what is served.

#[path = "../quickstart/serve.rs"]
mod serve;

mod proxy;

use std::process::ExitCode;
use std::sync::Arc;

use portcullis::SystemClock;
use portcullis::client::ReqwestClient;
use portcullis::settings::Environment;

use proxy::Settings;
use serve::Failure;

#[tokio::main]
async fn main() -> ExitCode {
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    let environment = Environment::from_process().with_optional_env_file(".env")?;
    for warning in environment.warnings() {
        eprintln!("warning: {warning}");
    }
    let settings = Settings::from_environment(&environment)
        .map_err(|problems| format!("the settings are not complete\n{problems}"))?;
    serve::log_to_stderr();
    let router = proxy::router(settings, Arc::new(ReqwestClient::new()?), SystemClock)?;
    serve::serve(serve::listen().await?, router).await
}
