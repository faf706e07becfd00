//! Refresh tokens and revocations in memory.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Timestamp;
use crate::store::tokens::{KEPT, MOST_NAMES};
use crate::store::{
    FamilyId, MOST_EPOCH, RefreshFamily, RefreshStore, RefreshTurn, Revocation, RevocationName, StoreError,
    TokenDigest, TokenRevocations, Turned,
};

/// How many entries that are past are freed, at most, by the way of writing one.
const SWEEP: usize = 32;

/// Refresh tokens and revocations in memory, bounded. Its clones are the same store.
///
/// * All of it is lost when the process ends: every user logs in again, and *what was revoked
///   works again* until it ends. For revocations that outlive the process, use another store.
/// * A full store is an error, never a forgotten revocation. Families and revocations have a bound
///   each: however many log in, there is room to revoke.
/// * What is past is freed by the way of writing another of its kind, a day after its end: no
///   task, no timer.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::store::memory::MemoryTokenStore;
/// use portcullis::store::{Revocation, RevocationName, TokenRevocations};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let tokens = MemoryTokenStore::new();
/// let (now, end) = (Timestamp::from_unix_seconds(0), Timestamp::from_unix_seconds(900));
/// let name = RevocationName::token("https://issuer.example", "jti-1");
/// tokens.revoke(&name, Revocation::ALL, end, now).await?;
/// assert_eq!(tokens.revoked(&[name], now).await?, [Some(Revocation::ALL)]);
/// # Ok::<(), portcullis::store::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct MemoryTokenStore(Arc<Shared>);

struct Shared {
    tokens: Mutex<Tokens>,
    capacity: usize,
}

#[derive(Default)]
struct Tokens {
    families: HashMap<FamilyId, Held>,
    owners: HashMap<[u8; 32], HashSet<FamilyId>>,
    family_ends: BTreeSet<(Timestamp, FamilyId)>,
    revocations: HashMap<RevocationName, (Revocation, Timestamp)>,
    revocation_ends: BTreeSet<(Timestamp, RevocationName)>,
}

struct Held {
    family: RefreshFamily,
    token: TokenDigest,
    until: Timestamp,
}

impl MemoryTokenStore {
    /// How many families, and how many revocations, are kept unless something else is said.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// An empty store that keeps at most `capacity` families, and as many revocations.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Shared { tokens: Mutex::default(), capacity }))
    }

    /// How many families and revocations are kept, with those that are past and not freed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        let tokens = self.tokens();
        tokens.family_ends.len() + tokens.revocation_ends.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for one more of the kind that `sweep` frees, at most so many, and counts.
    fn make_room(&self, mut sweep: impl FnMut(usize) -> usize) -> Result<(), StoreError> {
        let is_full = |kept: usize| kept >= self.0.capacity;
        if is_full(sweep(SWEEP)) && is_full(sweep(usize::MAX)) {
            crate::trace::event!(warn, capacity = self.0.capacity, "the store of tokens is full");
            return Err(StoreError::Full);
        }
        Ok(())
    }
}

impl Default for MemoryTokenStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Tokens {
    /// Frees families that are past, at most so many; how many are left.
    fn sweep_families(&mut self, now: Timestamp, most: usize) -> usize {
        for _ in 0..most {
            let Some(id) = first_past(&self.family_ends, now) else { break };
            self.family_ends.pop_first();
            self.end(&id);
        }
        self.family_ends.len()
    }

    /// Frees revocations that are past, at most so many; how many are left.
    fn sweep_revocations(&mut self, now: Timestamp, most: usize) -> usize {
        for _ in 0..most {
            let Some(name) = first_past(&self.revocation_ends, now) else { break };
            self.revocations.remove(&name);
            self.revocation_ends.pop_first();
        }
        self.revocation_ends.len()
    }

    fn end(&mut self, id: &FamilyId) -> Option<RefreshFamily> {
        let Held { family, until, .. } = self.families.remove(id)?;
        self.family_ends.remove(&(until, *id));
        let owner = RefreshFamily::owner(&family.issuer, &family.subject);
        if let Some(all) = self.owners.get_mut(&owner) {
            all.remove(id);
            if all.is_empty() {
                self.owners.remove(&owner);
            }
        }
        Some(family)
    }
}

/// The first of what ends, where it ended long ago.
fn first_past<T: Copy>(ends: &BTreeSet<(Timestamp, T)>, now: Timestamp) -> Option<T> {
    let past = now.saturating_sub(Duration::from_micros(KEPT.unsigned_abs()));
    ends.iter().next().filter(|(end, _)| *end < past).map(|(_, what)| *what)
}

