//! When keys were used last, gathered and written in batches.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::BuildHasher;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use super::{AdminError, KeyAdmin, KeyRef};
use crate::Timestamp;
use crate::trace::event;

const SHARDS: usize = 16;

/// When keys were used last, until it is written: off the path of requests, and once for
/// each key however often it was used. Its clones are the same.
///
/// * Noting a use takes one lock of 16 for as long as it takes to look a key up.
/// * [`flush`](Self::flush) writes all that was noted in one
///   [`record_uses`](KeyAdmin::record_uses). What cannot be written stays for the next time.
/// * At most `capacity` keys are held. The uses of others are not noted until the next flush,
///   which is logged; a key that is in use comes again.
/// * A process that is killed loses what was not flushed: a key looks unused for one interval
///   longer than it was.
///
/// ```
/// use portcullis::store::{KeyAdmin, KeyOwner, KeyRef, LastUses, NewKey, memory::MemoryKeyStore};
/// use portcullis::{Realm, Scheme, Timestamp};
/// let (keys, uses): (MemoryKeyStore, _) = (MemoryKeyStore::new(), LastUses::new(10_000));
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let issued = keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), now).await?;
/// let key = KeyRef { realm: Realm::default(), id: issued.id.clone() };
/// uses.note(key.clone(), now);
/// assert_eq!(uses.flush(&keys).await?, 1);
/// assert_eq!(keys.find_key(&key).await?.and_then(|summary| summary.last_used), Some(now));
/// # Ok::<(), portcullis::store::AdminError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LastUses(Arc<Shared>);

struct Shared {
    shards: [Shard; SHARDS],
    hasher: RandomState,
    capacity: usize,
    length: AtomicUsize,
    /// Whether a use was not noted since the last flush.
    dropped: AtomicBool,
}

/// Aligned so that two shards do not share a cache line.
#[repr(align(128))]
#[derive(Default)]
struct Shard(Mutex<HashMap<KeyRef, Timestamp>>);

impl LastUses {
    /// Nothing noted yet; of at most `capacity` keys at a time.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            shards: std::array::from_fn(|_| Shard::default()),
            hasher: RandomState::new(),
            capacity,
            length: AtomicUsize::new(0),
            dropped: AtomicBool::new(false),
        }))
    }

    /// Notes that a key was used; an earlier use than the one that is noted changes nothing.
    pub fn note(&self, key: KeyRef, at: Timestamp) {
        let mut uses = self.0.shard(&key);
        match uses.entry(key) {
            Entry::Occupied(mut held) => {
                let latest = at.max(*held.get());
                held.insert(latest);
            }
            Entry::Vacant(free) => {
                let room = |length| (length < self.0.capacity).then_some(length + 1);
                match self.0.length.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room) {
                    Ok(_) => {
                        free.insert(at);
                    }
                    Err(_) => self.0.dropped.store(true, Ordering::Relaxed),
                }
            }
        }
    }

    /// Of how many keys a use is noted that is not written yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.length.load(Ordering::Relaxed)
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes what was noted to `store`, and says of how many keys. Where there is nothing to
    /// write, the store is not asked.
    ///
    /// # Errors
    /// When the store cannot be written. What was to be written is noted again, also when
    /// the future is dropped before it has ended.
    pub async fn flush<S: KeyAdmin>(&self, store: &S) -> Result<usize, AdminError> {
        if self.0.dropped.swap(false, Ordering::Relaxed) {
            event!(
                warn,
                capacity = self.0.capacity,
                "more keys were in use than are noted: some uses are not"
            );
        }
        let mut batch = Batch { uses: self, taken: self.take() };
        if batch.taken.is_empty() {
            return Ok(0);
        }
        store.record_uses(&batch.taken).await?;
        Ok(std::mem::take(&mut batch.taken).len())
    }

    /// Flushes whenever the future that `tick` makes is ready, until `stop` is; then once
    /// more. Errors are logged, and the next time it is tried again. For a task of its own,
    /// with the timer of whatever runtime there is:
    ///
    /// ```
    /// # use portcullis::store::{LastUses, memory::MemoryKeyStore};
    /// # use std::time::Duration;
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let uses = LastUses::new(100_000);
    /// let (shutdown, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let minute = || tokio::time::sleep(Duration::from_secs(60));
    /// let writing = tokio::spawn(uses.clone().run(keys, minute, async { drop(stopped.await) }));
    /// // AuthLayer::new(..).with_last_use(uses), and at the end:
    /// drop(shutdown);
    /// writing.await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn run<S, T>(self, store: S, mut tick: impl FnMut() -> T, stop: impl Future<Output = ()>)
    where
        S: KeyAdmin,
        T: Future<Output = ()>,
    {
        let mut stop = pin!(stop);
        let mut stopped = false;
        while !stopped {
            {
                let mut tick = pin!(tick());
                stopped = poll_fn(|cx| {
                    if stop.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(true);
                    }
                    tick.as_mut().poll(cx).map(|()| false)
                })
                .await;
            }
            if let Err(error) = self.flush(&store).await {
                event!(error, source = %error, keys = self.len(), "the last uses of keys cannot be written");
                let _ = error;
            }
        }
    }

    /// Everything that was noted, shard by shard.
    fn take(&self) -> Vec<(KeyRef, Timestamp)> {
        let mut taken = Vec::new();
        for shard in &self.0.shards {
            let mut uses = lock(shard);
            let shard = std::mem::take(&mut *uses);
            self.0.length.fetch_sub(shard.len(), Ordering::Relaxed);
            drop(uses);
            taken.extend(shard);
        }
        taken
    }
}

impl Shared {
    fn shard(&self, key: &KeyRef) -> MutexGuard<'_, HashMap<KeyRef, Timestamp>> {
        let [number, ..] = self.hasher.hash_one(key).to_be_bytes();
        match self.shards.get(usize::from(number) % SHARDS) {
            Some(shard) => lock(shard),
            None => unreachable!("there is a shard for every remainder"),
        }
    }
}

fn lock(shard: &Shard) -> MutexGuard<'_, HashMap<KeyRef, Timestamp>> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Uses on their way to the store, which are noted again unless they arrive.
struct Batch<'a> {
    uses: &'a LastUses,
    taken: Vec<(KeyRef, Timestamp)>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for (key, at) in std::mem::take(&mut self.taken) {
            self.uses.note(key, at);
        }
    }
}

impl fmt::Debug for LastUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, capacity) = (self.len(), self.0.capacity);
        f.debug_struct("LastUses").field("len", &length).field("capacity", &capacity).finish()
    }
}
