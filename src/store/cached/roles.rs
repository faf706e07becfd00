//! What users may do: cached, and forgotten when anybody's roles change.

use super::CachedKeyStore;
use super::question::Question;
use crate::store::{Change, KeyStore, RoleAdmin, RoleStore, StoreError, UserRights, forward};

impl<S: KeyStore + RoleStore> RoleStore for CachedKeyStore<S> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        let shared = &*self.shared;
        let question = Question::user(user);
        if let Some(answer) = shared.rights.known(&question, &shared.validity) {
            return Ok(answer);
        }
        let subjects = |_: Option<&UserRights>| shared.validity.places().of_rights(user);
        let fetch = || shared.store.rights_of(user);
        Box::pin(shared.rights.ask(&question, &shared.validity, fetch, subjects)).await
    }
}

impl<S: KeyStore + RoleAdmin> RoleAdmin for CachedKeyStore<S> {
    forward! { self => self.shared.store;
        list_groups list_roles list_privileges list_groups_of_user list_users_of_group
    }

    forward! { self => self.changing(Change::Roles);
        add_group add_role add_privilege remove_group remove_role remove_privilege
        add_user_to_group remove_user_from_group give_role_to_group take_role_from_group
        give_privilege_to_role take_privilege_from_role
    }
}
