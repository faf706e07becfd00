//! Stores around stores: what they leave alone.

/// Methods of the store traits that ask the store inside: `forward! { self => self.store; .. }`
/// with the names of the methods. A new method of [`KeyAdmin`](super::KeyAdmin) or
/// [`RoleAdmin`](super::RoleAdmin) gets a line here.
macro_rules! forward {
    ($this:ident => $store:expr; $($method:ident)*) => {
        $($crate::store::forward!(@ $this, $store, $method);)*
    };
    (@ $this:ident, $store:expr, $method:ident($($name:ident: $type:ty),*) -> $answer:ty) => {
        fn $method(
            &$this,
            $($name: $type),*
        ) -> impl Future<Output = Result<$answer, $crate::store::AdminError>> + Send {
            async move {
                let store = &$store;
                store.$method($($name),*).await
            }
        }
    };

    // KeyAdmin
    (@ $t:ident, $s:expr, add_account) => { $crate::store::forward!(@ $t, $s, add_account(account: &$crate::AccountId) -> ()); };
    (@ $t:ident, $s:expr, add_user) => { $crate::store::forward!(@ $t, $s, add_user(user: &$crate::UserId, account: Option<&$crate::AccountId>) -> ()); };
    (@ $t:ident, $s:expr, add_site) => { $crate::store::forward!(@ $t, $s, add_site(site: &$crate::SiteId, account: &$crate::AccountId) -> ()); };
    (@ $t:ident, $s:expr, set_site_url) => { $crate::store::forward!(@ $t, $s, set_site_url(site: &$crate::SiteId, url: Option<&str>) -> ()); };
    (@ $t:ident, $s:expr, set_owner_limits) => { $crate::store::forward!(@ $t, $s, set_owner_limits(owner: &$crate::store::OwnerRef, limits: $crate::Limits) -> ()); };
    (@ $t:ident, $s:expr, list_owners) => { $crate::store::forward!(@ $t, $s, list_owners(kind: $crate::store::OwnerKind, after: Option<&str>, limit: usize) -> Vec<$crate::store::OwnerSummary>); };
    (@ $t:ident, $s:expr, set_owner_active) => { $crate::store::forward!(@ $t, $s, set_owner_active(owner: &$crate::store::OwnerRef, active: $crate::store::Enabled) -> ()); };
    (@ $t:ident, $s:expr, issue) => { $crate::store::forward!(@ $t, $s, issue(key: $crate::store::NewKey, now: $crate::Timestamp) -> $crate::store::IssuedKey); };
    (@ $t:ident, $s:expr, issue_all) => { $crate::store::forward!(@ $t, $s, issue_all(keys: Vec<$crate::store::NewKey>, now: $crate::Timestamp) -> Vec<$crate::store::IssuedKey>); };
    (@ $t:ident, $s:expr, rotate) => { $crate::store::forward!(@ $t, $s, rotate(key: &$crate::store::KeyRef, overlap: std::time::Duration, now: $crate::Timestamp) -> $crate::store::IssuedKey); };
    (@ $t:ident, $s:expr, revoke) => { $crate::store::forward!(@ $t, $s, revoke(key: &$crate::store::KeyRef, reason: &str, now: $crate::Timestamp) -> ()); };
    (@ $t:ident, $s:expr, set_enabled) => { $crate::store::forward!(@ $t, $s, set_enabled(key: &$crate::store::KeyRef, enabled: $crate::store::Enabled) -> ()); };
    (@ $t:ident, $s:expr, assign_networks) => { $crate::store::forward!(@ $t, $s, assign_networks(key: &$crate::store::KeyRef, networks: $crate::store::Networks) -> ()); };
    (@ $t:ident, $s:expr, edit) => { $crate::store::forward!(@ $t, $s, edit(key: &$crate::store::KeyRef, edit: $crate::store::KeyEdit) -> ()); };
    (@ $t:ident, $s:expr, record_uses) => { $crate::store::forward!(@ $t, $s, record_uses(uses: &[($crate::store::KeyRef, $crate::Timestamp)]) -> ()); };
    (@ $t:ident, $s:expr, find_key) => { $crate::store::forward!(@ $t, $s, find_key(key: &$crate::store::KeyRef) -> Option<$crate::store::KeySummary>); };
    (@ $t:ident, $s:expr, list) => { $crate::store::forward!(@ $t, $s, list(query: &$crate::store::KeyQuery, now: $crate::Timestamp) -> Vec<$crate::store::KeySummary>); };

    // EntryPointStore
    (@ $t:ident, $s:expr, sync_entry_points) => { $crate::store::forward!(@ $t, $s, sync_entry_points(declared: &[$crate::store::EntryPoint]) -> $crate::store::SyncReport); };
    (@ $t:ident, $s:expr, entry_points) => { $crate::store::forward!(@ $t, $s, entry_points() -> Vec<$crate::store::SavedEntryPoint>); };
    (@ $t:ident, $s:expr, assign_entry_points) => { $crate::store::forward!(@ $t, $s, assign_entry_points(key: &$crate::store::KeyRef, names: $crate::store::EntryPoints) -> ()); };

    // RoleAdmin
    (@ $t:ident, $s:expr, add_group) => { $crate::store::forward!(@ $t, $s, add_group(group: &$crate::GroupId) -> ()); };
    (@ $t:ident, $s:expr, add_role) => { $crate::store::forward!(@ $t, $s, add_role(role: &$crate::RoleId) -> ()); };
    (@ $t:ident, $s:expr, add_privilege) => { $crate::store::forward!(@ $t, $s, add_privilege(privilege: &$crate::store::Privilege) -> ()); };
    (@ $t:ident, $s:expr, remove_group) => { $crate::store::forward!(@ $t, $s, remove_group(group: &$crate::GroupId) -> ()); };
    (@ $t:ident, $s:expr, remove_role) => { $crate::store::forward!(@ $t, $s, remove_role(role: &$crate::RoleId) -> ()); };
    (@ $t:ident, $s:expr, remove_privilege) => { $crate::store::forward!(@ $t, $s, remove_privilege(privilege: &$crate::Scope) -> ()); };
    (@ $t:ident, $s:expr, add_user_to_group) => { $crate::store::forward!(@ $t, $s, add_user_to_group(user: &$crate::UserId, group: &$crate::GroupId) -> ()); };
    (@ $t:ident, $s:expr, remove_user_from_group) => { $crate::store::forward!(@ $t, $s, remove_user_from_group(user: &$crate::UserId, group: &$crate::GroupId) -> ()); };
    (@ $t:ident, $s:expr, give_role_to_group) => { $crate::store::forward!(@ $t, $s, give_role_to_group(role: &$crate::RoleId, group: &$crate::GroupId) -> ()); };
    (@ $t:ident, $s:expr, take_role_from_group) => { $crate::store::forward!(@ $t, $s, take_role_from_group(role: &$crate::RoleId, group: &$crate::GroupId) -> ()); };
    (@ $t:ident, $s:expr, give_privilege_to_role) => { $crate::store::forward!(@ $t, $s, give_privilege_to_role(privilege: &$crate::Scope, role: &$crate::RoleId) -> ()); };
    (@ $t:ident, $s:expr, take_privilege_from_role) => { $crate::store::forward!(@ $t, $s, take_privilege_from_role(privilege: &$crate::Scope, role: &$crate::RoleId) -> ()); };
    (@ $t:ident, $s:expr, list_groups) => { $crate::store::forward!(@ $t, $s, list_groups() -> Vec<$crate::store::GroupSummary>); };
    (@ $t:ident, $s:expr, list_roles) => { $crate::store::forward!(@ $t, $s, list_roles() -> Vec<$crate::store::RoleSummary>); };
    (@ $t:ident, $s:expr, list_privileges) => { $crate::store::forward!(@ $t, $s, list_privileges() -> Vec<$crate::store::Privilege>); };
    (@ $t:ident, $s:expr, list_groups_of_user) => { $crate::store::forward!(@ $t, $s, list_groups_of_user(user: &$crate::UserId) -> Vec<$crate::GroupId>); };
    (@ $t:ident, $s:expr, list_users_of_group) => { $crate::store::forward!(@ $t, $s, list_users_of_group(group: &$crate::GroupId, after: Option<&$crate::UserId>, limit: usize) -> Vec<$crate::UserId>); };
}

