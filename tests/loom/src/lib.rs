//! Whoever looks a key up after `revoke` has returned never gets what was in force before it,
//! however the threads take turns.
//!
//! The table is the one of `src/store/cached/slots.rs`, word for word; the store is one atomic
//! word, and the cache is a lock around one entry.

#![cfg(test)]
#![allow(clippy::expect_used, reason = "a test that panics has failed")]

#[path = "../../../src/store/cached/slots.rs"]
mod slots;
mod sync;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

use slots::{Begun, Slots};

/// The slot of the key, and one of something else.
const KEY: u16 = 1;
const OTHER: u16 = 2;

/// A store with one key, and a cache with room for it.
struct Node {
    slots: Slots,
    revoked: AtomicBool,
    cached: Mutex<Option<(Begun, bool)>>,
}

/// When a fill takes its number.
#[derive(Clone, Copy, PartialEq)]
enum Taken {
    BeforeAsking,
    AfterAsking,
}

/// When a revocation raises the numbers.
#[derive(Clone, Copy, PartialEq)]
enum Raised {
    BeforeTheChange,
    AfterTheChange,
}

impl Node {
    fn new() -> Arc<Self> {
        let (revoked, cached) = (AtomicBool::new(false), Mutex::new(None));
        Arc::new(Self { slots: Slots::new(3), revoked, cached })
    }

    /// Whether the key is revoked, from the cache or from the store.
    fn find(&self, taken: Taken) -> bool {
        if let Some((begun, revoked)) = *self.cached.lock().expect("no panic")
            && self.slots.hold(begun, &[KEY])
        {
            return revoked;
        }
        let mut begun = self.slots.begin();
        let revoked = self.revoked.load(Ordering::Acquire);
        if taken == Taken::AfterAsking {
            begun = self.slots.begin();
        }
        *self.cached.lock().expect("no panic") = Some((begun, revoked));
        revoked
    }

    fn revoke(&self, raised: Raised) {
        if raised == Raised::BeforeTheChange {
            self.slots.raise(&[KEY]);
        }
        self.revoked.store(true, Ordering::Release);
        if raised == Raised::AfterTheChange {
            self.slots.raise(&[KEY]);
        }
    }
}

/// One thread fills while another revokes, and looks the key up when that has returned.
fn race(taken: Taken, raised: Raised) {
    loom::model(move || {
        let node = Node::new();
        let filling = {
            let node = Arc::clone(&node);
            thread::spawn(move || node.find(taken))
        };
        node.revoke(raised);
        assert!(node.find(taken), "accepted after revoke returned");
        filling.join().expect("no panic");
        assert!(node.find(taken), "the fill brought the key back");
    });
}

#[test]
fn a_key_is_never_accepted_after_revoke_returned() {
    race(Taken::BeforeAsking, Raised::AfterTheChange);
}

#[test]
fn a_change_of_something_else_meanwhile_brings_no_key_back() {
    let mut model = loom::model::Builder::new();
    // Of three threads, all orders in which none is interrupted more than twice.
    model.preemption_bound = Some(2);
    model.check(|| {
        let node = Node::new();
        let filling = {
            let node = Arc::clone(&node);
            thread::spawn(move || node.find(Taken::BeforeAsking))
        };
        let other = {
            let node = Arc::clone(&node);
            thread::spawn(move || node.slots.raise(&[OTHER]))
        };
        node.revoke(Raised::AfterTheChange);
        assert!(node.find(Taken::BeforeAsking), "accepted after revoke returned");
        filling.join().expect("no panic");
        other.join().expect("no panic");
        assert!(node.find(Taken::BeforeAsking), "the fill brought the key back");
    });
}

#[test]
#[should_panic(expected = "revoke returned")]
fn the_model_sees_a_fill_that_takes_its_number_after_asking() {
    race(Taken::AfterAsking, Raised::AfterTheChange);
}

#[test]
#[should_panic(expected = "revoke returned")]
fn the_model_sees_a_revocation_that_raises_before_it_changes() {
    race(Taken::BeforeAsking, Raised::BeforeTheChange);
}
