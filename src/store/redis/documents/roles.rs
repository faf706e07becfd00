//! Groups, roles and privileges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{StoredOwner, parse, print};
use crate::store::roles::HeldRoles;
use crate::store::{AdminError, GroupSummary, Privilege, RoleSummary, StoreError};
use crate::{GroupId, RoleId, Scope, Scopes};

/// All of them, in one document. Users name groups by number: a group that is deleted and
/// added again has another one, and nobody is in it.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct StoredRoles {
    pub(in super::super) held: HeldRoles,
    numbers: BTreeMap<GroupId, u64>,
    last: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Labels by name.
    privileges: BTreeMap<String, String>,
    /// Privileges by role, separated by spaces.
    roles: BTreeMap<String, String>,
    groups: BTreeMap<String, Group>,
    /// The number that was given last.
    last: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    number: u64,
    roles: Vec<String>,
}

impl StoredRoles {
    pub(in super::super) fn add_group(&mut self, group: &GroupId) -> Result<(), AdminError> {
        self.held.add_group(group)?;
        self.last = self.last.saturating_add(1);
        self.numbers.insert(group.clone(), self.last);
        Ok(())
    }

    /// Deletes a group; the answer is the number that it had.
    pub(in super::super) fn remove_group(&mut self, group: &GroupId) -> Result<u64, AdminError> {
        self.held.remove_group(group)?;
        self.numbers.remove(group).ok_or(AdminError::UnknownGroup)
    }

    /// The number of a group.
    pub(in super::super) fn number(&self, group: &GroupId) -> Result<u64, AdminError> {
        self.numbers.get(group).copied().ok_or(AdminError::UnknownGroup)
    }

    /// The groups that a user is in, in the order of their names.
    pub(in super::super) fn groups_of(&self, user: &StoredOwner) -> impl Iterator<Item = &GroupId> {
        let numbers = self.numbers.iter();
        numbers.filter(|(_, number)| user.groups.contains(number)).map(|(group, _)| group)
    }

    pub(in super::super) fn print(&self) -> Result<Vec<u8>, StoreError> {
        let group = |group: GroupSummary| {
            let number = self.numbers.get(&group.id).copied()?;
            let roles = group.roles.iter().map(ToString::to_string).collect();
            Some((group.id.to_string(), Group { number, roles }))
        };
        let groups: Option<_> = self.held.list_groups().into_iter().map(group).collect();
        let privileges = self.held.list_privileges().into_iter();
        let roles = self.held.list_roles().into_iter();
        print(&Document {
            privileges: privileges.map(|one| (one.name().to_string(), one.label().to_owned())).collect(),
            roles: roles.map(|role| (role.id.to_string(), role.privileges.to_string())).collect(),
            groups: groups.ok_or(StoreError::corrupt("a group without a number"))?,
            last: self.last,
        })
    }

    /// Reads the document; where there is none, nothing was added yet.
    pub(in super::super) fn parse(document: Option<&[u8]>) -> Result<Self, StoreError> {
        let Some(document) = document else { return Ok(Self::default()) };
        let held: Document = parse(document, "the roles")?;
        let privileges = held.privileges.iter().map(|(name, label)| privilege(name, label));
        let privileges = privileges.collect::<Option<Vec<_>>>().ok_or(StoreError::corrupt("a privilege"))?;
        let role = |(id, privileges): (String, String)| {
            Some(RoleSummary { id: RoleId::from(id), privileges: Scopes::parse(&privileges).ok()? })
        };
        let roles = held.roles.into_iter().map(role).collect::<Option<Vec<_>>>();
        let numbers = held.groups.iter().map(|(id, group)| (GroupId::from(id.as_str()), group.number));
        let numbers = numbers.collect();
        let groups = held.groups.into_iter().map(|(id, group)| GroupSummary {
            id: GroupId::from(id),
            roles: group.roles.into_iter().map(RoleId::from).collect(),
        });
        let roles = roles.ok_or(StoreError::corrupt("a role"))?;
        Ok(Self { held: HeldRoles::new(privileges, roles, groups), numbers, last: held.last })
    }
}

fn privilege(name: &str, label: &str) -> Option<Privilege> {
    Privilege::new(Scope::new(name).ok()?).with_label(label).ok()
}
