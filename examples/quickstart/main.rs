//! A service that accepts four kinds of credential, with its keys in one SQLite file.
//!
//! ```text
//! cargo run --example quickstart --features "jwt query-signature x-auth sqlite token-endpoint axum"
//! ```
//!
//! The first start makes a folder with a master key, a database, an account with one user
//! and one site, and a key of each kind. It prints their secrets, this once, and commands
//! to paste into another terminal. Later starts find all of that again.
//!
//! | | |
//! |---|---|
//! | the first argument, else `PORT` | the port on 127.0.0.1: 3000 without it, 0 for any that is free |
//! | `QUICKSTART_DATA` | the folder: `quickstart-data` without it |
//! | `RUST_LOG` | what is logged to stderr: `info` without it |
//!
//! | route | who may call it |
//! |---|---|
//! | `GET /health`, `GET /api/v1/system/ping/` | everybody |
//! | `POST /api/v1/auth/token` | everybody; a user name and a password become a token |
//! | `GET` and `POST /whoami`, `GET /api/hello/` | every credential; a key only where its entry points allow it |
//! | `POST /orders` | credentials with the scope `orders:write` |
//! | `GET /feed` | everybody; a wrong credential is refused all the same |
//!
//! Where to look: `chain.rs` puts the authenticators together, `routes.rs` puts the layer
//! around the handlers, `passwords.rs` extends the crate by a table of its own.

mod chain;
mod commands;
mod data;
mod demo;
mod passwords;
mod routes;
mod serve;

use std::process::ExitCode;

use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::tower::AuthLayer;
use portcullis::{AccountId, Principal, SiteId, UserId};

use data::{DataFolder, Start};
use passwords::Passwords;
use serve::{Failure, say};

/// Whom the handlers see. A user and an account are always there, so nothing unwraps them.
type Me = Principal<UserId, AccountId, Option<SiteId>>;

#[tokio::main]
async fn main() -> ExitCode {
    serve::log_to_stderr();
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    let listener = serve::listen().await?;
    let data = DataFolder::from_environment();
    let (master, start) = data.master_key()?;
    let store = SqliteKeyStore::<Me>::connect(data.database(), master.clone()).await?;
    store.migrate().await?;
    let passwords = Passwords::new(store.pool().clone());
    match start {
        Start::First => {
            let demo = demo::create(&store).await?;
            commands::print(&demo, &format!("http://{}", listener.local_addr()?))?;
            // Last of all: it says that the secrets were shown.
            passwords.create(demo::USER, &demo.password_hash()?).await?;
        }
        Start::Later if passwords.find_hash(demo::USER).await?.is_some() => say(format_args!(
            "the secrets were shown at the first start; to begin anew, delete {}",
            data.path().display()
        ))?,
        Start::Later => return Err(data.not_whole()),
    }
    let tokens = chain::Tokens::new(&master)?;
    let auth = AuthLayer::new(chain::authenticators(store, tokens.authenticator()?));
    serve::serve(listener, routes::routes(&auth, tokens.endpoint(passwords).await?)).await
}
