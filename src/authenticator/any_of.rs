//! A chain whose members are read from configuration.

use super::{Authenticator, BoxAuthenticator};
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Challenges, Outcome};

/// Authenticators in an order that is known at run time only. Like
/// [`or`](super::AuthenticatorExt::or): the first member that finds something of its
/// own decides.
///
/// ```
/// use portcullis::{AnyOf, Principal};
/// let chain: AnyOf<Principal> = AnyOf::new();
/// assert!(chain.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct AnyOf<P>(Vec<BoxAuthenticator<P>>);

impl<P: Clone + Send + Sync + 'static> AnyOf<P> {
    /// No member yet: every request is without a credential.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a member behind the others.
    #[must_use]
    pub fn with(mut self, authenticator: impl Authenticator<Principal = P>) -> Self {
        self.0.push(BoxAuthenticator::new(authenticator));
        self
    }

    /// Whether there is no member.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<P: Clone + Send + Sync + 'static> Default for AnyOf<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Clone + Send + Sync + 'static> Authenticator for AnyOf<P> {
    type Principal = P;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        for member in &self.0 {
            if let Outcome::Authenticated(principal) = member.authenticate(request).await? {
                return Ok(Outcome::Authenticated(principal));
            }
        }
        Ok(Outcome::Absent)
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.0.iter().for_each(|member| member.challenge(failure, out));
    }

    fn carriers(&self, out: &mut Carriers) {
        self.0.iter().for_each(|member| member.carriers(out));
    }
}
