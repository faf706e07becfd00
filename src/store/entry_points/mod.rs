//! Which entry points there are, and which of them a key may call.

mod declared;
mod names;
mod saved;

#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) use declared::Declared;
pub use declared::InvalidRoutes;
pub use names::{EntryPoints, InvalidName};
pub use saved::{EntryPoint, EntryPointStore, SavedEntryPoint, SyncReport};
