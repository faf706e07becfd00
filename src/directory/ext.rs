//! Roles, as a method.

use super::WithRoles;
use crate::store::RoleStore;
use crate::{Authenticator, GrantScopes};

/// Adds roles to an authenticator; every [`Authenticator`] has this.
pub trait RolesExt: Authenticator + Sized {
    /// Gives principals the privileges that their users have by their roles; the rules
    /// are those of the [module](super).
    ///
    /// ```
    /// use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
    /// use portcullis::directory::RolesExt;
    /// use portcullis::store::memory::MemoryKeyStore;
    ///
    /// // `Authorization: <key>`; keys and roles are in the same store.
    /// let store: MemoryKeyStore = MemoryKeyStore::new();
    /// let users = ApiKeyAuthenticator::new(store.clone(), KeyShape::any())
    ///     .with_carriers([ApiKeyCarrier::RawAuthorization])
    ///     .with_roles(store);
    /// ```
    #[must_use]
    fn with_roles<R: RoleStore>(self, roles: R) -> WithRoles<Self, R>
    where
        Self::Principal: GrantScopes,
    {
        WithRoles { authenticator: self, roles }
    }
}

impl<A: Authenticator> RolesExt for A {}