impl RefreshStore for MemoryTokenStore {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        family.to_bytes()?;
        let mut tokens = self.tokens();
        self.make_room(|most| tokens.sweep_families(family.began_at, most))?;
        if tokens.families.contains_key(id) {
            return Err(StoreError::unavailable("there is a family of this id"));
        }
        let until = until.min(family.ends_at);
        tokens.family_ends.insert((until, *id));
        let owner = RefreshFamily::owner(&family.issuer, &family.subject);
        tokens.owners.entry(owner).or_default().insert(*id);
        tokens.families.insert(*id, Held { family: family.clone(), token: *token, until });
        Ok(())
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        let mut guard = self.tokens();
        let tokens = &mut *guard;
        let Some(held) = tokens.families.get_mut(&turn.family) else { return Ok(Turned::Unknown) };
        if held.until <= turn.now {
            return Ok(Turned::Expired);
        }
        if held.token != turn.presented {
            return Ok(tokens.end(&turn.family).map_or(Turned::Unknown, Turned::Reused));
        }
        tokens.family_ends.remove(&(held.until, turn.family));
        (held.token, held.until) = (turn.next, turn.until.min(held.family.ends_at));
        tokens.family_ends.insert((held.until, turn.family));
        Ok(Turned::Next(held.family.clone()))
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        Ok(self.tokens().families.get(id).map(|held| held.family.clone()))
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        Ok(self.tokens().end(id).is_some())
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        let mut tokens = self.tokens();
        let all = tokens.owners.remove(&RefreshFamily::owner(issuer, subject)).unwrap_or_default();
        Ok(all.iter().filter_map(|id| tokens.end(id)).count() as u64)
    }
}

impl TokenRevocations for MemoryTokenStore {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if what.least_epoch > MOST_EPOCH {
            return Err(StoreError::unavailable("an epoch is at most 2^53"));
        }
        let mut tokens = self.tokens();
        let held = tokens.revocations.get(name).copied();
        if held.is_none() {
            self.make_room(|most| tokens.sweep_revocations(now, most))?;
        }
        let (mut whole, mut end) = (what, until);
        if let Some((before, kept)) = held {
            tokens.revocation_ends.remove(&(kept, *name));
            (whole, end) = (before.or(what), kept.max(until));
        }
        tokens.revocation_ends.insert((end, *name));
        tokens.revocations.insert(*name, (whole, end));
        Ok(())
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        _: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        if names.len() > MOST_NAMES {
            return Err(StoreError::unavailable("at most 16 names are asked at once"));
        }
        let tokens = self.tokens();
        Ok(names.iter().map(|name| tokens.revocations.get(name).map(|(what, _)| *what)).collect())
    }
}

impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTokenStore").field("capacity", &self.0.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[tokio::test]
    async fn a_full_store_is_an_error_until_something_is_long_past() {
        let store = MemoryTokenStore::with_capacity(2);
        let name = |id: &str| RevocationName::token("i", id);
        store.revoke(&name("a"), Revocation::ALL, at(10), at(0)).await.expect("kept");
        store.revoke(&name("b"), Revocation::ALL, at(20), at(0)).await.expect("kept");
        let full = store.revoke(&name("c"), Revocation::ALL, at(20), at(86_409)).await;
        assert!(matches!(full, Err(StoreError::Full)));
        store
            .revoke(&name("b"), Revocation::before_epoch(1), at(20), at(0))
            .await
            .expect("no room is needed");
        store.revoke(&name("c"), Revocation::ALL, at(90_000), at(86_411)).await.expect("kept");
        let held = store.revoked(&[name("a"), name("b"), name("c")], at(0)).await.expect("an answer");
        assert_eq!(held.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true]);
    }

    #[tokio::test]
    async fn however_many_log_in_there_is_room_to_revoke() {
        let store = MemoryTokenStore::with_capacity(2);
        let login = async |n: u8| {
            let family = RefreshFamily::new("i", "ada", at(0), at(100));
            let digest = TokenDigest::of_secret(&[n], None);
            store.begin(&FamilyId::of_handle("i", &[n]), &family, &digest, at(50)).await
        };
        login(1).await.expect("begun");
        login(2).await.expect("begun");
        assert!(matches!(login(3).await, Err(StoreError::Full)));
        for id in ["a", "b"] {
            let name = RevocationName::token("i", id);
            store.revoke(&name, Revocation::ALL, at(10), at(0)).await.expect("kept");
        }
        assert_eq!(store.len(), 4);
    }

    #[tokio::test]
    async fn a_family_that_is_swept_takes_no_other_out_of_the_count() {
        let store = MemoryTokenStore::new();
        for n in 0..10_u8 {
            let began = at(i64::from(n) * 86_400);
            let family =
                RefreshFamily::new("i", "ada", began, began.saturating_add(Duration::from_secs(100)));
            let digest = TokenDigest::of_secret(&[n], None);
            store
                .begin(&FamilyId::of_handle("i", &[n]), &family, &digest, family.ends_at)
                .await
                .expect("begun");
            let tokens = store.tokens();
            assert_eq!(tokens.families.len(), tokens.family_ends.len(), "{n}");
            assert!(tokens.families.len() <= 3);
        }
    }

    #[tokio::test]
    async fn what_has_ended_leaves_nothing_behind() {
        let store = MemoryTokenStore::new();
        for n in 0..100_u8 {
            let id = FamilyId::of_handle("i", &[n]);
            let family = RefreshFamily::new("i", "ada", at(0), at(100));
            store.begin(&id, &family, &TokenDigest::of_secret(&[n], None), at(50)).await.expect("begun");
        }
        assert!(store.end_family(&FamilyId::of_handle("i", &[7])).await.expect("an answer"));
        assert_eq!(store.end_families_of("i", "ada").await.expect("an answer"), 99);
        let tokens = store.tokens();
        assert!(tokens.families.is_empty() && tokens.owners.is_empty() && tokens.family_ends.is_empty());
    }
}
