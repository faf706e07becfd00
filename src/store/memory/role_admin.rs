//! Users, groups and roles in memory, as a store of roles.

use super::MemoryKeyStore;
use crate::store::{
    AdminError, GroupSummary, Privilege, RoleAdmin, RoleStore, RoleSummary, StoreError, UserRights,
};
use crate::{GroupId, RoleId, Scope, UserId};

impl<P: Send + Sync + 'static> RoleStore for MemoryKeyStore<P> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        Ok(self.known().rights_of(&UserId::from(user)))
    }
}

impl<P: Send + Sync + 'static> RoleAdmin for MemoryKeyStore<P> {
    async fn add_group(&self, group: &GroupId) -> Result<(), AdminError> {
        self.directory().roles.held.add_group(group)
    }

    async fn add_role(&self, role: &RoleId) -> Result<(), AdminError> {
        self.directory().roles.held.add_role(role)
    }

    async fn add_privilege(&self, privilege: &Privilege) -> Result<(), AdminError> {
        self.directory().roles.held.add_privilege(privilege)
    }

    async fn remove_group(&self, group: &GroupId) -> Result<(), AdminError> {
        self.directory().roles.remove_group(group)
    }

    async fn remove_role(&self, role: &RoleId) -> Result<(), AdminError> {
        self.directory().roles.held.remove_role(role)
    }

    async fn remove_privilege(&self, privilege: &Scope) -> Result<(), AdminError> {
        self.directory().roles.held.remove_privilege(privilege)
    }

    async fn add_user_to_group(&self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        let mut directory = self.directory();
        directory.check_user(user)?;
        directory.roles.add_user_to_group(user, group)
    }

    async fn remove_user_from_group(&self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        let mut directory = self.directory();
        directory.check_user(user)?;
        directory.roles.remove_user_from_group(user, group)
    }

    async fn give_role_to_group(&self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        self.directory().roles.held.give_role_to_group(role, group)
    }

    async fn take_role_from_group(&self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        self.directory().roles.held.take_role_from_group(role, group)
    }

    async fn give_privilege_to_role(&self, privilege: &Scope, role: &RoleId) -> Result<(), AdminError> {
        self.directory().roles.held.give_privilege_to_role(privilege, role)
    }

    async fn take_privilege_from_role(&self, privilege: &Scope, role: &RoleId) -> Result<(), AdminError> {
        self.directory().roles.held.take_privilege_from_role(privilege, role)
    }

    async fn list_groups(&self) -> Result<Vec<GroupSummary>, AdminError> {
        Ok(self.known().roles.held.list_groups())
    }

    async fn list_roles(&self) -> Result<Vec<RoleSummary>, AdminError> {
        Ok(self.known().roles.held.list_roles())
    }

    async fn list_privileges(&self) -> Result<Vec<Privilege>, AdminError> {
        Ok(self.known().roles.held.list_privileges())
    }

    async fn list_groups_of_user(&self, user: &UserId) -> Result<Vec<GroupId>, AdminError> {
        let directory = self.known();
        directory.check_user(user)?;
        Ok(directory.roles.groups_of(user).cloned().collect())
    }

    async fn list_users_of_group(
        &self,
        group: &GroupId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AdminError> {
        self.known().roles.users_of(group, after, limit)
    }
}
