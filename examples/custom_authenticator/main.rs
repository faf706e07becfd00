//! IGNY8's whole chain: API key, JSON Web Token, session cookie and HTTP Basic, in that
//! order. Sessions are no scheme of the crate: their authenticator is written here.
//!
//! ```text
//! cargo run --example custom_authenticator --features "jwt basic token-endpoint axum"
//! ```
//!
//! Everything is in memory. Each start makes an account with one user and one site, an API
//! key for that site, and a password; it prints them with commands to paste into another
//! terminal.
//!
//! | | |
//! |---|---|
//! | the first argument, else `PORT` | the port on 127.0.0.1: 3000 without it, 0 for any that is free |
//! | `RUST_LOG` | what is logged to stderr: `info` without it, which has the reason of every refusal |
//!
//! | route | who may call it |
//! |---|---|
//! | `GET /api/v1/system/ping/` | everybody |
//! | `POST /auth/login/` | everybody; a user name and a password become a token and a session |
//! | `POST /auth/logout/` | every credential; the session, if it is one, ends |
//! | `GET` and `POST /api/v1/whoami/` | every credential |
//!
//! Where to look: `session.rs` is the authenticator, `origin.rs` what cookies need besides,
//! `users.rs` the store that every scheme takes the user from, `chain.rs` the order.
//!
//! Behind TLS, call the cookie `__Host-sessionid` and add `Secure`: then no other host of
//! the domain can set it.

mod chain;
mod commands;
mod demo;
mod login;
mod origin;
mod routes;
#[path = "../quickstart/serve.rs"]
mod serve;
mod session;
mod users;

use std::process::ExitCode;

use portcullis::guard::Igny8Style;
use portcullis::tower::AuthLayer;
use portcullis::{AccountId, Principal, SiteId, UserId};

use chain::Tokens;
use demo::Demo;
use login::Login;
use serve::Failure;
use session::Sessions;

/// Whom the handlers see, whatever the credential was.
type Me = Principal<UserId, AccountId, Option<SiteId>>;

#[tokio::main]
async fn main() -> ExitCode {
    serve::log_to_stderr();
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    let listener = serve::listen().await?;
    let demo = Demo::create().await?;
    commands::print(&demo, &format!("http://{}", listener.local_addr()?))?;
    let (tokens, sessions) = (Tokens::new()?, Sessions::default());
    let authenticators = chain::authenticators(&demo, &tokens, sessions.clone())?;
    let auth = AuthLayer::new(authenticators).with_style(Igny8Style);
    let login = Login::new(tokens.endpoint(&demo)?, tokens.verifier()?, sessions);
    serve::serve(listener, routes::routes(&auth, login)).await
}
