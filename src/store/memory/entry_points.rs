//! The saved list of entry points in memory.

use super::MemoryKeyStore;
use crate::store::{
    AdminError, EntryPoint, EntryPointStore, EntryPoints, FromKey, KeyRef, SavedEntryPoint, SyncReport,
};

impl<P: FromKey> EntryPointStore for MemoryKeyStore<P> {
    async fn sync_entry_points(&self, declared: &[EntryPoint]) -> Result<SyncReport, AdminError> {
        let saved = &mut self.directory().entry_points;
        let report = SyncReport::compare(saved.values(), declared)?;
        for entry_point in declared {
            let line = SavedEntryPoint { entry_point: entry_point.clone(), live: true };
            saved.insert(entry_point.name().to_owned(), line);
        }
        for name in &report.gone {
            if let Some(line) = saved.get_mut(name) {
                line.live = false;
            }
        }
        Ok(report)
    }

    async fn entry_points(&self) -> Result<Vec<SavedEntryPoint>, AdminError> {
        Ok(self.directory().entry_points.values().cloned().collect())
    }

    async fn assign_entry_points(&self, key: &KeyRef, names: EntryPoints) -> Result<(), AdminError> {
        let mut directory = self.directory();
        names.check_saved(directory.entry_points.values())?;
        let entry = directory.changeable(key)?;
        entry.limit(|summary| summary.entry_points = names);
        self.publish(entry);
        Ok(())
    }
}
