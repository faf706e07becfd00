//! Signing requests that go out.
//!
//! Each scheme has a signer in its own module, beside the authenticator that verifies the same
//! bytes. What they have in common is [`RequestSigner`]. Here are the signers of no scheme in
//! particular: a [token](BearerSigner), and a signer that [can be replaced](SwappableSigner).
//! Whom a credential is for is an [`Origin`].
//!
//! The manual says how they are put around an HTTP client: [`signing`](crate::manual::signing).

mod bearer;
mod error;
mod ext;
#[cfg(any(feature = "outbound", feature = "tower"))]
mod origin;
#[cfg(any(feature = "query-signature", feature = "x-auth", feature = "message-signature"))]
pub(crate) mod outgoing;
mod swappable;

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

#[cfg(feature = "api-key")]
pub(crate) use bearer::{AuthorizationValue, sendable};
pub use bearer::{BearerSigner, UnsendableSecret};
pub use error::SignError;
pub use ext::SignExt;
#[cfg(any(feature = "outbound", feature = "tower"))]
pub use origin::{InvalidOrigin, Origin};
pub use swappable::SwappableSigner;

use crate::Timestamp;

/// Puts a credential into a request that goes out.
///
/// # What an implementation promises
/// - It changes nothing but the headers and the query that its scheme is made of.
/// - Every call makes a credential of its own: where the scheme has a nonce, a fresh one.
/// - It works without I/O: keys are there, and the time comes from outside.
/// - After an error, the request is as it was.
pub trait RequestSigner: fmt::Debug + Send + Sync + 'static {
    /// Signs a request whose body is `body`, at `now`.
    ///
    /// # Errors
    /// When the request cannot be signed so that it means one thing only.
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError>;
}

impl<S: RequestSigner + ?Sized> RequestSigner for Arc<S> {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        (**self).sign_request(head, body, now)
    }
}
