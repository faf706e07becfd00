//! Claims in memory.

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use super::uniform::Uniform;
use crate::Timestamp;
use crate::shards::Shards;
use crate::store::{Claim, NonceStore, StoreError};

/// The bytes of a claim that are hashed without allocating; longer ones may come.
const ROOM: usize = 192;
/// How wide a bucket is, in microseconds.
const WIDTH: i64 = 60 * 1_000_000;
/// How many claims that are past are freed, at most, by the way of making one.
const SWEEP: usize = 32;

/// Claims in memory, bounded. Its clones are the same store.
///
/// * A claim is kept until the minute of its `until` is past, and costs about 80 bytes;
///   what is past is freed by the way, on later claims: no task, no timer.
/// * A full store is an error, never a forgotten claim: the request becomes a 503.
/// * When the clock goes back, no live claim is freed, and no claim is taken whose
///   `until` lies in the time that was swept already: it may have been made before.
/// * A claim is kept as 64 bits of a keyed hash. Two claims that meet there would be
///   taken for one, which refuses a request; it never lets one through twice.
///
/// ```
/// use portcullis::store::{Claim, NonceStore, memory::MemoryNonceStore};
/// use portcullis::{KeyId, Realm, Scheme, Timestamp};
/// let nonces = MemoryNonceStore::new();
/// let (realm, key) = (Realm::default(), KeyId::from("k"));
/// let (now, until) = (Timestamp::from_unix_seconds(0), Timestamp::from_unix_seconds(600));
/// let claim = Claim::new(&realm, Scheme::XAuth, &key, b"once", until, now);
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert!(nonces.claim(&claim).await?);
/// assert!(!nonces.claim(&claim).await?);
/// # Ok::<(), portcullis::store::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct MemoryNonceStore(Arc<Shared>);

struct Shared {
    shards: Shards<Claims>,
    hasher: RandomState,
    capacity: usize,
    length: AtomicUsize,
    /// The latest moment whose claims may have been freed.
    floor: AtomicI64,
}

#[derive(Default)]
struct Claims {
    until: HashMap<u64, Timestamp, Uniform>,
    /// The claims of each minute, by the number of the minute.
    buckets: BTreeMap<i64, Vec<u64>>,
}

impl MemoryNonceStore {
    /// How many claims are kept unless something else is said.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// An empty store that keeps at most `capacity` claims.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            shards: Shards::default(),
            hasher: RandomState::new(),
            capacity,
            length: AtomicUsize::new(0),
            floor: AtomicI64::new(i64::MIN),
        }))
    }

    /// How many claims are kept, with those that are past and not freed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.length.load(Ordering::Relaxed)
    }

    /// Whether no claim is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl NonceStore for MemoryNonceStore {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        let hash = self.0.hash(claim);
        match self.0.try_claim(hash, claim) {
            Err(StoreError::Full) => {
                self.0.sweep_all(claim.now);
                self.0.try_claim(hash, claim).inspect_err(|_| {
                    crate::trace::event!(warn, capacity = self.0.capacity, "the nonce store is full");
                })
            }
            answer => answer,
        }
    }
}

impl Shared {
    /// 64 bits that stand for the claim.
    fn hash(&self, claim: &Claim<'_>) -> u64 {
        let mut room = [0; ROOM];
        let mut rest = room.as_mut_slice();
        if claim.frame(&mut rest).is_ok() {
            let length = ROOM - rest.len();
            return self.hash_bytes(room.get(..length).unwrap_or_default());
        }
        let mut bytes = Vec::new();
        // A vector takes everything.
        let _ = claim.frame(&mut bytes);
        self.hash_bytes(&bytes)
    }

    fn hash_bytes(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }

    fn try_claim(&self, hash: u64, claim: &Claim<'_>) -> Result<bool, StoreError> {
        let mut claims = self.shards.at(hash);
        self.sweep(&mut claims, claim.now, SWEEP);
        let late = claim.until.as_unix_micros() <= self.floor.load(Ordering::SeqCst);
        if late || claim.until < claim.now {
            return Ok(false);
        }
        match claims.until.entry(hash) {
            Entry::Occupied(held) if *held.get() >= claim.now => return Ok(false),
            Entry::Occupied(mut past) => {
                past.insert(claim.until);
            }
            Entry::Vacant(free) => {
                self.take_room()?;
                free.insert(claim.until);
            }
        }
        claims.buckets.entry(bucket(claim.until)).or_default().push(hash);
        Ok(true)
    }

    fn take_room(&self) -> Result<(), StoreError> {
        let room = |length| (length < self.capacity).then_some(length + 1);
        let taken = self.length.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room);
        taken.map(drop).map_err(|_| StoreError::Full)
    }

    fn sweep_all(&self, now: Timestamp) {
        for mut claims in self.shards.each() {
            self.sweep(&mut claims, now, usize::MAX);
        }
    }

    /// Frees at most `limit` claims of minutes that are past.
    fn sweep(&self, claims: &mut Claims, now: Timestamp, mut limit: usize) {
        let current = bucket(now);
        while limit > 0
            && let Some(mut oldest) = claims.buckets.first_entry()
            && *oldest.key() < current
        {
            // The floor rises first: whoever finds a claim gone finds it raised.
            self.floor.fetch_max(current.saturating_mul(WIDTH).saturating_sub(1), Ordering::SeqCst);
            let minute = *oldest.key();
            let Some(hash) = oldest.get_mut().pop() else {
                oldest.remove();
                continue;
            };
            limit -= 1;
            // A claim that was made again since is in a later bucket too.
            match claims.until.entry(hash) {
                Entry::Occupied(held) if bucket(*held.get()) == minute => {
                    held.remove();
                    self.length.fetch_sub(1, Ordering::Relaxed);
                }
                _ => {}
            }
        }
    }
}

fn bucket(moment: Timestamp) -> i64 {
    moment.as_unix_micros().div_euclid(WIDTH)
}

impl Default for MemoryNonceStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryNonceStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, capacity) = (self.len(), self.0.capacity);
        f.debug_struct("MemoryNonceStore").field("len", &length).field("capacity", &capacity).finish()
    }
}
