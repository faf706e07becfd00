//! The saved list of entry points in Redis.

use super::RedisKeyStore;
use super::documents::{StoredEntryPoints, StoredKey};
use super::draft::Attempts;
use crate::store::{
    AdminError, Change, EntryPoint, EntryPointStore, EntryPoints, FromKey, KeyRef, KeyState, SavedEntryPoint,
    SyncReport,
};

impl<P: FromKey> EntryPointStore for RedisKeyStore<P> {
    async fn sync_entry_points(&self, declared: &[EntryPoint]) -> Result<SyncReport, AdminError> {
        let name = self.server.names().entry_points();
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([name.clone()]).await?;
            let StoredEntryPoints(mut saved) = StoredEntryPoints::parse(draft.document(&name)?)?;
            let report = SyncReport::compare(saved.values(), declared)?;
            if report.is_empty() {
                return Ok(report);
            }
            for entry_point in declared.iter().filter(|declared| report.writes(declared.name())) {
                let line = SavedEntryPoint { entry_point: entry_point.clone(), live: true };
                saved.insert(entry_point.name().to_owned(), line);
            }
            for name in &report.gone {
                if let Some(line) = saved.get_mut(name) {
                    line.live = false;
                }
            }
            draft.write(name.clone(), StoredEntryPoints(saved).print()?);
            if draft.commit(Change::EntryPoints).await? {
                return Ok(report);
            }
            attempts.again().await?;
        }
    }

    async fn entry_points(&self) -> Result<Vec<SavedEntryPoint>, AdminError> {
        let name = self.server.names().entry_points();
        let mut draft = self.draft();
        draft.read([name.clone()]).await?;
        let StoredEntryPoints(saved) = StoredEntryPoints::parse(draft.document(&name)?)?;
        Ok(saved.into_values().collect())
    }

    async fn assign_entry_points(&self, key: &KeyRef, names: EntryPoints) -> Result<(), AdminError> {
        let (list, name) = (self.server.names().entry_points(), self.server.names().key(key));
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([list.clone(), name.clone()]).await?;
            let StoredEntryPoints(saved) = StoredEntryPoints::parse(draft.document(&list)?)?;
            names.check_saved(saved.values())?;
            let mut held = StoredKey::parse(draft.document(&name)?.ok_or(AdminError::UnknownKey)?)?;
            if held.summary.state == KeyState::Revoked {
                return Err(AdminError::Revoked);
            }
            held.summary.entry_points = names.clone();
            held.epoch = held.epoch.saturating_add(1);
            draft.write(name.clone(), held.print()?);
            if draft.commit(Change::Key(key.clone())).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }
}
