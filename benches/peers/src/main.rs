//! What a guard adds to a request, beside what people write by hand today.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! ```
//!
//! Every app answers the same authenticated request in process, without a socket: bare; with
//! this crate's guard; and as it is written today, `axum::middleware::from_fn` or
//! `actix-web-httpauth` around `jsonwebtoken::decode`. All take turns in short rounds, so that
//! a slow moment of the machine hits them alike; the table has medians. Kinds of tokens are
//! measured by the program `tokens` beside it.

mod actix_apps;
mod axum_apps;
mod credentials;
mod rounds;
mod tower_apps;

use credentials::Credentials;
use rounds::Subject;

fn main() {
    // With both of its backends in the build, `jsonwebtoken` panics until it is given one.
    jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default().expect("the first");
    let credentials = Credentials::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    subjects.extend(tower_apps::all(&runtime, &credentials));
    subjects.extend(axum_apps::all(&runtime, &credentials));
    subjects.extend(actix_apps::all(&credentials));
    rounds::run(&mut subjects);
}
