//! Changing and listing owners.

use super::RedisKeyStore;
use super::documents::StoredOwner;
use super::draft::Attempts;
use super::names::word;
use super::scripts::OWNERS;
use crate::AccountId;
use crate::store::{AdminError, Change, OwnerKind, OwnerRef, OwnerSummary, StoreError, issuing};

/// How many are asked for at once.
const BATCH: usize = 500;

impl<P> RedisKeyStore<P> {
    /// Makes an owner known.
    pub(super) async fn add_owner(
        &self,
        owner: OwnerRef,
        account: Option<&AccountId>,
    ) -> Result<(), AdminError> {
        issuing::check_owner(owner.id())?;
        let names = self.server.names();
        let name = names.owner(&owner);
        let behind = account.map(|account| names.owner(&OwnerRef::Account(account.clone())));
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read(behind.iter().cloned().chain([name.clone()])).await?;
            if let Some(account) = &behind
                && !draft.holds(account)?
            {
                return Err(AdminError::UnknownOwner);
            }
            if draft.holds(&name)? {
                return Err(AdminError::Duplicate);
            }
            draft.write(name.clone(), StoredOwner::new(account).print()?);
            draft.add(names.owners(owner.kind()), owner.id());
            if draft.commit(Change::Owner(owner.clone())).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// Changes what is known of an owner, and with it the epoch of every key that it is behind.
    pub(super) async fn change_owner(
        &self,
        owner: &OwnerRef,
        edit: impl Fn(&mut StoredOwner) + Send + Sync,
    ) -> Result<(), AdminError> {
        let name = self.server.names().owner(owner);
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([name.clone()]).await?;
            let mut known = StoredOwner::parse(draft.document(&name)?.ok_or(AdminError::UnknownOwner)?)?;
            edit(&mut known);
            known.epoch = known.epoch.saturating_add(1);
            draft.write(name.clone(), known.print()?);
            if draft.commit(Change::Owner(owner.clone())).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// Owners of a kind in the order of their ids.
    pub(super) async fn page_of_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        let mut page: Vec<OwnerSummary> = Vec::new();
        let mut start = from(after);
        while page.len() < limit {
            let wanted = BATCH.min(limit - page.len());
            let mut call = self.server.invoke(&OWNERS);
            call.key(self.server.names().owners(kind)).arg(word(kind)).arg(&start).arg(wanted);
            let batch: Vec<(String, Option<Vec<u8>>)> = self.server.run(&call).await?;
            let last = batch.len() < wanted;
            for (id, document) in batch {
                let document = document.ok_or(StoreError::corrupt("an owner in a list"))?;
                start = from(Some(&id));
                page.push(StoredOwner::parse(&document)?.summary(owner(kind, id)));
            }
            if last {
                break;
            }
        }
        Ok(page)
    }
}

/// Where a page of a list begins.
pub(super) fn from(after: Option<&str>) -> String {
    after.map_or_else(|| "-".to_owned(), |after| format!("({after}"))
}

fn owner(kind: OwnerKind, id: String) -> OwnerRef {
    match kind {
        OwnerKind::User => OwnerRef::User(id.into()),
        OwnerKind::Account => OwnerRef::Account(id.into()),
        OwnerKind::Site => OwnerRef::Site(id.into()),
    }
}
