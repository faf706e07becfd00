//! Two authenticators in order.

use super::Authenticator;
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Challenges, Outcome};

/// Asks the second authenticator where the first finds nothing of its own; from
/// [`or`](super::AuthenticatorExt::or). A refusal by the first stands.
#[derive(Clone, Debug)]
pub struct Or<A, B> {
    pub(super) first: A,
    pub(super) second: B,
}

impl<A, B> Authenticator for Or<A, B>
where
    A: Authenticator,
    B: Authenticator<Principal = A::Principal>,
{
    type Principal = A::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Self::Principal>, AuthError> {
        match self.first.authenticate(request).await? {
            Outcome::Absent => self.second.authenticate(request).await,
            authenticated => Ok(authenticated),
        }
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.first.challenge(failure, out);
        self.second.challenge(failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.first.carriers(out);
        self.second.carriers(out);
    }
}
