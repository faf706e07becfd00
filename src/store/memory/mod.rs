//! Stores in memory.
//!
//! [`MemoryKeyStore`] is for tests, for keys that come from configuration, and as the
//! measure of what a look-up need cost; [`MemoryNonceStore`] is what a service of one
//! process needs, and so is [`MemoryCounterStore`]. All are lost when the process ends: a request
//! that was accepted before a restart can be accepted once more after it, for as long as it is
//! fresh, and budgets begin anew.
//! [`MemoryTokenStore`] forgets refresh tokens and revocations then, and [`MemoryKeyRings`] the keys
//! of an issuer.
//! [`MemoryAddresses`] takes every address for unknown again after a restart.

mod addresses;
mod admin;
mod counters;
mod directory;
mod entry_points;
mod index;
mod keys;
mod legacy;
mod listing;
mod nonces;
mod rings;
mod role_admin;
mod roles;
mod sites;
mod tokens;
mod uniform;

pub use addresses::MemoryAddresses;
pub use counters::MemoryCounterStore;
pub use keys::MemoryKeyStore;
pub use nonces::MemoryNonceStore;
pub use rings::MemoryKeyRings;
pub use tokens::MemoryTokenStore;
