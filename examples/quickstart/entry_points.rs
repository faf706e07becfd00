//! `entry-points list` and `entry-points sync`: the routes that keys can be limited to.

use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{EntryPoint, EntryPointStore};

use crate::chain::Me;
use crate::process::{Failure, say};

/// What to do with the list.
pub(crate) enum Action {
    /// Show it, with what the store knows of it.
    List,
    /// Save it into the store.
    Sync,
}

impl Action {
    /// Does it with what the routes declare.
    pub(crate) async fn run(
        self,
        store: &SqliteKeyStore<Me>,
        declared: &[EntryPoint],
    ) -> Result<(), Failure> {
        match self {
            Self::List => list(store, declared).await,
            Self::Sync => sync(store, declared).await,
        }
    }
}

/// Saves what is declared, and says what that has changed.
async fn sync(store: &SqliteKeyStore<Me>, declared: &[EntryPoint]) -> Result<(), Failure> {
    let report = store.sync_entry_points(declared).await?;
    let changes = [("added", &report.added), ("changed", &report.changed), ("gone", &report.gone)];
    for (change, names) in changes {
        for name in names {
            say(format_args!("{change:<8} {name}"))?;
        }
    }
    if report.is_empty() {
        say("nothing has changed")?;
    }
    Ok(())
}

/// Shows what is declared, and what the store knows beside it: `new` is not saved yet,
/// `gone` is declared no longer.
async fn list(store: &SqliteKeyStore<Me>, declared: &[EntryPoint]) -> Result<(), Failure> {
    let saved = store.entry_points().await?;
    let live = |wanted: &EntryPoint| saved.iter().any(|held| held.live && held.entry_point == *wanted);
    for entry_point in declared {
        line(if live(entry_point) { "saved" } else { "new" }, entry_point)?;
    }
    let is_declared = |name: &str| declared.iter().any(|one| one.name() == name);
    for held in saved.iter().filter(|held| !is_declared(held.entry_point.name())) {
        line("gone", &held.entry_point)?;
    }
    Ok(())
}

fn line(state: &str, entry_point: &EntryPoint) -> Result<(), Failure> {
    Ok(say(format_args!("{state:<8} {:<16} {}", entry_point.name(), entry_point.pattern()))?)
}
