//! Authenticators whose type is known at run time only.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::Authenticator;
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Challenges, Outcome};

/// The object-safe twin of [`Authenticator`]. It is private on purpose: were it public
/// with a blanket implementation, a call on a boxed value could pick the twin's method
/// again and again.
#[async_trait]
trait Erased<P>: Send + Sync {
    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError>;
    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges);
    fn carriers(&self, out: &mut Carriers);
}

#[async_trait]
impl<A: Authenticator> Erased<A::Principal> for A {
    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<A::Principal>, AuthError> {
        Authenticator::authenticate(self, request).await
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        Authenticator::challenge(self, failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        Authenticator::carriers(self, out);
    }
}

/// Any authenticator with this principal; from
/// [`boxed`](super::AuthenticatorExt::boxed). One allocation a call is its price.
pub struct BoxAuthenticator<P>(Arc<dyn Erased<P>>);

impl<P: Clone + Send + Sync + 'static> BoxAuthenticator<P> {
    /// Erases the type of `authenticator`.
    #[must_use]
    pub fn new(authenticator: impl Authenticator<Principal = P>) -> Self {
        Self(Arc::new(authenticator))
    }
}

impl<P: Clone + Send + Sync + 'static> Authenticator for BoxAuthenticator<P> {
    type Principal = P;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        self.0.as_ref().authenticate(request).await
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.0.as_ref().challenge(failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.0.as_ref().carriers(out);
    }
}

impl<P> Clone for BoxAuthenticator<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P> fmt::Debug for BoxAuthenticator<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxAuthenticator(..)")
    }
}
