//! In which order a list is.

use std::cmp::Ordering;

use crate::store::KeySummary;

/// What a list of keys is in the order of; where two keys have the same, their ids decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeySort {
    /// The bytes of the id.
    #[default]
    Id,
    /// The bytes of the label.
    Label,
    /// When it was issued.
    Created,
    /// When its newest secret was made.
    Renewed,
    /// When it ends; a key without an end is later than every other.
    Expires,
    /// When it was used last; a key that was never used is earlier than every other.
    LastUsed,
}

impl KeySort {
    /// How `one` stands to `other` in this order, ascending.
    #[must_use]
    pub fn compare(self, one: &KeySummary, other: &KeySummary) -> Ordering {
        let end = |key: &KeySummary| (key.expires_at.is_none(), key.expires_at);
        let first = match self {
            Self::Id => Ordering::Equal,
            Self::Label => one.label.cmp(&other.label),
            Self::Created => one.created_at.cmp(&other.created_at),
            Self::Renewed => one.renewed_at.cmp(&other.renewed_at),
            Self::Expires => end(one).cmp(&end(other)),
            Self::LastUsed => one.last_used.cmp(&other.last_used),
        };
        first.then_with(|| one.id.cmp(&other.id))
    }
}

/// Which end of an order comes first. Descending is the whole order backwards, ids too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The least first: `a` before `b`, the oldest first.
    #[default]
    Ascending,
    /// The greatest first: `b` before `a`, the newest first.
    Descending,
}
