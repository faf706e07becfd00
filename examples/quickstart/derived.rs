//! Secrets that the master key stands for, so that they outlive a restart and are kept nowhere.

use portcullis::Secret;
use portcullis::crypto::{HmacAlgorithm, HmacKey, Tag};
use portcullis::store::sqlite::MasterKey;

/// The bytes for one purpose, which say nothing of those for another.
pub(crate) fn derived(master: &MasterKey, algorithm: HmacAlgorithm, purpose: &str) -> Tag {
    HmacKey::new(algorithm, &Secret::new(*master.expose())).sign(&[purpose.as_bytes()])
}