/// All of [`RoleStore`](super::RoleStore) and [`RoleAdmin`](super::RoleAdmin), asked of the
/// store inside, for a type of one parameter.
macro_rules! forward_roles {
    ($type:ident, $this:ident => $store:expr) => {
        impl<S: $crate::store::RoleStore> $crate::store::RoleStore for $type<S> {
            fn rights_of(
                &$this,
                user: &str,
            ) -> impl Future<Output = Result<Option<$crate::store::UserRights>, $crate::store::StoreError>> + Send
            {
                $store.rights_of(user)
            }
        }

        impl<S: $crate::store::RoleAdmin> $crate::store::RoleAdmin for $type<S> {
            $crate::store::forward! { $this => $store;
                add_group add_role add_privilege remove_group remove_role remove_privilege
                add_user_to_group remove_user_from_group give_role_to_group take_role_from_group
                give_privilege_to_role take_privilege_from_role
                list_groups list_roles list_privileges list_groups_of_user list_users_of_group
            }
        }
    };
}

/// All of [`SiteDirectory`](super::SiteDirectory), likewise.
macro_rules! forward_sites {
    ($type:ident, $this:ident => $store:expr) => {
        impl<S: $crate::store::SiteDirectory> $crate::store::SiteDirectory for $type<S> {
            fn account_of_site(
                &$this,
                site: &$crate::SiteId,
            ) -> impl Future<Output = Result<Option<$crate::AccountId>, $crate::store::StoreError>> + Send {
                $store.account_of_site(site)
            }
        }
    };
}

/// All of [`KeyStore`](super::KeyStore), likewise.
macro_rules! forward_keys {
    ($type:ident, $this:ident => $store:expr) => {
        impl<S: $crate::store::KeyStore> $crate::store::KeyStore for $type<S> {
            type Principal = S::Principal;

            fn find(
                &$this,
                handle: &$crate::store::KeyHandle<'_>,
            ) -> impl Future<
                Output = Result<
                    Option<std::sync::Arc<$crate::store::KeyRecord<Self::Principal>>>,
                    $crate::store::StoreError,
                >,
            > + Send {
                $store.find(handle)
            }
        }
    };
}

pub(crate) use {forward, forward_keys, forward_roles, forward_sites};
