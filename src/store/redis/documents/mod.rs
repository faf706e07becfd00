//! What is kept of each thing: a document in JSON.
//!
//! A field that is not known is an error: a node of an earlier release must not take a key
//! for one without the limit that it cannot read, nor write it back without it.

mod entry_points;
mod key;
mod owner;
mod roles;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) use entry_points::StoredEntryPoints;
pub(super) use key::{StoredKey, StoredSecret};
pub(super) use owner::StoredOwner;
pub(super) use roles::StoredRoles;

use crate::Timestamp;
use crate::store::StoreError;

/// Reads a document; `what` says which one cannot be read. Why not is said by the place alone:
/// the words of the parser may be those of the document.
fn parse<T: DeserializeOwned>(document: &[u8], what: &'static str) -> Result<T, StoreError> {
    serde_json::from_slice(document).map_err(|error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        StoreError::corrupt_with(what, format!("{kind:?} error in line {line}, column {column}"))
    })
}

/// Writes a document.
fn print(document: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(document).map_err(StoreError::unavailable)
}

/// Moments are in microseconds since the Unix epoch.
const fn micros(moment: Timestamp) -> i64 {
    moment.as_unix_micros()
}

fn moment(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_unix_micros)
}
