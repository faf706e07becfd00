//! Groups, roles and privileges, as stores hold them that read them whole: in memory, or in
//! one document.

use std::collections::{BTreeMap, BTreeSet};

use super::check_name;
use crate::store::{AdminError, GroupSummary, Privilege, RoleSummary};
use crate::{GroupId, RoleId, Scope, Scopes};

/// Everything between groups and privileges; who is in which group is held elsewhere.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct HeldRoles {
    privileges: BTreeMap<Scope, Privilege>,
    roles: BTreeMap<RoleId, Scopes>,
    groups: BTreeMap<GroupId, BTreeSet<RoleId>>,
}

impl HeldRoles {
    /// What the lists say.
    pub(in crate::store) fn new(
        privileges: impl IntoIterator<Item = Privilege>,
        roles: impl IntoIterator<Item = RoleSummary>,
        groups: impl IntoIterator<Item = GroupSummary>,
    ) -> Self {
        Self {
            privileges: privileges.into_iter().map(|one| (one.name().clone(), one)).collect(),
            roles: roles.into_iter().map(|role| (role.id, role.privileges)).collect(),
            groups: groups.into_iter().map(|group| (group.id, group.roles.into_iter().collect())).collect(),
        }
    }

    /// The privileges of all roles of these groups.
    pub(in crate::store) fn of<'a>(&self, groups: impl IntoIterator<Item = &'a GroupId>) -> Scopes {
        let groups = groups.into_iter().filter_map(|group| self.groups.get(group));
        let roles = groups.flatten().filter_map(|role| self.roles.get(role));
        roles.fold(Scopes::none(), |all, privileges| all.union(privileges))
    }

    pub(in crate::store) fn add_group(&mut self, group: &GroupId) -> Result<(), AdminError> {
        check_name(group.as_str())?;
        add(&mut self.groups, group, BTreeSet::new())
    }

    pub(in crate::store) fn add_role(&mut self, role: &RoleId) -> Result<(), AdminError> {
        check_name(role.as_str())?;
        add(&mut self.roles, role, Scopes::none())
    }

    pub(in crate::store) fn add_privilege(&mut self, privilege: &Privilege) -> Result<(), AdminError> {
        add(&mut self.privileges, privilege.name(), privilege.clone())
    }

    pub(in crate::store) fn remove_group(&mut self, group: &GroupId) -> Result<(), AdminError> {
        self.groups.remove(group).ok_or(AdminError::UnknownGroup)?;
        Ok(())
    }

    pub(in crate::store) fn remove_role(&mut self, role: &RoleId) -> Result<(), AdminError> {
        self.roles.remove(role).ok_or(AdminError::UnknownRole)?;
        for roles in self.groups.values_mut() {
            roles.remove(role);
        }
        Ok(())
    }

    pub(in crate::store) fn remove_privilege(&mut self, privilege: &Scope) -> Result<(), AdminError> {
        self.privileges.remove(privilege).ok_or(AdminError::UnknownPrivilege)?;
        for privileges in self.roles.values_mut() {
            *privileges = without(privileges, privilege);
        }
        Ok(())
    }

    pub(in crate::store) fn give_role_to_group(
        &mut self,
        role: &RoleId,
        group: &GroupId,
    ) -> Result<(), AdminError> {
        self.group_for(role, group)?.insert(role.clone());
        Ok(())
    }

    pub(in crate::store) fn take_role_from_group(
        &mut self,
        role: &RoleId,
        group: &GroupId,
    ) -> Result<(), AdminError> {
        self.group_for(role, group)?.remove(role);
        Ok(())
    }

    pub(in crate::store) fn give_privilege_to_role(
        &mut self,
        privilege: &Scope,
        role: &RoleId,
    ) -> Result<(), AdminError> {
        let held = self.role_for(privilege, role)?;
        *held = held.union(&Scopes::from_iter([privilege.clone()]));
        Ok(())
    }

    pub(in crate::store) fn take_privilege_from_role(
        &mut self,
        privilege: &Scope,
        role: &RoleId,
    ) -> Result<(), AdminError> {
        let held = self.role_for(privilege, role)?;
        *held = without(held, privilege);
        Ok(())
    }

    pub(in crate::store) fn list_groups(&self) -> Vec<GroupSummary> {
        let line = |(id, roles): (&GroupId, &BTreeSet<RoleId>)| GroupSummary {
            id: id.clone(),
            roles: roles.iter().cloned().collect(),
        };
        self.groups.iter().map(line).collect()
    }

    pub(in crate::store) fn list_roles(&self) -> Vec<RoleSummary> {
        let line = |(id, privileges): (&RoleId, &Scopes)| RoleSummary {
            id: id.clone(),
            privileges: privileges.clone(),
        };
        self.roles.iter().map(line).collect()
    }

    pub(in crate::store) fn list_privileges(&self) -> Vec<Privilege> {
        self.privileges.values().cloned().collect()
    }

    /// Refuses a group that is not known.
    pub(in crate::store) fn check_group(&self, group: &GroupId) -> Result<(), AdminError> {
        if self.groups.contains_key(group) { Ok(()) } else { Err(AdminError::UnknownGroup) }
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
