//! Keys of other systems, of which there is only a hash.

mod hash;
mod lookup;
mod store;

pub use hash::{InvalidLegacyHash, LegacyHash, LegacyPlace};
pub use lookup::{LegacyLookup, LegacyName, VisiblePart};
pub use store::LegacyKeyStore;
pub(crate) use store::forward_legacy_hash;
