//! The read side: records that are ready, under locks that readers share.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, PoisonError, RwLock};

use crate::store::{KeyDigest, KeyRecord};
use crate::{KeyId, Realm};

const SHARDS: usize = 16;

/// Records by digest or by id. The same key may be in several realms, so each entry is a
/// short list, nearly always of one.
#[derive(Debug)]
pub(super) struct Index<K, P, S> {
    shards: [Shard<K, P, S>; SHARDS],
}

/// Aligned so that readers of two shards do not share a cache line.
#[derive(Debug)]
#[repr(align(128))]
struct Shard<K, P, S>(RwLock<HashMap<K, Records<P>, S>>);

type Records<P> = Vec<Arc<KeyRecord<P>>>;

/// Says which shard a key is in.
pub(super) trait Place {
    fn place(&self) -> u8;
}

impl Place for KeyDigest {
    /// The last byte, for the first ones place the digest within its shard.
    fn place(&self) -> u8 {
        self.as_bytes().last().copied().unwrap_or_default()
    }
}

impl Place for str {
    fn place(&self) -> u8 {
        self.as_bytes().last().copied().unwrap_or_default()
    }
}

impl Place for KeyId {
    fn place(&self) -> u8 {
        self.as_str().place()
    }
}

impl<K, P, S: Default> Default for Index<K, P, S> {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Shard(RwLock::default())) }
    }
}

impl<K: Hash + Eq + Place, P, S: BuildHasher> Index<K, P, S> {
    /// The record under `key` that `fits`.
    pub(super) fn find<Q>(&self, key: &Q, fits: impl Fn(&KeyRecord<P>) -> bool) -> Option<Arc<KeyRecord<P>>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + Place + ?Sized,
    {
        let shard = self.shard(key)?.0.read().unwrap_or_else(PoisonError::into_inner);
        shard.get(key)?.iter().find(|record| fits(record)).cloned()
    }

    /// Puts a record under `key`, in the place of the one of its realm.
    pub(super) fn put(&self, key: K, record: Arc<KeyRecord<P>>) {
        let Some(shard) = self.shard(&key) else { return };
        let mut shard = shard.0.write().unwrap_or_else(PoisonError::into_inner);
        let records = shard.entry(key).or_default();
        match records.iter_mut().find(|held| held.realm() == record.realm()) {
            Some(held) => *held = record,
            None => records.push(record),
        }
    }

    /// Removes the record of `realm` under `key`.
    pub(super) fn remove(&self, key: &K, realm: &Realm) {
        let Some(shard) = self.shard(key) else { return };
        let mut shard = shard.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(records) = shard.get_mut(key) {
            records.retain(|record| record.realm() != realm);
            if records.is_empty() {
                shard.remove(key);
            }
        }
    }

    /// There is one for every key: the place is within the bounds.
    fn shard<Q: Place + ?Sized>(&self, key: &Q) -> Option<&Shard<K, P, S>> {
        self.shards.get(usize::from(key.place()) % SHARDS)
    }
}
