//! The store behind the pages, without its type.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;

use crate::audit::{AuditSink, Audited};
use crate::explain::{ExplainedRequest, Explainer, Explanation};
use crate::store::{
    AdminError, EntryPointStore, KeyAdminExt, NewKey, RoleAdmin, RoleStore, SiteKeys, StoreError, UserRights,
    forward,
};
use crate::{Clock, Realm, SiteId, Timestamp};

/// All that pages ask of a store.
trait Everything: EntryPointStore + RoleAdmin + Clone {}

impl<S: EntryPointStore + RoleAdmin + Clone> Everything for S {}

/// The store that was erased.
struct Held<S>(S);

/// How the key of a site looks.
pub(super) type Template<'a> = &'a (dyn Fn(&SiteId) -> NewKey + Send + Sync);
/// Is told how many keys are made, and of how many.
pub(super) type Progress<'a> = &'a mut (dyn FnMut(usize, usize) + Send);

/// What has no line in the list below.
#[async_trait]
pub(super) trait Beside: Send + Sync {
    /// What a user may do.
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError>;

    /// A key for each site: see [`KeyAdminExt::issue_for_sites`].
    async fn issue_for_sites(
        &self,
        template: Template<'_>,
        sites: &[SiteId],
        now: Timestamp,
        progress: Progress<'_>,
    ) -> SiteKeys;

    /// Withdraws all keys of a site: see [`KeyAdminExt::clear_keys_of_site`].
    async fn clear_keys_of_site(
        &self,
        realm: &Realm,
        site: &SiteId,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize, AdminError>;

    /// What would become of a request: see [`Explainer::explain`].
    async fn explain(
        &self,
        explainer: &Explainer,
        request: &ExplainedRequest,
        client_text: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Explanation, AdminError>;
}

#[async_trait]
impl<S: Everything> Beside for Held<S> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        self.0.rights_of(user).await
    }

    async fn issue_for_sites(
        &self,
        template: Template<'_>,
        sites: &[SiteId],
        now: Timestamp,
        progress: Progress<'_>,
    ) -> SiteKeys {
        self.0.issue_for_sites(template, sites, now, progress).await
    }

    async fn clear_keys_of_site(
        &self,
        realm: &Realm,
        site: &SiteId,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize, AdminError> {
        self.0.clear_keys_of_site(realm, site, reason, now).await
    }

    async fn explain(
        &self,
        explainer: &Explainer,
        request: &ExplainedRequest,
        client_text: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Explanation, AdminError> {
        explainer.explain(&self.0, request, client_text, at).await
    }
}

forward! { erase_all Pages: Beside for Held;
    add_account add_user add_site set_site_url list_owners set_owner_active set_owner_limits
    issue rotate revoke set_enabled edit assign_networks find_key list
    entry_points assign_entry_points
    add_group add_role add_privilege remove_group remove_role remove_privilege
    add_user_to_group remove_user_from_group give_role_to_group take_role_from_group
    give_privilege_to_role take_privilege_from_role
    list_groups list_roles list_privileges list_groups_of_user list_users_of_group
}

/// Any store that has what the pages show. Its clones are the same store.
#[derive(Clone)]
pub(super) struct Store(Arc<dyn Pages>);

/// The store of a console, which can record who changes what.
#[derive(Clone)]
pub(super) struct Source {
    store: Store,
    acting: Arc<Acting>,
}

/// Makes a store that records changes under a name.
type Acting = dyn Fn(&str, Arc<dyn AuditSink>, Arc<dyn Clock>) -> Store + Send + Sync;

impl Source {
    pub(super) fn new<S: EntryPointStore + RoleAdmin + Clone>(store: S) -> Self {
        let inner = store.clone();
        let acting = move |user: &str, sink: Arc<dyn AuditSink>, clock: Arc<dyn Clock>| {
            let recorded = Audited::new(inner.clone(), sink).with_clock(clock).acting_as(user);
            Store(Arc::new(Held(recorded)))
        };
        Self { store: Store(Arc::new(Held(store))), acting: Arc::new(acting) }
    }

    /// The same store, whose changes are recorded as made by `user`.
    pub(super) fn acting_as(&self, user: &str, sink: Arc<dyn AuditSink>, clock: Arc<dyn Clock>) -> Store {
        (self.acting)(user, sink, clock)
    }
}

impl Deref for Source {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Deref for Store {
    type Target = dyn Pages;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// For the rights of whoever asks for a page.
impl RoleStore for Store {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        self.0.rights_of(user).await
    }
}
