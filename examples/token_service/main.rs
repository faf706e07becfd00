//! A WispHub API: one user logs in with a password, and shows the token from then on.
//!
//! ```text
//! cargo run --example token_service --features "jwt settings token-endpoint axum"
//! ```
//!
//! Its settings are those of [`WispHubSettings`], from the process or from a `.env` file
//! in the current folder. Where one is missing or weak, it does not start, and says so of
//! every one at once.
//!
//! | | |
//! |---|---|
//! | the first argument, else `PORT` | the port on 127.0.0.1: 3000 without it, 0 for any that is free |
//! | `RUST_LOG` | what is logged to stderr: `info` without it |
//!
//! | route | |
//! |---|---|
//! | `GET /health` | for everybody |
//! | `POST /api/v1/auth/token` | for everybody; a user name and a password become a token |
//! | `GET /api/v1/clients/` | for who has a token |

#[path = "../quickstart/serve.rs"]
mod serve;

use std::process::ExitCode;

use axum::routing::get;
use axum::{Json, Router};
use portcullis::axum::{Authenticated, token_endpoint};
use portcullis::guard::FastApiStyle;
use portcullis::jwt::{JwtAuthenticator, JwtPolicy, JwtVerifier, TokenEndpoint, WispHubSettings};
use portcullis::password::PasswordVerifier;
use portcullis::settings::Environment;
use portcullis::tower::AuthLayer;
use portcullis::{Principal, SystemClock, UserId};
use serde_json::{Value, json};

use serve::Failure;

/// Whom the handlers see: the subject of a token.
type Me = Principal<UserId>;

#[tokio::main]
async fn main() -> ExitCode {
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    let environment = Environment::from_process().with_optional_env_file(".env")?;
    for warning in environment.warnings() {
        eprintln!("warning: {warning}");
    }
    let settings = WispHubSettings::from_environment(&environment)
        .map_err(|error| format!("the settings are not complete\n{error}"))?;
    serve::log_to_stderr();
    serve::serve(serve::listen().await?, routes(&settings)?).await
}

fn routes(settings: &WispHubSettings) -> Result<Router, Failure> {
    let passwords = PasswordVerifier::single(settings.password().clone())?;
    let tokens = TokenEndpoint::new(settings.issuer(), passwords);
    let verifier = JwtVerifier::new(JwtPolicy::new(), [settings.key().clone()])?;
    let auth = AuthLayer::new(JwtAuthenticator::new(verifier)).with_style(FastApiStyle);
    Ok(Router::new()
        .route("/api/v1/clients/", get(clients).layer(auth))
        .route("/api/v1/auth/token", token_endpoint(tokens, SystemClock))
        .route("/health", get(health)))
}

/// The real service asks its upstream here, with `settings.upstream_key()`, which no
/// client ever sees.
async fn clients(Authenticated(me): Authenticated<Me>) -> Json<Value> {
    Json(json!({ "ok": true, "user": me.user().as_str() }))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
