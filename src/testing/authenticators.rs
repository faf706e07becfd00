//! Authenticators that look at nothing.

use crate::request::{Carriers, RequestView};
use crate::{AuthError, Authenticator, Challenge, Challenges, Outcome, Reason};

/// Takes **every** request for this principal's, whatever credential it has or has not: for
/// the test of a handler, and for nothing else.
///
/// ```
/// use portcullis::testing::{Always, TestUser};
/// use portcullis::tower::AuthLayer;
/// use portcullis::{Principal, UserId};
/// let ada: Principal<UserId> = TestUser::new("ada").principal();
/// let auth = AuthLayer::new(Always(ada));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Always<P>(pub P);

/// Refuses **every** request for this reason: for the test of what clients then see.
///
/// The principals are those of the type that the handlers take:
///
/// ```
/// use portcullis::Reason;
/// use portcullis::store::StoredPrincipal;
/// use portcullis::testing::Refusing;
/// use portcullis::tower::AuthLayer;
/// let auth = AuthLayer::new(Refusing::<StoredPrincipal>::new(Reason::StoreUnavailable));
/// ```
pub struct Refusing<P> {
    reason: Reason,
    principal: std::marker::PhantomData<fn() -> P>,
}

impl<P> Refusing<P> {
    /// Refuses for `reason`.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self { reason, principal: std::marker::PhantomData }
    }
}

impl<P> Clone for Refusing<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Refusing<P> {}

impl<P> std::fmt::Debug for Refusing<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Refusing").field(&self.reason).finish()
    }
}

const CHALLENGE: &str = "Test";

impl<P: Clone + Send + Sync + 'static> Authenticator for Always<P> {
    type Principal = P;

    async fn authenticate(&self, _: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        Ok(Outcome::Authenticated(self.0.clone()))
    }

    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare(CHALLENGE));
    }

    fn carriers(&self, _: &mut Carriers) {}
}

impl<P: Clone + Send + Sync + 'static> Authenticator for Refusing<P> {
    type Principal = P;

    async fn authenticate(&self, _: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        Err(AuthError::new(self.reason))
    }

    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare(CHALLENGE));
    }

    fn carriers(&self, _: &mut Carriers) {}
}
