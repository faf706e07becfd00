//! Which answers a change has overtaken: numbers in a table of fixed size.
//!
//! The argument, which `tests/loom` tries in every order that threads can take: whoever
//! fills takes the number of the last change *before* it asks the store; whoever changes
//! raises the numbers *after* the change is in force. A fill that has seen the number of a
//! change began behind it, and so it has seen the change too. A fill that has not is
//! older than the number in the slot, and its answer counts no longer from then on.

use super::sync::{AtomicU64, Ordering};

/// The slot that every answer depends on.
pub(super) const EVERYTHING: u16 = 0;

/// In each slot the number of the last change of whatever falls into it. Two subjects that
/// share a slot cost each other a question to the store, and nothing else.
#[derive(Debug)]
pub(super) struct Slots {
    last: AtomicU64,
    slots: Box<[AtomicU64]>,
}

/// The number of the last change at the moment when a fill began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun(u64);

impl Slots {
    pub(super) fn new(count: usize) -> Self {
        Self { last: AtomicU64::new(0), slots: (0..count).map(|_| AtomicU64::new(0)).collect() }
    }

    /// The beginning of a fill: to be taken before the store is asked, never after.
    pub(super) fn begin(&self) -> Begun {
        Begun(self.last.load(Ordering::Acquire))
    }

    /// Overtakes every answer that depends on one of these slots and whose fill began
    /// before this call. To be called once the change is in force.
    pub(super) fn raise(&self, slots: &[u16]) {
        let number = self.last.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        for slot in slots {
            if let Some(slot) = self.slots.get(usize::from(*slot)) {
                slot.fetch_max(number, Ordering::AcqRel);
            }
        }
    }

    /// Whether no change has overtaken an answer that depends on these slots.
    pub(super) fn hold(&self, begun: Begun, slots: &[u16]) -> bool {
        let holds = |slot: u16| {
            let slot = self.slots.get(usize::from(slot));
            slot.is_some_and(|number| number.load(Ordering::Acquire) <= begun.0)
        };
        holds(EVERYTHING) && slots.iter().all(|slot| *slot == EVERYTHING || holds(*slot))
    }
}
