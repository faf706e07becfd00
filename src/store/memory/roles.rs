//! Groups, roles and privileges in memory, and who has what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::store::AdminError;
use crate::store::roles::HeldRoles;
use crate::{GroupId, Scopes, UserId};

/// Everything between a user and its privileges.
#[derive(Debug, Default)]
pub(super) struct Roles {
    pub(super) held: HeldRoles,
    memberships: BTreeMap<UserId, BTreeSet<GroupId>>,
}

impl Roles {
    /// The privileges of all roles of all groups that the user is in.
    pub(super) fn of(&self, user: &UserId) -> Scopes {
        self.held.of(self.groups_of(user))
    }

    pub(super) fn remove_group(&mut self, group: &GroupId) -> Result<(), AdminError> {
        self.held.remove_group(group)?;
        for groups in self.memberships.values_mut() {
            groups.remove(group);
        }
        Ok(())
    }

    /// The user is known.
    pub(super) fn add_user_to_group(&mut self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        self.held.check_group(group)?;
        self.memberships.entry(user.clone()).or_default().insert(group.clone());
        Ok(())
    }

    pub(super) fn remove_user_from_group(
        &mut self,
        user: &UserId,
        group: &GroupId,
    ) -> Result<(), AdminError> {
        self.held.check_group(group)?;
        if let Some(groups) = self.memberships.get_mut(user) {
            groups.remove(group);
        }
        Ok(())
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
        self.held.check_group(group)?;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.memberships.range::<UserId, _>((start, Bound::Unbounded));
        let members = behind.filter(|(_, groups)| groups.contains(group)).map(|(user, _)| user);
        Ok(members.take(limit).cloned().collect())
    }
}
