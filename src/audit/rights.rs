//! What is recorded of groups, roles and privileges.

use super::{AuditEvent, Audited};
use crate::store::{AdminError, Privilege, RoleAdmin, RoleStore, UserRights, forward};
use crate::{GroupId, RoleId, Scope, UserId};

/// A change of who may do what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RightsChange {
    /// A group was made known.
    GroupAdded(GroupId),
    /// A group was deleted.
    GroupRemoved(GroupId),
    /// A role was made known.
    RoleAdded(RoleId),
    /// A role was deleted, and taken from every group.
    RoleRemoved(RoleId),
    /// A privilege was made known.
    PrivilegeAdded(Scope),
    /// A privilege was deleted, and taken from every role.
    PrivilegeRemoved(Scope),
    /// A user was put into a group.
    UserAdded(UserId, GroupId),
    /// A user was taken out of a group.
    UserRemoved(UserId, GroupId),
    /// A role was given to a group.
    RoleGiven(RoleId, GroupId),
    /// A role was taken from a group.
    RoleTaken(RoleId, GroupId),
    /// A privilege was given to a role.
    PrivilegeGiven(Scope, RoleId),
    /// A privilege was taken from a role.
    PrivilegeTaken(Scope, RoleId),
}

impl RightsChange {
    /// The stable kebab-case name of the change.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GroupAdded(_) => "group-added",
            Self::GroupRemoved(_) => "group-removed",
            Self::RoleAdded(_) => "role-added",
            Self::RoleRemoved(_) => "role-removed",
            Self::PrivilegeAdded(_) => "privilege-added",
            Self::PrivilegeRemoved(_) => "privilege-removed",
            Self::UserAdded(..) => "user-added-to-group",
            Self::UserRemoved(..) => "user-removed-from-group",
            Self::RoleGiven(..) => "role-given-to-group",
            Self::RoleTaken(..) => "role-taken-from-group",
            Self::PrivilegeGiven(..) => "privilege-given-to-role",
            Self::PrivilegeTaken(..) => "privilege-taken-from-role",
        }
    }

    /// The user, if it is about one.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::UserAdded(user, _) | Self::UserRemoved(user, _) => Some(user),
            _ => None,
        }
    }

    /// The group, if it is about one.
    #[must_use]
    pub const fn group(&self) -> Option<&GroupId> {
        match self {
            Self::GroupAdded(group)
            | Self::GroupRemoved(group)
            | Self::UserAdded(_, group)
            | Self::UserRemoved(_, group)
            | Self::RoleGiven(_, group)
            | Self::RoleTaken(_, group) => Some(group),
            _ => None,
        }
    }

    /// The role, if it is about one.
    #[must_use]
    pub const fn role(&self) -> Option<&RoleId> {
        match self {
            Self::RoleAdded(role)
            | Self::RoleRemoved(role)
            | Self::RoleGiven(role, _)
            | Self::RoleTaken(role, _)
            | Self::PrivilegeGiven(_, role)
            | Self::PrivilegeTaken(_, role) => Some(role),
            _ => None,
        }
    }

    /// The privilege, if it is about one.
    #[must_use]
    pub const fn privilege(&self) -> Option<&Scope> {
        match self {
            Self::PrivilegeAdded(privilege)
            | Self::PrivilegeRemoved(privilege)
            | Self::PrivilegeGiven(privilege, _)
            | Self::PrivilegeTaken(privilege, _) => Some(privilege),
            _ => None,
        }
    }
}

impl<S> Audited<S> {
    fn rights_changed(&self, change: RightsChange) {
        let (at, by) = self.now();
        self.record(&AuditEvent::RightsChanged { at, by, change });
    }
}

impl<S: RoleStore> RoleStore for Audited<S> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, crate::store::StoreError> {
        self.inner().rights_of(user).await
    }
}

/// Methods that change rights: each is asked of the store inside, then recorded.
macro_rules! recorded {
    ($($method:ident($($name:ident: $type:ty),+) => $change:expr;)+) => {$(
        async fn $method(&self, $($name: &$type),+) -> Result<(), AdminError> {
            self.inner().$method($($name),+).await?;
            self.rights_changed($change);
            Ok(())
        }
    )+};
}

impl<S: RoleAdmin> RoleAdmin for Audited<S> {
    recorded! {
        add_group(group: GroupId) => RightsChange::GroupAdded(group.clone());
        add_role(role: RoleId) => RightsChange::RoleAdded(role.clone());
        add_privilege(privilege: Privilege) => RightsChange::PrivilegeAdded(privilege.name().clone());
        remove_group(group: GroupId) => RightsChange::GroupRemoved(group.clone());
        remove_role(role: RoleId) => RightsChange::RoleRemoved(role.clone());
        remove_privilege(privilege: Scope) => RightsChange::PrivilegeRemoved(privilege.clone());
        add_user_to_group(user: UserId, group: GroupId) => RightsChange::UserAdded(user.clone(), group.clone());
        remove_user_from_group(user: UserId, group: GroupId) => RightsChange::UserRemoved(user.clone(), group.clone());
        give_role_to_group(role: RoleId, group: GroupId) => RightsChange::RoleGiven(role.clone(), group.clone());
        take_role_from_group(role: RoleId, group: GroupId) => RightsChange::RoleTaken(role.clone(), group.clone());
        give_privilege_to_role(privilege: Scope, role: RoleId) => RightsChange::PrivilegeGiven(privilege.clone(), role.clone());
        take_privilege_from_role(privilege: Scope, role: RoleId) => RightsChange::PrivilegeTaken(privilege.clone(), role.clone());
    }

    forward! { self => self.inner();
        list_groups list_roles list_privileges list_groups_of_user list_users_of_group
    }
}
