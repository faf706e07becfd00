//! The saved list of entry points.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{parse, print};
use crate::store::{EntryPoint, SavedEntryPoint, StoreError};

/// All of them, by name, in one document.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct StoredEntryPoints(pub(in super::super) BTreeMap<String, SavedEntryPoint>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    pattern: String,
    live: bool,
}

impl StoredEntryPoints {
    pub(in super::super) fn print(&self) -> Result<Vec<u8>, StoreError> {
        let line = |(name, saved): (&String, &SavedEntryPoint)| {
            let pattern = saved.entry_point.pattern().to_owned();
            (name.clone(), Line { pattern, live: saved.live })
        };
        print(&self.0.iter().map(line).collect::<BTreeMap<_, _>>())
    }

    /// Reads the document; where there is none, nothing was saved yet.
    pub(in super::super) fn parse(document: Option<&[u8]>) -> Result<Self, StoreError> {
        let Some(document) = document else { return Ok(Self::default()) };
        let held: BTreeMap<String, Line> = parse(document, "the entry points")?;
        let line = |(name, Line { pattern, live }): (String, Line)| {
            let entry_point = EntryPoint::new(name.clone(), pattern);
            let entry_point =
                entry_point.map_err(|error| StoreError::corrupt_with("an entry point", error))?;
            Ok((name, SavedEntryPoint { entry_point, live }))
        };
        held.into_iter().map(line).collect::<Result<_, _>>().map(Self)
    }
}
