//! Groups, roles and privileges in memory, and who has what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::store::roles::check_name;
use crate::store::{AdminError, GroupSummary, Privilege, RoleSummary};
use crate::{GroupId, RoleId, Scope, Scopes, UserId};

/// Everything between a user and its privileges.
#[derive(Debug, Default)]
pub(super) struct Roles {
    privileges: BTreeMap<Scope, Privilege>,
    roles: BTreeMap<RoleId, Scopes>,
    groups: BTreeMap<GroupId, BTreeSet<RoleId>>,
    memberships: BTreeMap<UserId, BTreeSet<GroupId>>,
}

impl Roles {
    /// The privileges of all roles of all groups that the user is in.
    pub(super) fn of(&self, user: &UserId) -> Scopes {
        let groups = self.groups_of(user).filter_map(|group| self.groups.get(group));
        let roles = groups.flatten().filter_map(|role| self.roles.get(role));
        roles.fold(Scopes::none(), |all, privileges| all.union(privileges))
    }

    pub(super) fn add_group(&mut self, group: &GroupId) -> Result<(), AdminError> {
        check_name(group.as_str())?;
        add(&mut self.groups, group, BTreeSet::new())
    }

    pub(super) fn add_role(&mut self, role: &RoleId) -> Result<(), AdminError> {
        check_name(role.as_str())?;
        add(&mut self.roles, role, Scopes::none())
    }

    pub(super) fn add_privilege(&mut self, privilege: &Privilege) -> Result<(), AdminError> {
        add(&mut self.privileges, privilege.name(), privilege.clone())
    }

    pub(super) fn remove_group(&mut self, group: &GroupId) -> Result<(), AdminError> {
        self.groups.remove(group).ok_or(AdminError::UnknownGroup)?;
        for groups in self.memberships.values_mut() {
            groups.remove(group);
        }
        Ok(())
    }

    pub(super) fn remove_role(&mut self, role: &RoleId) -> Result<(), AdminError> {
        self.roles.remove(role).ok_or(AdminError::UnknownRole)?;
        for roles in self.groups.values_mut() {
            roles.remove(role);
        }
        Ok(())
    }

    pub(super) fn remove_privilege(&mut self, privilege: &Scope) -> Result<(), AdminError> {
        self.privileges.remove(privilege).ok_or(AdminError::UnknownPrivilege)?;
        for privileges in self.roles.values_mut() {
            *privileges = without(privileges, privilege);
        }
        Ok(())
    }

    /// The user is known.
    pub(super) fn add_user_to_group(&mut self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        self.group(group)?;
        self.memberships.entry(user.clone()).or_default().insert(group.clone());
        Ok(())
    }

    pub(super) fn remove_user_from_group(
        &mut self,
        user: &UserId,
        group: &GroupId,
    ) -> Result<(), AdminError> {
        self.group(group)?;
        if let Some(groups) = self.memberships.get_mut(user) {
            groups.remove(group);
        }
        Ok(())
    }

    pub(super) fn give_role_to_group(&mut self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        self.group_for(role, group)?.insert(role.clone());
        Ok(())
    }

    pub(super) fn take_role_from_group(&mut self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        self.group_for(role, group)?.remove(role);
        Ok(())
    }

    pub(super) fn give_privilege_to_role(
        &mut self,
        privilege: &Scope,
        role: &RoleId,
    ) -> Result<(), AdminError> {
        let held = self.role_for(privilege, role)?;
        *held = held.union(&Scopes::from_iter([privilege.clone()]));
        Ok(())
    }

    pub(super) fn take_privilege_from_role(
        &mut self,
        privilege: &Scope,
        role: &RoleId,
    ) -> Result<(), AdminError> {
        let held = self.role_for(privilege, role)?;
        *held = without(held, privilege);
        Ok(())
    }

    pub(super) fn list_groups(&self) -> Vec<GroupSummary> {
        let line = |(id, roles): (&GroupId, &BTreeSet<RoleId>)| GroupSummary {
            id: id.clone(),
            roles: roles.iter().cloned().collect(),
        };
        self.groups.iter().map(line).collect()
    }

    pub(super) fn list_roles(&self) -> Vec<RoleSummary> {
        let line = |(id, privileges): (&RoleId, &Scopes)| RoleSummary {
            id: id.clone(),
            privileges: privileges.clone(),
        };
        self.roles.iter().map(line).collect()
    }

    pub(super) fn list_privileges(&self) -> Vec<Privilege> {
        self.privileges.values().cloned().collect()
    }

    pub(super) fn groups_of(&self, user: &UserId) -> impl Iterator<Item = &GroupId> {
        self.memberships.get(user).into_iter().flatten()
    }

    pub(super) fn users_of(
        &self,
        group: &GroupId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AdminError> {
        self.group(group)?;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.memberships.range::<UserId, _>((start, Bound::Unbounded));
        let members = behind.filter(|(_, groups)| groups.contains(group)).map(|(user, _)| user);
        Ok(members.take(limit).cloned().collect())
    }

    fn group(&self, group: &GroupId) -> Result<&BTreeSet<RoleId>, AdminError> {
        self.groups.get(group).ok_or(AdminError::UnknownGroup)
    }

    /// The roles of a group, for a change of one that is known.
    fn group_for(&mut self, role: &RoleId, group: &GroupId) -> Result<&mut BTreeSet<RoleId>, AdminError> {
        if !self.roles.contains_key(role) {
            return Err(AdminError::UnknownRole);
        }
        self.groups.get_mut(group).ok_or(AdminError::UnknownGroup)
    }

    /// The privileges of a role, for a change of one that is known.
    fn role_for(&mut self, privilege: &Scope, role: &RoleId) -> Result<&mut Scopes, AdminError> {
        if !self.privileges.contains_key(privilege) {
            return Err(AdminError::UnknownPrivilege);
        }
        self.roles.get_mut(role).ok_or(AdminError::UnknownRole)
    }
}

fn add<K: Ord + Clone, V>(known: &mut BTreeMap<K, V>, name: &K, value: V) -> Result<(), AdminError> {
    if known.contains_key(name) {
        return Err(AdminError::Duplicate);
    }
    known.insert(name.clone(), value);
    Ok(())
}

fn without(held: &Scopes, privilege: &Scope) -> Scopes {
    held.iter().filter(|held| *held != privilege).cloned().collect()
}
