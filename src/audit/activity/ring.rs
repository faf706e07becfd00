//! The newest events of one sort.

use std::collections::VecDeque;
use std::sync::Arc;

use super::hours::Hours;
use super::{ActivityKind, RecentEvent};
use crate::audit::AuditEvent;

/// Which events share a ring. No flood of one sort pushes out another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Accepted,
    /// Refusals of a stored key.
    RefusedKey,
    /// Refusals of whatever strangers send.
    RefusedStranger,
    FirstUse,
    Throttled,
    /// Refusals by other services: whoever calls them through this one can cause these.
    Upstream,
    Change,
}

impl Sort {
    pub(super) const ALL: [Self; 7] = [
        Self::Accepted,
        Self::RefusedKey,
        Self::RefusedStranger,
        Self::FirstUse,
        Self::Throttled,
        Self::Upstream,
        Self::Change,
    ];

    pub(super) const fn of(event: &AuditEvent<'_>) -> Self {
        match event {
            AuditEvent::Refused { key: Some(_), .. } => Self::RefusedKey,
            AuditEvent::UpstreamRefused { .. } => Self::Upstream,
            event => match ActivityKind::of(event) {
                ActivityKind::Accepted => Self::Accepted,
                ActivityKind::Refused => Self::RefusedStranger,
                ActivityKind::FirstUse => Self::FirstUse,
                ActivityKind::Throttled => Self::Throttled,
                ActivityKind::Change => Self::Change,
            },
        }
    }

    /// The kind of all events of the sort.
    pub(super) const fn kind(self) -> ActivityKind {
        match self {
            Self::Accepted => ActivityKind::Accepted,
            Self::RefusedKey | Self::RefusedStranger => ActivityKind::Refused,
            Self::FirstUse => ActivityKind::FirstUse,
            Self::Throttled => ActivityKind::Throttled,
            Self::Upstream | Self::Change => ActivityKind::Change,
        }
    }
}

/// The newest events, the oldest in front.
#[derive(Debug, Default)]
pub(super) struct Ring {
    held: VecDeque<Held>,
    bytes: usize,
    /// How many were pushed out, or never had room.
    pub(super) dropped: u64,
    pub(super) hours: Hours,
}

#[derive(Debug)]
struct Held {
    sequence: u64,
    weight: usize,
    event: Arc<AuditEvent<'static>>,
}

/// How much a ring holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

impl Bounds {
    const fn fit(self, events: usize, bytes: usize) -> bool {
        events <= self.events && bytes <= self.bytes
    }
}

/// What was pushed out, for the caller to free when the lock is gone. There is one, mostly:
/// the list allocates for further ones only.
type PushedOut = (Option<Arc<AuditEvent<'static>>>, Vec<Arc<AuditEvent<'static>>>);

impl Ring {
    /// What a place in a ring takes, with as much that is kept free behind it.
    pub(super) const PLACE: usize = 2 * size_of::<Held>();

    /// Adds the newest event, which weighs no more than `weight` bytes. The oldest make room.
    #[must_use]
    pub(super) fn push(&mut self, new: RecentEvent, weight: usize, bounds: Bounds) -> PushedOut {
        let RecentEvent { sequence, event } = new;
        let mut out = PushedOut::default();
        if !bounds.fit(1, weight) {
            self.dropped += 1;
            out.0 = Some(event);
            return out;
        }
        while !bounds.fit(self.held.len() + 1, self.bytes.saturating_add(weight)) {
            let Some(oldest) = self.held.pop_front() else { break };
            self.bytes -= oldest.weight;
            self.dropped += 1;
            match out.0 {
                None => out.0 = Some(oldest.event),
                Some(_) => out.1.push(oldest.event),
            }
        }
        self.bytes += weight;
        self.held.push_back(Held { sequence, weight, event });
        out
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// Adds the newest events before the number `before` to `page`, the newest first, until it
    /// has no room left.
    pub(super) fn page(&self, before: u64, page: &mut Vec<RecentEvent>) {
        let end = self.held.partition_point(|held| held.sequence < before);
        let room = page.capacity() - page.len();
        let events = self.held.range(..end).rev().take(room);
        page.extend(events.map(|held| RecentEvent::new(held.sequence, Arc::clone(&held.event))));
    }
}
