//! A store of keys with a flaw: roles, entry points, sites and hashes of other systems.

use portcullis::store::{
    AdminError, EntryPoint, EntryPointStore, EntryPoints, GroupSummary, KeyRef, LegacyHash, LegacyKeyStore,
    LegacyName, LegacyPlace, NewKey, Privilege, RoleAdmin, RoleStore, RoleSummary, SavedEntryPoint,
    SiteDirectory, StoreError, SyncReport, UserRights,
};
use portcullis::{
    AccountId, GroupId, KeyId, Realm, RoleId, Scope, Scopes, Secret, SiteId, Timestamp, UserId,
};

use super::flaw::Flaw;
use super::flawed::Flawed;
use crate::fixtures::sha512;

impl RoleStore for Flawed {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        let folded = user.to_lowercase();
        let rights = self.store.rights_of(if self.flaw == Flaw::FoldsUsers { &folded } else { user }).await?;
        Ok(match (self.flaw, rights) {
            (Flaw::UnknownHaveRights, None) => Some(UserRights::Active(Scopes::default())),
            (Flaw::InactiveHaveRights, Some(UserRights::Inactive)) => {
                Some(UserRights::Active(Scopes::default()))
            }
            (Flaw::FirstRightOnly, Some(UserRights::Active(all))) => {
                let first = all.iter().next().map(ToString::to_string);
                Some(UserRights::Active(Scopes::parse(&first.unwrap_or_default()).expect("scopes")))
            }
            (_, rights) => rights,
        })
    }
}

impl Flawed {
    /// What is answered to a change of roles, and whether it is made.
    fn named<T: Default>(&self, answer: Result<T, AdminError>) -> Result<T, AdminError> {
        match (self.flaw, answer) {
            (Flaw::RoleNamesTwice, Err(AdminError::Duplicate))
            | (
                Flaw::RolesUnchecked,
                Err(
                    AdminError::UnknownGroup
                    | AdminError::UnknownRole
                    | AdminError::UnknownPrivilege
                    | AdminError::UnknownOwner
                    | AdminError::Invalid(_),
                ),
            ) => Ok(T::default()),
            (_, answer) => answer,
        }
    }
}

macro_rules! roles {
    ($($method:ident($($name:ident: $type:ty),*) -> $answer:ty $(, unless $flaw:ident)?;)*) => {
        $(async fn $method(&self, $($name: $type),*) -> Result<$answer, AdminError> {
            $(if self.flaw == Flaw::$flaw {
                return Ok(Default::default());
            })?
            self.named(self.store.$method($($name),*).await)
        })*
    };
}

impl RoleAdmin for Flawed {
    roles! {
        add_role(role: &RoleId) -> ();
        add_privilege(privilege: &Privilege) -> ();
        remove_role(role: &RoleId) -> (), unless DeletesNothing;
        remove_privilege(privilege: &Scope) -> (), unless DeletesNothing;
        add_user_to_group(user: &UserId, group: &GroupId) -> ();
        remove_user_from_group(user: &UserId, group: &GroupId) -> (), unless TakesNothing;
        give_role_to_group(role: &RoleId, group: &GroupId) -> ();
        take_role_from_group(role: &RoleId, group: &GroupId) -> (), unless TakesNothing;
        give_privilege_to_role(privilege: &Scope, role: &RoleId) -> ();
        take_privilege_from_role(privilege: &Scope, role: &RoleId) -> (), unless TakesNothing;
        list_roles() -> Vec<RoleSummary>;
        list_privileges() -> Vec<Privilege>;
        list_groups_of_user(user: &UserId) -> Vec<GroupId>;
    }

    async fn remove_group(&self, group: &GroupId) -> Result<(), AdminError> {
        if self.flaw == Flaw::DeletesNothing {
            return Ok(());
        }
        let all = self.store.list_groups().await?;
        self.named(self.store.remove_group(group).await)?;
        if let (Flaw::RolesOfDeletedStay, Some(old)) = (self.flaw, all.iter().find(|old| old.id == *group)) {
            self.notes().roles.insert(group.clone(), old.roles.clone());
        }
        Ok(())
    }

    async fn add_group(&self, group: &GroupId) -> Result<(), AdminError> {
        self.named(self.store.add_group(group).await)?;
        let old = self.notes().roles.remove(group).unwrap_or_default();
        for role in &old {
            self.store.give_role_to_group(role, group).await?;
        }
        Ok(())
    }

