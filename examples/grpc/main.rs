//! A gRPC server behind API keys, with tonic and without generated code.
//!
//! ```text
//! cargo run --example grpc --features "api-key memory tonic"
//! ```
//!
//! It prints an address, two API keys, and commands to paste, which need a `curl` that
//! speaks HTTP/2. What it knows is gone when it stops.
//!
//! | | |
//! |---|---|
//! | the first argument, else `PORT` | the port on 127.0.0.1: 3000 without it, 0 for any that is free |
//! | `RUST_LOG` | what is logged to stderr: `info` without it |
//!
//! | call | |
//! |---|---|
//! | `demo.Greeter/Hello` | for who has a key |
//! | `demo.Notes/Write` | for who has a key with the scope `notes:write` |

mod codec;
#[path = "../quickstart/serve.rs"]
#[expect(dead_code, reason = "it serves axum's routers, too")]
mod serve;
mod service;

use std::net::SocketAddr;
use std::process::ExitCode;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{IssuedKey, KeyOwner, NewKey};
use portcullis::tower::AuthLayer;
use portcullis::{Clock, KeyAdmin, Scheme, Scopes, SystemClock, UserId};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::Layer;

use serve::{Failure, say};
use service::{Greeter, Notes};

const PREFIX: &str = "demo_";
const SCOPE: &str = "notes:write";

#[tokio::main]
async fn main() -> ExitCode {
    serve::exit_code(run().await)
}

async fn run() -> Result<(), Failure> {
    serve::log_to_stderr();
    let listener = serve::listen().await?;
    let address = listener.local_addr()?;
    let asked_to_stop = serve::asked_to_stop()?;

    let keys = MemoryKeyStore::new();
    keys.add_user(&UserId::from("ada"), None).await?;
    let reader = issue(&keys, Scopes::default()).await?;
    let writer = issue(&keys, Scopes::new([SCOPE])?).await?;

    let auth = AuthLayer::new(ApiKeyAuthenticator::new(keys, KeyShape::prefix(PREFIX))).answer_grpc();
    let notes = auth.require_scopes([SCOPE]).layer(Notes);
    let server = Server::builder().layer(auth).add_service(Greeter).add_service(notes);

    print(address, &reader, &writer)?;
    server.serve_with_incoming_shutdown(TcpIncoming::from(listener), asked_to_stop).await?;
    Ok(say("stopped")?)
}

async fn issue(keys: &MemoryKeyStore, scopes: Scopes) -> Result<IssuedKey, Failure> {
    let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("ada")).with_prefix(PREFIX).with_scopes(scopes);
    Ok(keys.issue(key, SystemClock.now()).await?)
}

/// Shows the keys in commands to paste. A message is five bytes, one for "not compressed" and
/// four for its length, and what it says. Calls that are refused go without one: they are
/// answered before it is read, which many a curl takes for an error.
fn print(address: SocketAddr, reader: &IssuedKey, writer: &IssuedKey) -> Result<(), Failure> {
    let curl = |call: &str, key: Option<&IssuedKey>| {
        let key = match key.map(|key| key.secret.expose_text()) {
            None => String::new(),
            Some(secret) => format!(" -H 'Authorization: Bearer {}'", secret.ok_or("no text")?),
        };
        Ok::<_, Failure>(format!(
            "curl --http2-prior-knowledge http://{address}/{call} -H 'Content-Type: application/grpc' -H 'TE: trailers'{key}"
        ))
    };
    let accepted = |curl| format!(r"printf '\000\000\000\000\005hello' | {curl} --data-binary @- -o -");
    let refused = |curl| format!("{curl} -X POST -i");
    say("Paste these into another terminal; `-i` behind one shows `grpc-status` as well:")?;
    for (label, command) in [
        ("Hello, by API key", accepted(curl("demo.Greeter/Hello", Some(reader))?)),
        ("A note, by API key with the scope", accepted(curl("demo.Notes/Write", Some(writer))?)),
        ("A note without the scope, which is refused", refused(curl("demo.Notes/Write", Some(reader))?)),
        ("Hello without a key, which is refused", refused(curl("demo.Greeter/Hello", None)?)),
    ] {
        say(format_args!("\n{label}:\n{command}"))?;
    }
    Ok(say(format_args!("\nlistening on http://{address}"))?)
}
