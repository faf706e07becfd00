//! What was changed about a key.

use std::sync::Arc;

use crate::store::{EntryPoints, KeyOwner, KeyRef, Networks};
use crate::{Scheme, Timestamp};

/// A change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyChange {
    /// When.
    pub at: Timestamp,
    /// Who did it, where that was said.
    pub by: Option<Arc<str>>,
    /// The key.
    pub key: KeyRef,
    /// The scheme, where the change names it: when a key is issued.
    pub scheme: Option<Scheme>,
    /// The owner as it was asked for, where the change names it: when a key is issued.
    pub owner: Option<KeyOwner>,
}

/// What a key is limited to now; without a list, it is not limited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyLimit {
    /// The entry points that it may call; none where it may call every one.
    EntryPoints(Option<Vec<String>>),
    /// The networks that it may be used from, each behind `allow ` or `deny `; none where
    /// that does not matter.
    Networks(Option<Vec<String>>),
}

impl From<&EntryPoints> for KeyLimit {
    fn from(entry_points: &EntryPoints) -> Self {
        Self::EntryPoints(entry_points.names().map(|names| names.map(str::to_owned).collect()))
    }
}

impl From<&Networks> for KeyLimit {
    fn from(networks: &Networks) -> Self {
        let allowed = networks.allowed().iter().map(|network| format!("allow {network}"));
        let denied = networks.denied().iter().map(|network| format!("deny {network}"));
        Self::Networks((!networks.is_any()).then(|| allowed.chain(denied).collect()))
    }
}

impl KeyChange {
    /// A change of `key` by nobody in particular.
    #[must_use]
    pub const fn new(at: Timestamp, key: KeyRef) -> Self {
        Self { at, by: None, key, scheme: None, owner: None }
    }

    /// Sets who did it.
    #[must_use]
    pub fn with_by(mut self, by: Option<Arc<str>>) -> Self {
        self.by = by;
        self
    }

    /// Sets the scheme and the owner of a key that was issued.
    #[must_use]
    pub fn with_issued(mut self, scheme: Scheme, owner: KeyOwner) -> Self {
        (self.scheme, self.owner) = (Some(scheme), Some(owner));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_tells_no_list_and_an_empty_one_apart() {
        assert_eq!(KeyLimit::from(&EntryPoints::any()), KeyLimit::EntryPoints(None));
        let none = EntryPoints::only([]).expect("no pattern");
        assert_eq!(KeyLimit::from(&none), KeyLimit::EntryPoints(Some(Vec::new())));
    }
}
