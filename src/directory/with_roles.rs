//! The same principal, with the privileges of its roles.

use crate::request::{Carriers, RequestView};
use crate::store::{RoleStore, UserRights};
use crate::{AuthError, Authenticator, Challenges, Credential, GrantScopes, Identity, Outcome, Reason};

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
        let refuse = |error| of_credential(error, principal.credential());
        match self.roles.rights_of(user).await.map_err(|error| refuse(AuthError::from(error)))? {
            None => Ok(principal),
            Some(UserRights::Active(scopes)) => Ok(principal.grant(&scopes)),
            Some(UserRights::Inactive) => Err(refuse(AuthError::new(Reason::OwnerInactive))),
        }
    }
}

/// A refusal that names the credential in the log.
fn of_credential(error: AuthError, credential: Option<&Credential>) -> AuthError {
    let Some(credential) = credential else { return error };
    let error = error.with_scheme(credential.scheme());
    match credential.key() {
        Some(key) => error.with_key(key.clone()),
        None => error,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyId, Realm, Scheme};

    #[test]
    fn a_refusal_names_the_credential_it_is_about() {
        let refused = |credential| of_credential(AuthError::new(Reason::OwnerInactive), credential);
        let named = |error: AuthError| (error.reason(), error.scheme(), error.key().cloned());
        let key = Credential::of_key(Scheme::ApiKey, Realm::default(), KeyId::from("k"));
        let token = Credential::of_scheme(Scheme::Jwt);
        let inactive = Reason::OwnerInactive;
        assert_eq!(named(refused(Some(&key))), (inactive, Some(Scheme::ApiKey), Some(KeyId::from("k"))));
        assert_eq!(named(refused(Some(&token))), (inactive, Some(Scheme::Jwt), None));
        assert_eq!(named(refused(None)), (inactive, None, None));
    }
}
