//! A store of roles behind an `Arc` is a store of roles.

use std::future::Future;
use std::sync::Arc;

use super::{GroupSummary, Privilege, RoleAdmin, RoleStore, RoleSummary, UserRights};
use crate::store::{AdminError, StoreError};
use crate::{GroupId, RoleId, Scope, UserId};

impl<S: RoleStore> RoleStore for Arc<S> {
    fn rights_of(&self, user: &str) -> impl Future<Output = Result<Option<UserRights>, StoreError>> + Send {
        S::rights_of(self, user)
    }
}

/// Passes methods on to the store inside.
macro_rules! pass_on {
    ($($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        fn $method(&self, $($name: $type),*) -> impl Future<Output = Result<$answer, AdminError>> + Send {
            S::$method(self, $($name),*)
        }
    )*};
}

impl<S: RoleAdmin> RoleAdmin for Arc<S> {
    pass_on! {
        add_group(group: &GroupId) -> ();
        add_role(role: &RoleId) -> ();
        add_privilege(privilege: &Privilege) -> ();
        remove_group(group: &GroupId) -> ();
        remove_role(role: &RoleId) -> ();
        remove_privilege(privilege: &Scope) -> ();
        add_user_to_group(user: &UserId, group: &GroupId) -> ();
        remove_user_from_group(user: &UserId, group: &GroupId) -> ();
        give_role_to_group(role: &RoleId, group: &GroupId) -> ();
        take_role_from_group(role: &RoleId, group: &GroupId) -> ();
        give_privilege_to_role(privilege: &Scope, role: &RoleId) -> ();
        take_privilege_from_role(privilege: &Scope, role: &RoleId) -> ();
        list_groups() -> Vec<GroupSummary>;
        list_roles() -> Vec<RoleSummary>;
        list_privileges() -> Vec<Privilege>;
        list_groups_of_user(user: &UserId) -> Vec<GroupId>;
        list_users_of_group(group: &GroupId, after: Option<&UserId>, limit: usize) -> Vec<UserId>;
    }
}
