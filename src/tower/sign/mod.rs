//! The client layer: every request that goes out through it is signed.
//!
//! ```text
//! application ──► retries, redirects ──► SignLayer ──► the HTTP client, which follows no redirect
//! ```
//!
//! # Decision
//!
//! 1. The request is for one of the [origins](SignLayer::for_origin): scheme, host and port of
//!    its URI, and a `Host` that says the same. Others are refused, or
//!    [passed on](SignLayer::pass_others_unsigned) without a credential.
//! 2. The body is read as a whole, up to a [limit](SignLayer::with_body_limit).
//! 3. The request is signed as late as that, with the time of now. Headers that signing adds are
//!    marked as sensitive.
//! 4. An answer other than 401 is the answer.
//! 5. A 401 is the answer too, unless it shows that the clock here is off: it came from an
//!    `https` origin, which TLS has authenticated, and its one `Date` is more than five seconds
//!    away from the time that was signed, and at most 24 hours from the clock here. Then the
//!    request is signed once more, with the server's time, and what comes now is the answer.
//! 6. The difference is kept for later requests to that origin if the second answer was no 401.
//!
//! Nothing else is sent twice. Both requests are signed for themselves, and so is each attempt
//! of a layer further out that repeats requests: a nonce is never used again.
//!
//! # Redirects
//!
//! A client that follows redirects *inside* this layer takes what was signed to wherever an
//! answer points; `reqwest` removes `Authorization` on the way to another host, and no header of
//! one's own. Turn them off in the client (`redirect::Policy::none()`), and put a layer that
//! follows them *outside*. That one never sees a credential. A redirect to another origin is
//! then refused here; where others are passed on, it goes there unsigned, and an answer from
//! there that points back is an error: nobody else says what is signed for us.
//!
//! # Readiness
//!
//! The inner instance that was polled ready is the one that is called. For the second request it
//! is polled again.

mod credentials;
mod error;
mod future;
mod http_date;
mod layer;
mod redirect;
#[cfg(feature = "reqwest")]
mod reqwest;
mod server;
mod service;

pub use error::SignLayerError;
pub use future::SignFuture;
pub use layer::SignLayer;
pub use service::Sign;

pub use crate::sign::InvalidOrigin;
