//! Looking for keys that are limited to an entry point.

use crate::console::reply::Failure;
use crate::console::store::Store;
use crate::store::{KeyQuery, KeyState, KeySummary};
use crate::{KeyId, Realm, Timestamp};

/// How many keys a page shows.
const PAGE: usize = 100;
/// How many are looked at for one page, at most.
const MOST_LOOKED_AT: usize = 2_000;
/// How many the store is asked for at a time.
const BATCH: usize = 500;

/// The keys of one page.
pub(super) struct Found {
    /// Those that are limited to the entry point, perhaps among others.
    pub(super) limited: Vec<KeySummary>,
    /// How many may call everything.
    pub(super) unlimited: usize,
    /// How many were looked at that are not revoked.
    pub(super) looked_at: usize,
    /// The last one, where there are more behind it.
    pub(super) next: Option<KeyId>,
}

/// The keys behind `after` that are limited to `name`. Revoked ones may call nothing.
pub(super) async fn keys(
    store: &Store,
    realm: &Realm,
    name: &str,
    after: Option<KeyId>,
    now: Timestamp,
) -> Result<Found, Failure> {
    let mut found = Found { limited: Vec::new(), unlimited: 0, looked_at: 0, next: after };
    let mut read = 0;
    loop {
        let query = KeyQuery::new(realm.clone()).with_limit(BATCH).after(found.next.clone());
        let page = store.list(&query, now).await?;
        let (count, full) = (page.len(), page.len() >= BATCH);
        for (at, key) in (1..).zip(page) {
            found.next = Some(key.id.clone());
            if key.state == KeyState::Revoked {
                continue;
            }
            found.looked_at += 1;
            if key.entry_points.names().is_none() {
                found.unlimited += 1;
            } else if key.entry_points.allow(name) {
                found.limited.push(key);
            }
            if found.limited.len() == PAGE {
                found.next = found.next.filter(|_| full || at < count);
                return Ok(found);
            }
        }
        read += count;
        if !full || read >= MOST_LOOKED_AT {
            found.next = found.next.filter(|_| full);
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scheme;
    use crate::console::store::Source;
    use crate::store::StoredPrincipal;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{EntryPoint, EntryPointStore, EntryPoints, KeyAdmin, KeyOwner, KeyRef, NewKey};

    const NOW: Timestamp = Timestamp::from_unix_seconds(0);

    /// Every tenth key is limited to `a`, and every other tenth to `b`.
    async fn store(count: usize) -> Source {
        let store: MemoryKeyStore<StoredPrincipal> = MemoryKeyStore::new();
        let declared = ["a", "b"].map(|name| EntryPoint::unnamed(name).expect("a name"));
        store.sync_entry_points(&declared).await.expect("saved");
        for number in 0..count {
            let new =
                NewKey::new(Scheme::QuerySignature, KeyOwner::default()).with_id(format!("k{number:05}"));
            let new = match number % 10 {
                0 => new.with_entry_points(EntryPoints::only(["a"]).expect("names")),
                5 => new.with_entry_points(EntryPoints::only(["b"]).expect("names")),
                _ => new,
            };
            drop(store.issue(new, NOW).await.expect("issued"));
        }
        let revoked = KeyRef { realm: Realm::default(), id: "k00000".into() };
        store.revoke(&revoked, "test", NOW).await.expect("revoked");
        Source::new(store)
    }

    #[tokio::test]
    async fn every_key_with_the_limit_is_found_once_and_the_others_are_counted() {
        let store = store(2_600).await;
        let (mut ids, mut unlimited, mut looked_at, mut after) = (Vec::new(), 0, 0, None);
        let mut pages = 0;
        loop {
            let page = keys(&store, &Realm::default(), "a", after, NOW).await.expect("a page");
            assert!(page.limited.len() <= PAGE && page.looked_at <= MOST_LOOKED_AT);
            ids.extend(page.limited.iter().map(|key| key.id.as_str().to_owned()));
            (unlimited, looked_at, pages) =
                (unlimited + page.unlimited, looked_at + page.looked_at, pages + 1);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let wanted: Vec<_> = (1..260).map(|number| format!("k{:05}", number * 10)).collect();
        assert_eq!((ids, unlimited, looked_at, pages), (wanted, 2_080, 2_599, 3));
    }

    #[tokio::test]
    async fn no_more_than_so_many_are_looked_at() {
        let store = store(2_600).await;
        let first = keys(&store, &Realm::default(), "none", None, NOW).await.expect("a page");
        assert_eq!((first.limited.len(), first.looked_at), (0, 1_999));
        assert_eq!(first.next.as_ref().map(KeyId::as_str), Some("k01999"));
        let second = keys(&store, &Realm::default(), "none", first.next, NOW).await.expect("a page");
        assert_eq!((second.looked_at, second.next), (600, None));
    }
}
