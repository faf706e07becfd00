//! The saved list of entry points in SQL.

use sqlx::query;

use super::Store;
use super::admin::refused;
use super::dialect::{Connection, Row};
use super::entries::changeable;
use super::row::{self, column};
use crate::store::{
    AdminError, Change, EntryPoint, EntryPointStore, EntryPoints, FromKey, KeyRef, SavedEntryPoint,
    StoreError, SyncReport,
};

impl<P: FromKey> EntryPointStore for Store<P> {
    async fn sync_entry_points(&self, declared: &[EntryPoint]) -> Result<SyncReport, AdminError> {
        let mut change = self.begin().await?;
        let report = SyncReport::compare(&saved(&mut change).await?, declared)?;
        let mut wrote = !report.gone.is_empty();
        for entry_point in declared.iter().filter(|declared| report.writes(declared.name())) {
            let write = query(
                "INSERT INTO entry_points (name, pattern) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET pattern = excluded.pattern, live = 1",
            );
            let write = write.bind(entry_point.name()).bind(entry_point.pattern());
            write.execute(&mut *change).await.map_err(refused)?;
            wrote = true;
        }
        for name in &report.gone {
            let mark = query("UPDATE entry_points SET live = 0 WHERE name = $1").bind(name);
            mark.execute(&mut *change).await.map_err(refused)?;
        }
        if wrote {
            change.commit(Change::EntryPoints).await?;
        }
        Ok(report)
    }

    async fn entry_points(&self) -> Result<Vec<SavedEntryPoint>, AdminError> {
        saved(&mut *self.pool.acquire().await.map_err(refused)?).await
    }

    async fn assign_entry_points(&self, key: &KeyRef, names: EntryPoints) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        names.check_saved(&saved(&mut change).await?)?;
        let number: i64 = column(&changeable(&mut change, key).await?, "number")?;
        let assign = query("UPDATE keys SET entry_points = $1, epoch = epoch + 1 WHERE number = $2");
        let assign = assign.bind(row::entry_point_lines(&names)).bind(number);
        assign.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Key(key.clone())).await
    }
}

async fn saved(connection: &mut Connection) -> Result<Vec<SavedEntryPoint>, AdminError> {
    let rows = query("SELECT name, pattern, live FROM entry_points ORDER BY name");
    let rows = rows.fetch_all(connection).await.map_err(refused)?;
    Ok(rows.iter().map(line).collect::<Result<_, _>>()?)
}

fn line(row: &Row) -> Result<SavedEntryPoint, StoreError> {
    let (name, pattern) = (column::<&str>(row, "name")?, column::<&str>(row, "pattern")?);
    let entry_point =
        EntryPoint::new(name, pattern).map_err(|error| StoreError::corrupt_with("an entry point", error))?;
    Ok(SavedEntryPoint { entry_point, live: column::<i64>(row, "live")? == 1 })
}
