//! The same principal, with the privileges of its roles.

use crate::request::{Carriers, RequestView};
use crate::store::{RoleStore, UserRights};
use crate::{AuthError, Authenticator, Challenges, GrantScopes, Identity, Outcome, Reason};

/// Gives principals the privileges of their users' roles; from
/// [`with_roles`](super::RolesExt::with_roles). The rules are those of the
/// [module](super).
#[derive(Clone, Debug)]
pub struct WithRoles<A, R> {
    pub(super) authenticator: A,
    pub(super) roles: R,
}

impl<A, R> WithRoles<A, R>
where
    A: Authenticator<Principal: GrantScopes>,
    R: RoleStore,
{
    async fn granted(&self, principal: A::Principal) -> Result<A::Principal, AuthError> {
        let Some(user) = principal.user_id() else { return Ok(principal) };
        let refuse = |error: AuthError| error.with_credential(principal.credential());
        match self.roles.rights_of(user).await.map_err(|error| refuse(AuthError::from(error)))? {
            None => Ok(principal),
            Some(UserRights::Active(scopes)) => Ok(principal.grant(&scopes)),
            Some(UserRights::Inactive) => Err(refuse(AuthError::new(Reason::OwnerInactive))),
        }
    }
}

impl<A, R> Authenticator for WithRoles<A, R>
where
    A: Authenticator<Principal: GrantScopes>,
    R: RoleStore,
{
    type Principal = A::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Self::Principal>, AuthError> {
        match self.authenticator.authenticate(request).await? {
            Outcome::Absent => Ok(Outcome::Absent),
            Outcome::Authenticated(principal) => Ok(Outcome::Authenticated(self.granted(principal).await?)),
        }
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.authenticator.challenge(failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.authenticator.carriers(out);
    }
}
