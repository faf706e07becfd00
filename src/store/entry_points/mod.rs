//! Which entry points there are, and which of them a key may call.

mod names;
mod saved;

pub use names::{EntryPoints, InvalidName};
pub use saved::{EntryPoint, EntryPointStore, SavedEntryPoint, SyncReport};
