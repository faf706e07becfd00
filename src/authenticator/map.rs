//! The same credential, another principal type.

use super::Authenticator;
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Challenges, Outcome};

/// Turns the principal of an authenticator into another; from
/// [`map_principal`](super::AuthenticatorExt::map_principal).
#[derive(Clone, Debug)]
pub struct MapPrincipal<A, F> {
    pub(super) authenticator: A,
    pub(super) map: F,
}

impl<A, F, Q> Authenticator for MapPrincipal<A, F>
where
    A: Authenticator,
    F: Fn(A::Principal) -> Q + Send + Sync + 'static,
    Q: Clone + Send + Sync + 'static,
{
    type Principal = Q;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Q>, AuthError> {
        Ok(self.authenticator.authenticate(request).await?.map(&self.map))
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.authenticator.challenge(failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.authenticator.carriers(out);
    }
}
