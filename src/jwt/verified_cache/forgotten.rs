//! What was told to be forgotten: numbers in a table of fixed size.
//!
//! Whoever verifies takes the number of the last word *before* it begins; whoever forgets
//! raises the number of a slot. A token that was kept with a lower number than that of one
//! of its slots counts no longer, and one whose verification had begun before the word came
//! never counts. Two names that share a slot cost each other a verification.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The slot that every token depends on.
const EVERYTHING: u16 = 0;
/// How many slots there are.
const SLOTS: u16 = 4096;

#[derive(Debug)]
pub(super) struct Forgotten {
    last: AtomicU64,
    slots: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// The slots that a token depends on: of its id and of its subject.
pub(super) type Slots = [u16; 2];

/// The number of the last word when a verification began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun(u64);

/// What a name is the name of.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Named {
    Id,
    Subject,
}

impl Forgotten {
    pub(super) fn new() -> Self {
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { last: AtomicU64::new(0), slots, hasher: RandomState::new() }
    }

    pub(super) fn begin(&self) -> Begun {
        Begun(self.last.load(Ordering::Acquire))
    }

    /// The slot of a name; for no name, the one that everything is in.
    pub(super) fn slot(&self, what: Named, name: Option<&str>) -> u16 {
        let Some(name) = name else { return EVERYTHING };
        let [high, low, ..] = self.hasher.hash_one((what, name)).to_be_bytes();
        1 + u16::from_be_bytes([high, low]) % (SLOTS - 1)
    }

    pub(super) fn forget(&self, what: Named, name: &str) {
        self.raise(self.slot(what, Some(name)));
    }

    pub(super) fn forget_all(&self) {
        self.raise(EVERYTHING);
    }

    fn raise(&self, slot: u16) {
        let number = self.last.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        if let Some(slot) = self.slots.get(usize::from(slot)) {
            slot.fetch_max(number, Ordering::AcqRel);
        }
    }

    /// Whether nothing that the token depends on was forgotten since.
    pub(super) fn hold(&self, begun: Begun, slots: Slots) -> bool {
        let holds = |slot: u16| {
            let slot = self.slots.get(usize::from(slot));
            slot.is_some_and(|number| number.load(Ordering::Acquire) <= begun.0)
        };
        holds(EVERYTHING) && slots.into_iter().all(holds)
    }
}
