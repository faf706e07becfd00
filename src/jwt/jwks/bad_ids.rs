//! Ids that were looked for and are not there.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

/// The ids of keys that the issuer does not have, as it said a moment ago. It is bounded,
/// and so is what one of them takes, for strangers choose them.
#[derive(Debug)]
pub(super) struct BadIds {
    until: HashMap<u64, Instant>,
    /// The same, oldest first.
    order: VecDeque<u64>,
    hasher: RandomState,
    most: usize,
    life: Duration,
}

/// An id of a stranger's token. Nobody can choose two that become the same: the hash has a
/// random key.
#[derive(Clone, Copy, Debug)]
pub(super) struct HashedId(u64);

impl BadIds {
    pub(super) fn new(most: usize, life: Duration) -> Self {
        Self { until: HashMap::new(), order: VecDeque::new(), hasher: RandomState::new(), most, life }
    }

    pub(super) fn hash(&self, kid: &str) -> HashedId {
        HashedId(self.hasher.hash_one(kid))
    }

    pub(super) fn has(&self, id: HashedId, now: Instant) -> bool {
        self.until.get(&id.0).is_some_and(|until| now < *until)
    }

    /// Takes down an id; the oldest one makes room for it.
    pub(super) fn add(&mut self, id: HashedId, now: Instant) {
        if self.most == 0 {
            return;
        }
        match self.until.insert(id.0, now + self.life) {
            None => self.order.push_back(id.0),
            // Many who wait for one answer say it one after the other.
            Some(until) if now < until => {}
            Some(_) => {
                self.order.retain(|held| *held != id.0);
                self.order.push_back(id.0);
            }
        }
        while self.order.len() > self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.until.remove(&oldest);
            }
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        assert_eq!(self.until.len(), self.order.len());
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_bad_for_its_time() {
        let (mut ids, now) = (BadIds::new(10, Duration::from_secs(60)), Instant::now());
        let (a, b) = (ids.hash("a"), ids.hash("b"));
        ids.add(a, now);
        assert!(ids.has(a, now + Duration::from_secs(59)) && !ids.has(a, now + Duration::from_secs(60)));
        assert!(!ids.has(b, now));
    }

    #[test]
    fn the_oldest_makes_room() {
        let (mut ids, now) = (BadIds::new(100, Duration::from_secs(60)), Instant::now());
        for n in 0..10_000 {
            // One that comes again and again takes one place.
            for _ in 0..3 {
                ids.add(ids.hash(&n.to_string()), now);
            }
        }
        assert_eq!(ids.len(), 100);
        assert!(ids.has(ids.hash("9999"), now) && ids.has(ids.hash("9900"), now));
        assert!(!ids.has(ids.hash("9899"), now));
        let later = now + Duration::from_secs(60);
        ids.add(ids.hash("9900"), later);
        ids.add(ids.hash("new"), later);
        assert!(ids.has(ids.hash("9900"), later) && !ids.has(ids.hash("9901"), later));
        let mut none = BadIds::new(0, Duration::from_secs(60));
        none.add(none.hash("a"), now);
        assert_eq!(none.len(), 0);
    }
}
