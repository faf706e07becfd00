//! The quickstart in actix-web: the same routes, answers and keys, over the same folder.
//!
//! ```text
//! cargo run --example actix_app --features "jwt query-signature x-auth sigv4 message-signature webhook sqlite token-endpoint actix"
//! ```
//!
//! Whichever of the two starts first makes the folder and prints the secrets; the other one
//! knows them too. Arguments, variables and routes are those of `examples/quickstart`, and so
//! are all files that do not know the framework. What differs is here: `routes.rs`, and
//! `serve.rs`. The console is an axum router: it is in the other one alone.

#[path = "../quickstart/answers.rs"]
mod answers;
#[path = "../quickstart/backing.rs"]
mod backing;
#[path = "../quickstart/chain.rs"]
mod chain;
#[path = "../quickstart/command_line.rs"]
mod command_line;
#[path = "../quickstart/commands.rs"]
mod commands;
#[path = "../quickstart/data.rs"]
mod data;
#[path = "../quickstart/demo.rs"]
mod demo;
#[path = "../quickstart/derived.rs"]
mod derived;
#[path = "../quickstart/entry_points.rs"]
mod entry_points;
#[path = "../quickstart/events.rs"]
mod events;
#[path = "../quickstart/passwords.rs"]
mod passwords;
#[path = "../quickstart/process.rs"]
mod process;
mod routes;
mod serve;
#[path = "../quickstart/signed.rs"]
mod signed;
#[path = "../quickstart/tokens.rs"]
mod tokens;

use std::process::ExitCode;
use std::sync::Arc;

use portcullis::Authenticator;
use portcullis::actix::AuthMiddleware;
use portcullis::jwt::TokenEndpoint;

use backing::Backing;
use chain::Me;
use command_line::Task;
use passwords::Passwords;
use process::Failure;

fn main() -> ExitCode {
    process::log_to_stderr();
    process::exit_code(actix_web::rt::System::new().block_on(run()))
}

async fn run() -> Result<(), Failure> {
    match Task::from_arguments()? {
        Task::Serve => {
            let listener = process::listen().await?.into_std()?;
            let backing = Backing::open_or_create(&format!("http://{}", listener.local_addr()?)).await?;
            let (auth, tokens) = parts(&backing).await?;
            serve::serve(listener, move || routes::routes(auth.clone(), Arc::clone(&tokens))).await
        }
        Task::EntryPoints(action) => {
            let backing = Backing::open().await?;
            let (auth, tokens) = parts(&backing).await?;
            action.run(&backing.store, &routes::routes(auth, tokens).entry_points()?).await
        }
    }
}

/// The middleware and the token endpoint, which actix-web's workers share.
async fn parts(
    backing: &Backing,
) -> Result<
    (AuthMiddleware<impl Authenticator<Principal = Me> + use<>>, Arc<TokenEndpoint<Passwords>>),
    Failure,
> {
    let auth = AuthMiddleware::new(backing.authenticators()?);
    Ok((auth, Arc::new(backing.token_endpoint().await?)))
}
