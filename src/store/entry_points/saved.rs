//! The list of entry points that a store keeps, so that operators can assign them.

use std::collections::BTreeMap;
use std::future::Future;

use super::names::{EntryPoints, InvalidName, checked};
use crate::store::{AdminError, KeyAdmin, KeyRef};

/// An entry point as an application declares it: a name, and the pattern of its route.
///
/// ```
/// use portcullis::store::EntryPoint;
/// let read = EntryPoint::new("orders.read", "/orders/{id}")?;
/// assert_eq!((read.name(), read.pattern()), ("orders.read", "/orders/{id}"));
/// assert_eq!(EntryPoint::unnamed("/health")?.name(), "/health");
/// assert!(EntryPoint::new("two words", "/").is_err());
/// # Ok::<(), portcullis::store::InvalidName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    name: String,
    pattern: String,
}

impl EntryPoint {
    /// An entry point with a name of its own.
    ///
    /// # Errors
    /// When name or pattern is not of 1 to 255 printable ASCII characters without space.
    pub fn new(name: impl Into<String>, pattern: impl Into<String>) -> Result<Self, InvalidName> {
        Ok(Self { name: checked(name.into())?, pattern: checked(pattern.into())? })
    }

    /// An entry point whose name is the pattern of its route.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn unnamed(pattern: impl Into<String>) -> Result<Self, InvalidName> {
        let pattern = checked(pattern.into())?;
        Ok(Self { name: pattern.clone(), pattern })
    }

    /// What keys are limited to.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The pattern of the route, for people to read.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

/// One line of the saved list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedEntryPoint {
    /// The entry point as it was declared last.
    pub entry_point: EntryPoint,
    /// Whether the last list that was saved declares it. What is gone is kept, because
    /// keys may name it.
    pub live: bool,
}

/// What saving a list has changed: names, in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncReport {
    /// New, or declared again after they were gone.
    pub added: Vec<String>,
    /// Declared before with another pattern.
    pub changed: Vec<String>,
    /// Declared until now, and no longer.
    pub gone: Vec<String>,
}

impl SyncReport {
    /// Whether nothing has changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }

    /// What `declared` changes about the list that is `saved`: for whoever writes a store.
    ///
    /// # Errors
    /// [`AdminError::RepeatedEntryPoint`] when two have the same name.
    pub fn compare<'a>(
        saved: impl IntoIterator<Item = &'a SavedEntryPoint>,
        declared: &[EntryPoint],
    ) -> Result<Self, AdminError> {
        let mut wanted = BTreeMap::new();
        for EntryPoint { name, pattern } in declared {
            if wanted.insert(name, pattern).is_some() {
                return Err(AdminError::RepeatedEntryPoint);
            }
        }
        let live = saved.into_iter().filter(|held| held.live).map(|held| &held.entry_point);
        let live: BTreeMap<_, _> = live.map(|held| (&held.name, &held.pattern)).collect();
        let mut report = Self::default();
        for (name, pattern) in &wanted {
            match live.get(name) {
                None => report.added.push((*name).clone()),
                Some(held) if held != pattern => report.changed.push((*name).clone()),
                Some(_) => {}
            }
        }
        let gone = live.into_keys().filter(|name| !wanted.contains_key(name));
        report.gone = gone.cloned().collect();
        Ok(report)
    }

    /// Whether the entry point of this name is to be written as it is declared.
    #[must_use]
    pub fn writes(&self, name: &str) -> bool {
        self.added.iter().chain(&self.changed).any(|written| written == name)
    }
}

impl EntryPoints {
    /// Refuses a name that no live entry point of the list has: for whoever writes a store.
    ///
    /// # Errors
    /// [`AdminError::UnknownEntryPoint`].
    pub fn check_saved<'a>(
        &self,
        saved: impl IntoIterator<Item = &'a SavedEntryPoint>,
    ) -> Result<(), AdminError> {
        let live = saved.into_iter().filter(|held| held.live).map(|held| held.entry_point.name());
        let live: std::collections::BTreeSet<_> = live.collect();
        let known = self.names().is_none_or(|mut names| names.all(|name| live.contains(name)));
        if known { Ok(()) } else { Err(AdminError::UnknownEntryPoint) }
    }
}

/// A key store that also keeps the list of entry points that can be assigned.
///
/// An application declares all of them when it starts; one call saves the list. The list
/// is what operators choose from, and a guard against mistyped names. It does not decide
/// about requests: a key may call what its [`EntryPoints`] name, so a rolling release, in
/// which two versions of an application save two lists in turn, refuses nobody. A store
/// has one list: applications that share keys declare the same.
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{EntryPoint, EntryPointStore, EntryPoints, KeyOwner, KeyRef, NewKey};
/// use portcullis::{KeyAdmin, Realm, Scheme, Timestamp};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let declared = [EntryPoint::new("hello", "/api/hello/")?, EntryPoint::unnamed("/orders/{id}")?];
/// let report = keys.sync_entry_points(&declared).await?;
/// assert_eq!(report.added, ["/orders/{id}", "hello"]);
///
/// let now = Timestamp::from_unix_seconds(0);
/// let issued = keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), now).await?;
/// let key = KeyRef { realm: Realm::default(), id: issued.id };
/// keys.assign_entry_points(&key, EntryPoints::only(["hello"])?).await?;
/// assert!(keys.assign_entry_points(&key, EntryPoints::only(["helo"])?).await.is_err());
/// # Ok(())
/// # }
/// ```
pub trait EntryPointStore: KeyAdmin {
    /// Saves the list that an application declares, in one change: what is new is added,
    /// what is no longer declared is kept and marked as gone.
    ///
    /// # Errors
    /// [`AdminError::RepeatedEntryPoint`] when two have the same name; nothing is saved
    /// then.
    fn sync_entry_points(
        &self,
        declared: &[EntryPoint],
    ) -> impl Future<Output = Result<SyncReport, AdminError>> + Send;

    /// The whole list, with what is gone, in the order of the names' bytes.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn entry_points(&self) -> impl Future<Output = Result<Vec<SavedEntryPoint>, AdminError>> + Send;

    /// Limits a key to `names` and nothing else; from the next request on.
    ///
    /// # Errors
    /// [`AdminError::UnknownEntryPoint`] when a name is not in the list or is gone,
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn assign_entry_points(
        &self,
        key: &KeyRef,
        names: EntryPoints,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(pairs: &[(&str, &str)]) -> Vec<EntryPoint> {
        pairs.iter().map(|(name, pattern)| EntryPoint::new(*name, *pattern).expect("names")).collect()
    }

    #[test]
    fn a_report_tells_added_changed_and_gone_apart() {
        let saved = declared(&[("same", "/s"), ("moved", "/old"), ("gone", "/g"), ("back", "/b")]);
        let saved: Vec<_> = saved
            .into_iter()
            .map(|entry_point| SavedEntryPoint { live: entry_point.name() != "back", entry_point })
            .collect();
        let now = declared(&[("same", "/s"), ("moved", "/new"), ("back", "/b"), ("added", "/a")]);
        let report = SyncReport::compare(&saved, &now).expect("no name twice");
        assert_eq!(report.added, ["added", "back"]);
        assert_eq!((report.changed, report.gone), (vec!["moved".to_owned()], vec!["gone".to_owned()]));
    }

    #[test]
    fn a_name_that_is_declared_twice_is_refused_also_with_the_same_pattern() {
        for second in ["/a", "/b"] {
            let twice = declared(&[("n", "/a"), ("n", second)]);
            assert!(matches!(SyncReport::compare([], &twice), Err(AdminError::RepeatedEntryPoint)));
        }
    }
}
