//! A service that accepts seven kinds of credential, with its keys in one SQLite file.
//!
//! ```text
//! cargo run --example quickstart --features "jwt query-signature x-auth sigv4 message-signature webhook sqlite token-endpoint axum console"
//! ```
//!
//! The first start makes a folder with a master key, a database, an account with one user
//! and one site, and a key of each kind. It prints their secrets, this once, and commands
//! to paste into another terminal. Later starts find all of that again.
//!
//! Each start prints where the console is, and a password of its administrator that is good for
//! one log-in: start again for another. The user of the account may log in too, with the password
//! that the first start prints, and sees everything there but changes nothing.
//!
//! Routes are named where they are declared. Behind `-- entry-points sync`, the command above
//! saves the names into the database, so that keys can be limited to them, and says what has
//! changed; behind `-- entry-points list` it shows them.
//!
//! | | |
//! |---|---|
//! | the only argument, else `PORT` | the port on 127.0.0.1: 3000 without it, 0 for any that is free |
//! | `QUICKSTART_DATA` | the folder: `quickstart-data` without it |
//! | `RUST_LOG` | what is logged to stderr: `info` without it |
//!
//! | route | who may call it |
//! |---|---|
//! | `GET /health`, `GET /api/v1/system/ping/` | everybody |
//! | `POST /api/v1/auth/token` | everybody; a user name and a password become a token |
//! | `GET` and `POST /whoami`, named `whoami` | every credential |
//! | `GET /api/hello/`, named `hello` | every credential |
//! | `POST /orders`, named `orders.create` | credentials with the scope `orders:write` |
//! | `POST /events`, named `events` | the service that signs its events (Standard Webhooks) |
//! | `GET /feed`, named `feed` | everybody; a wrong credential is refused all the same |
//! | everything below `/admin/keys` | whoever logs in there: the console |
//!
//! A key that is limited to entry points may call those of the named routes only: here, the
//! one for signed URLs may call `hello` and `whoami`, and an event is let in at `events`.
//!
//! Clients of AWS are given the region `eu-central-1` and the service `quickstart`. The keys for
//! signed URLs and for `x-auth` headers sign the strict forms too: the chapter `clients` of the
//! manual has programs in four languages for every scheme.
//!
//! Where to look: `chain.rs` puts the authenticators together, `tokens.rs` and `events.rs` make
//! those whose secrets are in no store, `routes.rs` declares what is served and who may call it,
//! `passwords.rs` extends the crate by a table of its own, `console.rs` mounts the console for
//! those whom `administrators.rs` knows, `signed.rs` signs in the shell. `examples/actix_app` is
//! the same service in actix-web, without the console.

mod administrators;
mod answers;
mod backing;
mod chain;
mod command_line;
mod commands;
mod console;
mod data;
mod demo;
mod derived;
mod entry_points;
mod events;
mod passwords;
mod routes;
mod serve;
mod signed;
mod tokens;

use std::process::ExitCode;

use portcullis::Authenticator;
use portcullis::axum::Routes;
use portcullis::tower::AuthLayer;

use administrators::Administrators;
use backing::Backing;
use chain::Me;
use command_line::Task;
use console::Watch;
use serve::{Failure, process};

#[tokio::main]
async fn main() -> ExitCode {
    serve::log_to_stderr();
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    match Task::from_arguments()? {
        Task::Serve => {
            let listener = serve::listen().await?;
            let base = format!("http://{}", listener.local_addr()?);
            let backing = Backing::open_or_create(&base).await?;
            let watch = Watch::new();
            let auth = watch.over(AuthLayer::new(backing.authenticators()?), &backing.store);
            let routes = routes::routes(auth, backing.token_endpoint().await?);
            let (administrators, password) = Administrators::new(backing.passwords())?;
            let console = console::console(&backing, administrators, &watch, &base)?
                .with_open_routes(routes.open_routes());
            console::announce(&base, &password)?;
            let router = routes.into_router()?.merge(console.into_router());
            watch.during(backing.store, serve::serve(listener, router)).await
        }
        Task::EntryPoints(action) => {
            let backing = Backing::open().await?;
            let routes = declared(&backing).await?;
            action.run(&backing.store, &routes.entry_points()?).await
        }
    }
}

/// The routes, for a look at them.
async fn declared(backing: &Backing) -> Result<Routes<impl Authenticator<Principal = Me> + use<>>, Failure> {
    let auth = AuthLayer::new(backing.authenticators()?);
    Ok(routes::routes(auth, backing.token_endpoint().await?))
}
