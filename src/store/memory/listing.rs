//! Pages of keys in memory.

use std::ops::Bound;

use super::directory::Directory;
use crate::store::{AdminError, Direction, KeyQuery, KeyRef, KeySort, KeySummary};
use crate::{KeyId, Timestamp};

impl<P> Directory<P> {
    /// Keys that a query selects. In the order of their ids they are as they are kept; for another
    /// order, all that the query selects are sorted.
    pub(super) fn page(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        let (from, until) = match (query.sort, query.direction, &query.after) {
            (KeySort::Id, Direction::Ascending, Some(after)) => (Some(after), None),
            (KeySort::Id, Direction::Descending, Some(after)) => (None, Some(after)),
            _ => (None, None),
        };
        let name = |id: &KeyId| (query.realm.clone(), id.clone());
        let start =
            from.map_or_else(|| Bound::Included(name(&KeyId::from(""))), |id| Bound::Excluded(name(id)));
        let end = until.map_or(Bound::Unbounded, |id| Bound::Excluded(name(id)));
        let of_realm = self.keys.range((start, end)).map(|(_, entry)| &entry.summary);
        let of_realm = of_realm.take_while(|key| key.realm == query.realm);
        let mut fitting = of_realm.filter(|key| query.selects(key, now));
        if (query.sort, query.direction) == (KeySort::Id, Direction::Ascending) {
            return Ok(fitting.take(query.limit).cloned().collect());
        }
        let mut all: Vec<_> = match &query.after {
            Some(after) if query.sort != KeySort::Id => {
                let after = KeyRef { realm: query.realm.clone(), id: after.clone() };
                let after = self.summary(&after).ok_or(AdminError::UnknownKey)?;
                fitting.filter(|key| query.compare(after, key).is_lt()).collect()
            }
            _ => fitting.by_ref().collect(),
        };
        all.sort_unstable_by(|one, other| query.compare(one, other));
        Ok(all.into_iter().take(query.limit).cloned().collect())
    }
}
