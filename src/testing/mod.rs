//! For the tests of applications: principals, keys and signed requests in one line each, and a
//! check that no route was forgotten.
//!
//! Everything is made for one test: the keys come from the system's generator, the stores are
//! in memory and the clock stands still. What cannot be made **panics**, because a test has no
//! use for it. Enable the feature `testing` among the dev-dependencies alone.
//!
//! # A handler, without any credential
//!
//! [`Always`] lets every request through as one principal:
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use http::Request;
//! use portcullis::axum::Authenticated;
//! use portcullis::store::StoredPrincipal;
//! use portcullis::testing::{Always, principal};
//! use portcullis::tower::AuthLayer;
//! use tower::ServiceExt;
//!
//! async fn greet(Authenticated(me): Authenticated<StoredPrincipal>) -> String {
//!     format!("hello {}", me.user().as_ref().map_or("nobody", |user| user.as_str()))
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let app = Router::new().route("/", get(greet)).layer(AuthLayer::new(Always(principal("ada"))));
//! let answer = app.oneshot(Request::get("/").body(Body::empty())?).await?;
//! assert_eq!(axum::body::to_bytes(answer.into_body(), 99).await?, "hello ada");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # A service, with its real chain
//!
//! A [`TestKit`] has stores and a clock; a [`TestKey`] signs requests by its scheme:
//!
//! ```
//! use axum::{Router, body::Body, routing::post};
//! use http::Request;
//! use portcullis::AuthenticatorExt;
//! use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
//! use portcullis::query_signature::QuerySignatureAuthenticator;
//! use portcullis::testing::{TestKit, TestUser};
//! use portcullis::tower::AuthLayer;
//! use tower::ServiceExt;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let kit = TestKit::new();
//! let chain = ApiKeyAuthenticator::new(kit.keys(), KeyShape::any())
//!     .or(QuerySignatureAuthenticator::new(kit.keys(), kit.nonces()));
//! let auth = AuthLayer::new(chain).with_clock(kit.clock());
//! let writers = auth.require_scopes(["orders:write"]);
//! let app = Router::new().route("/orders", post(async || "taken").layer(writers)).layer(auth);
//!
//! let order = || Request::post("/orders").body("{}").unwrap();
//! let writer = TestUser::new("ada").of_account("acme").with_scopes("orders:write");
//! for (key, status) in [
//!     (kit.api_key(writer.clone()), 200),
//!     (kit.signed_url(writer), 200),
//!     (kit.api_key("bob"), 403),
//!     (kit.api_key("eve").forged(), 401),
//! ] {
//!     let answer = app.clone().oneshot(key.sign(order()).map(Body::from)).await?;
//!     assert_eq!(answer.status(), status);
//! }
//! # Ok::<(), std::convert::Infallible>(())
//! # }).unwrap();
//! ```
//!
//! # Routes that were forgotten
//!
//! `testing::tower::unguarded` and `testing::actix::unguarded` say which routes answer
//! strangers.

#[cfg(feature = "actix")]
pub mod actix;
mod authenticators;
mod key;
mod kit;
#[cfg(feature = "basic")]
mod passwords;
#[cfg(any(feature = "tower", feature = "actix"))]
mod probe;
#[cfg(feature = "tower")]
pub mod tower;
mod user;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub use authenticators::{Always, Refusing};
pub use key::TestKey;
pub use kit::TestKit;
#[cfg(feature = "basic")]
pub use passwords::TestUsers;
pub use user::{TestUser, principal};

/// What a test cannot go on without.
fn must<T, E: fmt::Display>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("the test kit cannot make this: {error}"))
}

/// Drives a future that never waits, as those of stores in memory.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("stores in memory never wait"),
    }
}