    async fn list_groups(&self) -> Result<Vec<GroupSummary>, AdminError> {
        let mut all = self.store.list_groups().await?;
        if self.flaw == Flaw::ListsNoRoles {
            all.iter_mut().for_each(|group| group.roles.clear());
        }
        Ok(all)
    }

    async fn list_users_of_group(
        &self,
        group: &GroupId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AdminError> {
        if self.flaw != Flaw::UsersByLocale {
            return self.named(self.store.list_users_of_group(group, after, limit).await);
        }
        let folded = |user: &UserId| user.as_str().to_lowercase();
        let mut all = self.store.list_users_of_group(group, None, usize::MAX).await?;
        all.sort_by_key(folded);
        all.retain(|user| after.is_none_or(|after| folded(user) > folded(after)));
        all.truncate(limit);
        Ok(all)
    }
}

impl EntryPointStore for Flawed {
    async fn sync_entry_points(&self, declared: &[EntryPoint]) -> Result<SyncReport, AdminError> {
        let saved = self.store.entry_points().await?.len();
        if self.flaw == Flaw::RacesToSave && saved == 0 {
            tokio::task::yield_now().await;
            let mut report = self.store.sync_entry_points(declared).await?;
            report.added = declared.iter().map(|point| point.name().to_owned()).collect();
            report.added.sort_unstable();
            return Ok(report);
        }
        match (self.flaw, self.store.sync_entry_points(declared).await) {
            (Flaw::SavesTwice, Err(AdminError::RepeatedEntryPoint)) => Ok(SyncReport::default()),
            (_, answer) => answer,
        }
    }

    async fn entry_points(&self) -> Result<Vec<SavedEntryPoint>, AdminError> {
        let mut all = self.store.entry_points().await?;
        all.retain(|line| line.live || self.flaw != Flaw::ForgetsGone);
        Ok(all)
    }

    async fn assign_entry_points(&self, key: &KeyRef, names: EntryPoints) -> Result<(), AdminError> {
        match (self.flaw, self.store.assign_entry_points(key, names).await) {
            (Flaw::AssignsUnsaved, Err(AdminError::UnknownEntryPoint)) => Ok(()),
            (Flaw::ChangesRevoked, Err(AdminError::Revoked)) => Ok(()),
            (Flaw::KeepsEntryPoints, Ok(())) => self.store.assign_entry_points(key, EntryPoints::any()).await,
            (_, answer) => answer,
        }
    }
}

impl SiteDirectory for Flawed {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        let folded = SiteId::from(site.as_str().to_lowercase());
        let known =
            self.store.account_of_site(if self.flaw == Flaw::FoldsSites { &folded } else { site }).await?;
        if self.flaw == Flaw::SitesStayOn && known.is_none() {
            let red = site.as_str() == "red-site";
            return Ok(red.then(|| AccountId::from("red")));
        }
        let other = AccountId::from("another");
        Ok(known.map(|account| if self.flaw == Flaw::SitesOfAnother { other } else { account }))
    }
}

impl LegacyKeyStore for Flawed {
    async fn import_hash(
        &self,
        mut key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        if self.flaw == Flaw::ImportsAnything {
            key.secret = portcullis::store::KeySecret::Generate;
        }
        if self.flaw == Flaw::Sha256Waits && matches!(hash.place(visible), Ok(LegacyPlace::Digest(_))) {
            return self.store.import_hash(key, &sha512("another text"), visible, now).await;
        }
        self.store.import_hash(key, hash, visible, now).await
    }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        let mut names = names.to_vec();
        if self.flaw == Flaw::LastName {
            names.reverse();
        }
        let found = self.store.legacy_hash(realm, &names).await?;
        if self.flaw == Flaw::HashOfAnyRealm && found.is_none() {
            return self.store.legacy_hash(&Realm::from("other"), &names).await;
        }
        Ok(found)
    }

    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
        if self.flaw == Flaw::AdoptsNothing {
            return Ok(());
        }
        match (self.flaw, self.store.adopt(key, hash, secret).await) {
            (Flaw::AdoptsRevoked, Err(AdminError::Revoked)) => Ok(()),
            (_, answer) => answer,
        }
    }
}
