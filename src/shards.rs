//! State under sixteen locks instead of one.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 16;

/// One `T` for each lock. Which of them a key is in, nobody outside can foresee.
pub(crate) struct Shards<T> {
    shards: [Shard<T>; SHARDS],
    hasher: RandomState,
}

/// Aligned so that two shards do not share a cache line.
#[repr(align(128))]
struct Shard<T>(Mutex<T>);

impl<T: Default> Default for Shards<T> {
    fn default() -> Self {
        let shard = |_| Shard(Mutex::new(T::default()));
        Self { shards: std::array::from_fn(shard), hasher: RandomState::new() }
    }
}

impl<T> Shards<T> {
    /// How many there are.
    pub(crate) const COUNT: usize = SHARDS;

    /// The shard of a key.
    pub(crate) fn of<K: Hash + ?Sized>(&self, key: &K) -> MutexGuard<'_, T> {
        self.at(self.hasher.hash_one(key))
    }

    /// The shard of a hash. The high byte decides: tables place by the low half.
    pub(crate) fn at(&self, hash: u64) -> MutexGuard<'_, T> {
        let [number, ..] = hash.to_be_bytes();
        match self.shards.get(usize::from(number) % SHARDS) {
            Some(shard) => shard.lock(),
            None => unreachable!("there is a shard for every remainder"),
        }
    }

    /// One after another; each is locked for as long as it is looked at.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.shards.iter().map(Shard::lock)
    }
}

impl<T> Shard<T> {
    /// What panics while it holds a lock has changed nothing halfway: see where it is used.
    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_always_in_the_same_shard_and_every_shard_is_used() {
        let shards: Shards<Vec<u32>> = Shards::default();
        for _ in 0..2 {
            for key in 0_u32..1_000 {
                let mut shard = shards.of(&key);
                if !shard.contains(&key) {
                    shard.push(key);
                }
            }
        }
        let lengths: Vec<_> = shards.each().map(|shard| shard.len()).collect();
        assert_eq!((lengths.len(), lengths.iter().sum::<usize>()), (Shards::<()>::COUNT, 1_000));
        assert!(lengths.iter().all(|length| *length > 0), "{lengths:?}");
    }
}
