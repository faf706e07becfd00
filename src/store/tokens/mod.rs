//! What issuers of tokens keep: refresh tokens, what was revoked, and their own keys.

#[cfg(feature = "cached")]
mod cached;
mod erased;
mod family;
mod refresh;
mod revocation;
mod ring;

#[cfg(feature = "cached")]
pub use cached::CachedRevocations;
pub use erased::{SharedKeyRings, SharedRefresh, SharedRevocations};
pub use family::{FamilyId, RefreshFamily, TokenDigest};
pub use refresh::{RefreshStore, RefreshTurn, Turned};
pub use revocation::{MOST_EPOCH, Revocation, RevocationName, TokenRevocations};
pub use ring::{KeyRingStore, StoredRing};

/// The longest texts of a family together, and the longest name of a ring of keys, in bytes.
pub(super) const LONGEST_FACTS: usize = 64 * 1024;
pub(super) const LONGEST_RING: usize = 255;
/// About how many names may be asked at once.
pub(super) const MOST_NAMES: usize = 16;
/// How long what is past is kept, in microseconds: by so much clocks may differ.
pub(super) const KEPT: i64 = 24 * 3600 * 1_000_000;

/// The texts one behind the other, each behind its length, so that no two lists are the same.
fn framed(texts: &[&str]) -> Vec<u8> {
    let frame = |text: &&str| [&(text.len() as u64).to_be_bytes(), text.as_bytes()].concat();
    texts.iter().flat_map(frame).collect()
}
