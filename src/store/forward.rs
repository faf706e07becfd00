//! Stores around stores: what they leave alone.

/// Methods of the store traits, by their names: for a store around another one
/// (`forward! { self => self.store; .. }`), each asks the store inside, and with `await` behind
/// the arrow waits for it, which takes a trait object too; for a type that erases another
/// (`forward! { erase Twin for Held; .. }`), they are an object-safe trait and its
/// implementation. A new method of [`KeyAdmin`](super::KeyAdmin) or
/// [`RoleAdmin`](super::RoleAdmin) gets a line here.
macro_rules! forward {
    ($this:ident => await $store:expr; $($method:ident)*) => {
        $crate::store::forward!(@ { await $this $store } [] $($method)*);
    };
    ($this:ident => $store:expr; $($method:ident)*) => {
        $crate::store::forward!(@ { ask $this $store } [] $($method)*);
    };
    (erase $twin:ident for $held:ident; $($method:ident)*) => {
        $crate::store::forward!(@ { erase $twin $held } [] $($method)*);
    };
    // The same without a principal, for what never finds a key by its handle.
    (erase_all $twin:ident: $reads:ident for $held:ident; $($method:ident)*) => {
        $crate::store::forward!(@ { erase_all $twin $reads $held } [] $($method)*);
    };
    (@ { ask $this:ident $store:expr } [$($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*]) => {$(
        fn $method(
            &$this,
            $($name: $type),*
        ) -> impl Future<Output = Result<$answer, $crate::store::AdminError>> + Send {
            async move {
                let store = &$store;
                store.$method($($name),*).await
            }
        }
    )*};
    (@ { await $this:ident $store:expr } [$($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*]) => {$(
        async fn $method(&$this, $($name: $type),*) -> Result<$answer, $crate::store::AdminError> {
            $store.$method($($name),*).await
        }
    )*};
    (@ { erase $twin:ident $held:ident } [$($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*]) => {
        #[async_trait::async_trait]
        trait $twin<P>: Reads<P> {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, $crate::store::AdminError>;
        )*}

        #[async_trait::async_trait]
        impl<S: Everything> $twin<S::Principal> for $held<S> {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, $crate::store::AdminError> {
                self.0.$method($($name),*).await
            }
        )*}
    };

    (@ { erase_all $twin:ident $reads:ident $held:ident } [$($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*]) => {
        #[async_trait::async_trait]
        pub(super) trait $twin: $reads {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, $crate::store::AdminError>;
        )*}

        #[async_trait::async_trait]
        impl<S: Everything> $twin for $held<S> {$(
            async fn $method(&self, $($name: $type),*) -> Result<$answer, $crate::store::AdminError> {
                self.0.$method($($name),*).await
            }
        )*}
    };

    // KeyAdmin
    (@ $then:tt [$($got:tt)*] add_account $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_account(account: &$crate::AccountId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] add_user $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_user(user: &$crate::UserId, account: Option<&$crate::AccountId>) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] add_site $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_site(site: &$crate::SiteId, account: &$crate::AccountId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] set_site_url $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* set_site_url(site: &$crate::SiteId, url: Option<&str>) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] set_owner_limits $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* set_owner_limits(owner: &$crate::store::OwnerRef, limits: $crate::Limits) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list_owners $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list_owners(kind: $crate::store::OwnerKind, after: Option<&str>, limit: usize) -> Vec<$crate::store::OwnerSummary>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] set_owner_active $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* set_owner_active(owner: &$crate::store::OwnerRef, active: $crate::store::Enabled) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] issue $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* issue(key: $crate::store::NewKey, now: $crate::Timestamp) -> $crate::store::IssuedKey;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] issue_all $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* issue_all(keys: Vec<$crate::store::NewKey>, now: $crate::Timestamp) -> Vec<$crate::store::IssuedKey>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] rotate $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* rotate(key: &$crate::store::KeyRef, overlap: std::time::Duration, now: $crate::Timestamp) -> $crate::store::IssuedKey;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] revoke $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* revoke(key: &$crate::store::KeyRef, reason: &str, now: $crate::Timestamp) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] set_enabled $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* set_enabled(key: &$crate::store::KeyRef, enabled: $crate::store::Enabled) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] assign_networks $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* assign_networks(key: &$crate::store::KeyRef, networks: $crate::store::Networks) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] edit $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* edit(key: &$crate::store::KeyRef, edit: $crate::store::KeyEdit) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] record_uses $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* record_uses(uses: &[($crate::store::KeyRef, $crate::Timestamp)]) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] find_key $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* find_key(key: &$crate::store::KeyRef) -> Option<$crate::store::KeySummary>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list(query: &$crate::store::KeyQuery, now: $crate::Timestamp) -> Vec<$crate::store::KeySummary>;] $($rest)*); };

    // LegacyKeyStore
    (@ $then:tt [$($got:tt)*] import_hash $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* import_hash(key: $crate::store::NewKey, hash: &$crate::store::LegacyHash, visible: Option<&str>, now: $crate::Timestamp) -> $crate::KeyId;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] adopt $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* adopt(key: &$crate::store::KeyRef, hash: &$crate::store::LegacyHash, secret: &$crate::Secret) -> ();] $($rest)*); };

    // EntryPointStore
    (@ $then:tt [$($got:tt)*] sync_entry_points $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* sync_entry_points(declared: &[$crate::store::EntryPoint]) -> $crate::store::SyncReport;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] entry_points $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* entry_points() -> Vec<$crate::store::SavedEntryPoint>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] assign_entry_points $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* assign_entry_points(key: &$crate::store::KeyRef, names: $crate::store::EntryPoints) -> ();] $($rest)*); };

    // RoleAdmin
    (@ $then:tt [$($got:tt)*] add_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_group(group: &$crate::GroupId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] add_role $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_role(role: &$crate::RoleId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] add_privilege $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_privilege(privilege: &$crate::store::Privilege) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] remove_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* remove_group(group: &$crate::GroupId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] remove_role $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* remove_role(role: &$crate::RoleId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] remove_privilege $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* remove_privilege(privilege: &$crate::Scope) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] add_user_to_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* add_user_to_group(user: &$crate::UserId, group: &$crate::GroupId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] remove_user_from_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* remove_user_from_group(user: &$crate::UserId, group: &$crate::GroupId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] give_role_to_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* give_role_to_group(role: &$crate::RoleId, group: &$crate::GroupId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] take_role_from_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* take_role_from_group(role: &$crate::RoleId, group: &$crate::GroupId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] give_privilege_to_role $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* give_privilege_to_role(privilege: &$crate::Scope, role: &$crate::RoleId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] take_privilege_from_role $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* take_privilege_from_role(privilege: &$crate::Scope, role: &$crate::RoleId) -> ();] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list_groups $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list_groups() -> Vec<$crate::store::GroupSummary>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list_roles $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list_roles() -> Vec<$crate::store::RoleSummary>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list_privileges $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list_privileges() -> Vec<$crate::store::Privilege>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list_groups_of_user $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list_groups_of_user(user: &$crate::UserId) -> Vec<$crate::GroupId>;] $($rest)*); };
    (@ $then:tt [$($got:tt)*] list_users_of_group $($rest:ident)*) => { $crate::store::forward!(@ $then [$($got)* list_users_of_group(group: &$crate::GroupId, after: Option<&$crate::UserId>, limit: usize) -> Vec<$crate::UserId>;] $($rest)*); };
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
