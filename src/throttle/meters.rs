//! A bounded map of who failed.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use crate::shards::Shards;

/// How many are looked at when one has to be forgotten.
const CHOICE: usize = 8;

/// What is kept of one of them.
pub(super) trait Meter: Default {
    /// How much is lost when it is forgotten: what has less goes first.
    fn weight(&self) -> impl Ord;
}

/// What is kept of each, bounded: when there are too many, the lightest of some of the
/// oldest is forgotten.
pub(super) struct Meters<K, M> {
    shards: Shards<Shard<K, M>>,
    /// Of one shard.
    capacity: usize,
}

struct Shard<K, M> {
    meters: HashMap<K, M>,
    /// Every key once, the one that is to be looked at next in front.
    order: VecDeque<K>,
}

impl<K, M> Default for Shard<K, M> {
    fn default() -> Self {
        Self { meters: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Hash + Eq + Clone, M: Meter> Meters<K, M> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { shards: Shards::default(), capacity: capacity.div_ceil(Shards::<M>::COUNT).max(1) }
    }

    /// Looks at what is kept of `key`.
    pub(super) fn look<T>(&self, key: &K, look: impl FnOnce(&M) -> T) -> Option<T> {
        self.shards.of(key).meters.get(key).map(look)
    }

    /// Changes what is kept of `key`, which may be nothing yet.
    pub(super) fn change<T>(&self, key: &K, change: impl FnOnce(&mut M) -> T) -> T {
        let mut shard = self.shards.of(key);
        if let Some(meter) = shard.meters.get_mut(key) {
            return change(meter);
        }
        if shard.meters.len() >= self.capacity {
            shard.forget();
        }
        shard.order.push_back(key.clone());
        change(shard.meters.entry(key.clone()).or_default())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.each().map(|shard| shard.meters.len()).sum()
    }
}

impl<K: Hash + Eq, M: Meter> Shard<K, M> {
    /// Forgets the lightest of those whose turn it is; the others come again when it is the
    /// turn of all.
    fn forget(&mut self) {
        let seen: Vec<K> = (0..CHOICE).filter_map(|_| self.order.pop_front()).collect();
        let lightest =
            seen.iter().enumerate().min_by_key(|(_, key)| self.meters.get(*key).map(Meter::weight));
        let Some((lightest, _)) = lightest else { return };
        for (at, key) in seen.into_iter().enumerate() {
            if at == lightest {
                self.meters.remove(&key);
            } else {
                self.order.push_back(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Weight(u32);

    impl Meter for Weight {
        fn weight(&self) -> impl Ord {
            self.0
        }
    }

    #[test]
    fn there_are_never_more_than_fit_and_the_newest_is_among_them() {
        let meters = Meters::<u32, Weight>::new(1_600);
        for key in 0..50_000 {
            meters.change(&key, |weight| weight.0 += 1);
            assert_eq!(meters.look(&key, |weight| weight.0), Some(1));
        }
        assert_eq!(meters.len(), 1_600);
        for shard in meters.shards.each() {
            assert_eq!(shard.meters.len(), shard.order.len());
        }
    }

    #[test]
    fn the_heavy_stay_where_there_are_light_ones_to_forget() {
        let weight = |key| if key < CHOICE - 1 { Weight(9) } else { Weight(0) };
        let mut shard =
            Shard { meters: (0..100).map(|key| (key, weight(key))).collect(), order: (0..100).collect() };
        for light in 100..50_000 {
            shard.forget();
            shard.meters.insert(light, Weight(0));
            shard.order.push_back(light);
        }
        let heavy = shard.meters.values().filter(|weight| weight.0 == 9).count();
        assert_eq!((heavy, shard.meters.len(), shard.order.len()), (CHOICE - 1, 100, 100));
    }
}
