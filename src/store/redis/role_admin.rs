//! Users, groups and roles in Redis.

use redis::Cmd;

use super::RedisKeyStore;
use super::documents::{StoredOwner, StoredRoles};
use super::draft::{Attempts, Draft};
use super::owners::from;
use crate::store::{
    AdminError, Change, GroupSummary, Privilege, RoleAdmin, RoleStore, RoleSummary, StoreError, UserRights,
};
use crate::{GroupId, RoleId, Scope, UserId};

impl<P: 'static> RoleStore for RedisKeyStore<P> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        let names = self.server.names();
        let found = self.owner_and(&names.user(&UserId::from(user)), &names.roles()).await?;
        let Some((user, account, roles)) = found else { return Ok(None) };
        if !user.active || !account.is_none_or(|account| account.active) {
            return Ok(Some(UserRights::Inactive));
        }
        let roles = StoredRoles::parse(roles.as_deref())?;
        Ok(Some(UserRights::Active(roles.held.of(roles.groups_of(&user)))))
    }
}

impl<P: 'static> RoleAdmin for RedisKeyStore<P> {
    async fn add_group(&self, group: &GroupId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.add_group(group)).await
    }

    async fn add_role(&self, role: &RoleId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.add_role(role)).await
    }

    async fn add_privilege(&self, privilege: &Privilege) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.add_privilege(privilege)).await
    }

    async fn remove_group(&self, group: &GroupId) -> Result<(), AdminError> {
        let remove = |roles: &mut StoredRoles, draft: &mut Draft<'_>| {
            let number = roles.remove_group(group)?;
            draft.delete(self.server.names().members(number));
            Ok(())
        };
        self.change_roles(remove).await
    }

    async fn remove_role(&self, role: &RoleId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.remove_role(role)).await
    }

    async fn remove_privilege(&self, privilege: &Scope) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.remove_privilege(privilege)).await
    }

    async fn add_user_to_group(&self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        self.change_membership(user, group, true).await
    }

    async fn remove_user_from_group(&self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        self.change_membership(user, group, false).await
    }

    async fn give_role_to_group(&self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.give_role_to_group(role, group)).await
    }

    async fn take_role_from_group(&self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.take_role_from_group(role, group)).await
    }

    async fn give_privilege_to_role(&self, privilege: &Scope, role: &RoleId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.give_privilege_to_role(privilege, role)).await
    }

    async fn take_privilege_from_role(&self, privilege: &Scope, role: &RoleId) -> Result<(), AdminError> {
        self.change_roles(|roles, _| roles.held.take_privilege_from_role(privilege, role)).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupSummary>, AdminError> {
        Ok(self.roles().await?.held.list_groups())
    }

    async fn list_roles(&self) -> Result<Vec<RoleSummary>, AdminError> {
        Ok(self.roles().await?.held.list_roles())
    }

    async fn list_privileges(&self) -> Result<Vec<Privilege>, AdminError> {
        Ok(self.roles().await?.held.list_privileges())
    }

    async fn list_groups_of_user(&self, user: &UserId) -> Result<Vec<GroupId>, AdminError> {
        let names = self.server.names();
        let found = self.owner_and(&names.user(user), &names.roles()).await?;
        let (user, _, roles) = found.ok_or(AdminError::UnknownOwner)?;
        Ok(StoredRoles::parse(roles.as_deref())?.groups_of(&user).cloned().collect())
    }

    async fn list_users_of_group(
        &self,
        group: &GroupId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AdminError> {
        let number = self.roles().await?.number(group)?;
        let mut page = Cmd::new();
        page.arg("ZRANGEBYLEX").arg(self.server.names().members(number));
        page.arg(from(after.map(UserId::as_str))).arg("+").arg("LIMIT").arg(0).arg(limit);
        let users: Vec<String> = self.server.call(&page).await?;
        Ok(users.into_iter().map(UserId::from).collect())
    }
}

impl<P> RedisKeyStore<P> {
    async fn roles(&self) -> Result<StoredRoles, StoreError> {
        let name = self.server.names().roles();
        let mut draft = self.draft();
        draft.read([name.clone()]).await?;
        StoredRoles::parse(draft.document(&name)?)
    }

    async fn change_roles(
        &self,
        edit: impl Fn(&mut StoredRoles, &mut Draft<'_>) -> Result<(), AdminError> + Send + Sync,
    ) -> Result<(), AdminError> {
        let name = self.server.names().roles();
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([name.clone()]).await?;
            let mut roles = StoredRoles::parse(draft.document(&name)?)?;
            edit(&mut roles, &mut draft)?;
            draft.write(name.clone(), roles.print()?);
            if draft.commit(Change::Roles).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// Puts a user into a group, or takes it out.
    async fn change_membership(
        &self,
        user: &UserId,
        group: &GroupId,
        member: bool,
    ) -> Result<(), AdminError> {
        let names = self.server.names();
        let (name, list) = (names.user(user), names.roles());
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([name.clone(), list.clone()]).await?;
            let mut known = StoredOwner::parse(draft.document(&name)?.ok_or(AdminError::UnknownOwner)?)?;
            let number = StoredRoles::parse(draft.document(&list)?)?.number(group)?;
            if member {
                known.groups.insert(number);
                draft.add(names.members(number), user.as_str());
            } else {
                known.groups.remove(&number);
                draft.remove(names.members(number), user.as_str());
            }
            draft.write(name.clone(), known.print()?);
            if draft.commit(Change::Roles).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }
}
