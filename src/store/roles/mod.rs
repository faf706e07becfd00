//! What users may do, through their groups and roles.

#[cfg(any(feature = "memory", feature = "redis"))]
mod held;
mod privilege;

use std::future::Future;

#[cfg(any(feature = "memory", feature = "redis"))]
pub(super) use held::HeldRoles;
pub use privilege::{InvalidLabel, Privilege};

use super::{AdminError, StoreError};
use crate::{GroupId, RoleId, Scope, Scopes, UserId};

const LONGEST_NAME: usize = 255;

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserRights {
    /// The user is active, and its roles have these privileges.
    Active(Scopes),
    /// The user, or the account that it belongs to, is switched off.
    Inactive,
}

/// Where the rights of users are found: the read path, one method, one round trip.
///
/// A store answers `Ok(None)` only when it *knows* that there is no such user. Whatever
/// keeps it from knowing is an error, which becomes a 503.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a store of roles")]
pub trait RoleStore: Send + Sync + 'static {
    /// What the user with this id, to the letter, may do now: the privileges of all roles
    /// of all groups that the user is in.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn rights_of(&self, user: &str) -> impl Future<Output = Result<Option<UserRights>, StoreError>> + Send;
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSummary {
    /// What it is called.
    pub id: GroupId,
    /// The roles that its users have, in the order of their names.
    pub roles: Vec<RoleId>,
}

/// A role in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSummary {
    /// What it is called.
    pub id: RoleId,
    /// The names of its privileges.
    pub privileges: Scopes,
}

/// The write path of a store of roles.
///
/// Users are in groups, groups have roles, roles have privileges; whoever adds users says
/// who they are. Every change is in force for the next
/// [`rights_of`](RoleStore::rights_of) of the same store, and is whole or not made at
/// all. To give what is given, and to take what is not, is no error; whatever is named
/// must be known.
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{KeyAdmin, Privilege, RoleAdmin, RoleStore, UserRights};
/// use portcullis::{GroupId, RoleId, Scopes, UserId};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store: MemoryKeyStore = MemoryKeyStore::new();
/// let (ada, staff, runner) = (UserId::from("ada"), GroupId::from("staff"), RoleId::from("runner"));
/// let run = Privilege::labelled("Run Actions")?;
/// store.add_user(&ada, None).await?;
/// store.add_group(&staff).await?;
/// store.add_role(&runner).await?;
/// store.add_privilege(&run).await?;
///
/// store.add_user_to_group(&ada, &staff).await?;
/// store.give_role_to_group(&runner, &staff).await?;
/// store.give_privilege_to_role(run.name(), &runner).await?;
/// let rights = UserRights::Active(Scopes::parse("run-actions")?);
/// assert_eq!(store.rights_of("ada").await?, Some(rights));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait RoleAdmin: RoleStore {
    /// Makes a group known, without users and roles.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::Invalid`] when its name
    /// is empty, longer than 255 bytes, or has control characters.
    fn add_group(&self, group: &GroupId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Makes a role known, without privileges.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::Invalid`] when its name
    /// is empty, longer than 255 bytes, or has control characters.
    fn add_role(&self, role: &RoleId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Makes a privilege known.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when its name is known, under whatever label.
    fn add_privilege(&self, privilege: &Privilege) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Deletes a group: its users stay, without what it gave them.
    ///
    /// # Errors
    /// [`AdminError::UnknownGroup`].
    fn remove_group(&self, group: &GroupId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Deletes a role, and takes it from every group.
    ///
    /// # Errors
    /// [`AdminError::UnknownRole`].
    fn remove_role(&self, role: &RoleId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Deletes a privilege, and takes it from every role.
    ///
    /// # Errors
    /// [`AdminError::UnknownPrivilege`].
    fn remove_privilege(&self, privilege: &Scope) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Puts a user into a group.
    ///
    /// # Errors
    /// [`AdminError::UnknownOwner`] when the user is not known, or
    /// [`AdminError::UnknownGroup`].
    fn add_user_to_group(
        &self,
        user: &UserId,
        group: &GroupId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Takes a user out of a group.
    ///
    /// # Errors
    /// [`AdminError::UnknownOwner`] when the user is not known, or
    /// [`AdminError::UnknownGroup`].
    fn remove_user_from_group(
        &self,
        user: &UserId,
        group: &GroupId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Gives a role to every user of a group.
    ///
    /// # Errors
    /// [`AdminError::UnknownRole`] or [`AdminError::UnknownGroup`].
    fn give_role_to_group(
        &self,
        role: &RoleId,
        group: &GroupId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Takes a role from a group.
    ///
    /// # Errors
    /// [`AdminError::UnknownRole`] or [`AdminError::UnknownGroup`].
    fn take_role_from_group(
        &self,
        role: &RoleId,
        group: &GroupId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Gives a privilege to a role.
    ///
    /// # Errors
    /// [`AdminError::UnknownPrivilege`] or [`AdminError::UnknownRole`].
    fn give_privilege_to_role(
        &self,
        privilege: &Scope,
        role: &RoleId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Takes a privilege from a role.
    ///
    /// # Errors
    /// [`AdminError::UnknownPrivilege`] or [`AdminError::UnknownRole`].
    fn take_privilege_from_role(
        &self,
        privilege: &Scope,
        role: &RoleId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Every group, in the order of their names.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn list_groups(&self) -> impl Future<Output = Result<Vec<GroupSummary>, AdminError>> + Send;

    /// Every role, in the order of their names.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn list_roles(&self) -> impl Future<Output = Result<Vec<RoleSummary>, AdminError>> + Send;

    /// Every privilege, in the order of their names.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn list_privileges(&self) -> impl Future<Output = Result<Vec<Privilege>, AdminError>> + Send;

    /// The groups that a user is in, in the order of their names.
    ///
    /// # Errors
    /// [`AdminError::UnknownOwner`] when the user is not known.
    fn list_groups_of_user(
        &self,
        user: &UserId,
    ) -> impl Future<Output = Result<Vec<GroupId>, AdminError>> + Send;

    /// At most `limit` users of a group in the order of their ids, from behind `after`.
    ///
    /// # Errors
    /// [`AdminError::UnknownGroup`].
    fn list_users_of_group(
        &self,
        group: &GroupId,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, AdminError>> + Send;
}

/// What a group or a role may be called.
pub(super) fn check_name(name: &str) -> Result<(), AdminError> {
    if name.is_empty() || name.len() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(AdminError::Invalid("a name is 1 to 255 bytes without control characters"));
    }
    Ok(())
}
