//! Keys of other systems, of which there is only a hash.

mod hash;
mod lookup;

pub use hash::{InvalidLegacyHash, LegacyHash, LegacyPlace};
pub use lookup::{LegacyLookup, LegacyName, VisiblePart};
