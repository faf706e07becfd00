//! Answers that are kept for a while.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis::Timestamp;
use tokio::sync::watch;

/// Keeps answers, and asks for each of them once at a time: of a hundred clients that want the
/// same at the same moment, one question goes out and all get its answer. What goes out is not
/// called off when its client hangs up. Its clones are the same cache.
///
/// Every client gets the same answer here, because the upstream sees one key, whoever asks. Where
/// answers differ between users, the user belongs into the name.
pub(super) struct Cache<V>(Arc<Shared<V>>);

struct Shared<V> {
    slots: Mutex<Slots<V>>,
    most: usize,
}

struct Slots<V> {
    slots: HashMap<Name, Slot<V>>,
    /// The number of the flight that began last.
    flights: u64,
}

/// What is asked for: the group that a change drops as a whole, and the rest.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) group: &'static str,
    pub(super) rest: String,
}

enum Slot<V> {
    Held { value: V, since: Timestamp, until: Timestamp },
    Flight { number: u64, landing: watch::Receiver<Option<V>> },
}

impl<V> Clone for Cache<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V: Clone + Send + Sync + 'static> Cache<V> {
    pub(super) fn new(most: usize) -> Self {
        let slots = Mutex::new(Slots { slots: HashMap::new(), flights: 0 });
        Self(Arc::new(Shared { slots, most }))
    }

    /// The answer that is held, else the one that is under way, else the one that `fetch` brings,
    /// which is kept for `life` from `now` where `keep` says that it may be. None where the
    /// fetching has panicked.
    pub(super) async fn get<F>(
        &self,
        name: Name,
        (now, life): (Timestamp, Duration),
        keep: fn(&V) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut landing = {
            let mut slots = self.lock();
            match slots.slots.get(&name) {
                // A clock that went back makes nothing live longer.
                Some(Slot::Held { value, since, until }) if *since <= now && now < *until => {
                    return Some(value.clone());
                }
                Some(Slot::Flight { landing, .. }) => landing.clone(),
                _ => {
                    let (land, landing) = watch::channel(None);
                    slots.flights += 1;
                    let flight = Flight { cache: self.clone(), name: name.clone(), number: slots.flights };
                    if make_room(&mut slots.slots, self.0.most, now) {
                        slots
                            .slots
                            .insert(name, Slot::Flight { number: flight.number, landing: landing.clone() });
                    }
                    let fetched = fetch();
                    tokio::spawn(async move {
                        let value = fetched.await;
                        flight.end(keep(&value).then(|| value.clone()), now, now.saturating_add(life));
                        // Those who asked may be gone.
                        let _ = land.send(Some(value));
                    });
                    landing
                }
            }
        };
        let landed = landing.wait_for(Option::is_some).await;
        landed.ok().and_then(|value| value.clone())
    }

    /// Drops a group. What is under way was asked before the change: it is not kept.
    pub(super) fn forget(&self, group: &'static str) {
        self.lock().slots.retain(|name, _| name.group != group);
    }

    fn lock(&self) -> MutexGuard<'_, Slots<V>> {
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets go of what is past, then of what ends first. False where everything is under way.
fn make_room<V>(slots: &mut HashMap<Name, Slot<V>>, most: usize, now: Timestamp) -> bool {
    if slots.len() < most {
        return true;
    }
    slots.retain(|_, slot| !matches!(slot, Slot::Held { until, .. } if *until <= now));
    while slots.len() >= most {
        let held = slots.iter().filter_map(|(name, slot)| match slot {
            Slot::Held { until, .. } => Some((*until, name)),
            Slot::Flight { .. } => None,
        });
        let Some(first) = held.min_by_key(|(until, _)| *until).map(|(_, name)| name.clone()) else {
            return false;
        };
        slots.remove(&first);
    }
    true
}

/// A question that is under way. It leaves its slot however it ends.
struct Flight<V: Clone + Send + Sync + 'static> {
    cache: Cache<V>,
    name: Name,
    number: u64,
}

impl<V: Clone + Send + Sync + 'static> Flight<V> {
    fn end(self, value: Option<V>, since: Timestamp, until: Timestamp) {
        self.leave(value.map(|value| Slot::Held { value, since, until }));
    }

    /// Puts something in the place of this flight, if it is still there.
    fn leave(&self, slot: Option<Slot<V>>) {
        let mut slots = self.cache.lock();
        let own = |slot: &Slot<V>| matches!(slot, Slot::Flight { number, .. } if *number == self.number);
        if slots.slots.get(&self.name).is_some_and(own) {
            match slot {
                Some(slot) => slots.slots.insert(self.name.clone(), slot),
                None => slots.slots.remove(&self.name),
            };
        }
    }
}

impl<V: Clone + Send + Sync + 'static> Drop for Flight<V> {
    fn drop(&mut self) {
        self.leave(None);
    }
}
