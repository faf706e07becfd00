//! When keys were used last, gathered and written in batches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use super::{AdminError, KeyAdmin, KeyRef};
use crate::Timestamp;
use crate::shards::Shards;
use crate::trace::event;

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
    shards: Shards<HashMap<KeyRef, Timestamp>>,
    capacity: usize,
    length: AtomicUsize,
    /// Whether a use was not noted since the last flush.
    dropped: AtomicBool,
}

impl LastUses {
    /// Nothing noted yet; of at most `capacity` keys at a time.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            shards: Shards::default(),
            capacity,
            length: AtomicUsize::new(0),
            dropped: AtomicBool::new(false),
        }))
    }

    /// Notes that a key was used; an earlier use than the one that is noted changes nothing.
    pub fn note(&self, key: KeyRef, at: Timestamp) {
        let mut uses = self.0.shards.of(&key);
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
        for mut uses in self.0.shards.each() {
            let shard = std::mem::take(&mut *uses);
            self.0.length.fetch_sub(shard.len(), Ordering::Relaxed);
            drop(uses);
            taken.extend(shard);
        }
        taken
    }
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

#[cfg(test)]
#[cfg(feature = "memory")]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{StoreError, StoredPrincipal, forward, forward_keys};
    use crate::{Clock, FrozenClock, KeyId, Realm};

    /// Keeps what is written, and may fail or never end.
    struct Counting<S> {
        store: S,
        batches: Mutex<Vec<Vec<(KeyRef, Timestamp)>>>,
        fails: AtomicBool,
        hangs: AtomicBool,
    }

    forward_keys!(Counting, self => self.store);

    impl<S: KeyAdmin> KeyAdmin for Counting<S> {
        forward! { self => self.store;
            add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active issue issue_all
            rotate revoke set_enabled edit assign_networks find_key list
        }

        async fn record_uses(&self, uses: &[(KeyRef, Timestamp)]) -> Result<(), AdminError> {
            if self.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if self.fails.load(Ordering::SeqCst) {
                return Err(StoreError::Full.into());
            }
            self.batches.lock().expect("batches").push(uses.to_vec());
            self.store.record_uses(uses).await
        }
    }

    fn counting() -> Counting<MemoryKeyStore<StoredPrincipal>> {
        let (batches, fails, hangs) = Default::default();
        Counting { store: MemoryKeyStore::new(), batches, fails, hangs }
    }

    fn key(id: impl Into<KeyId>) -> KeyRef {
        KeyRef { realm: Realm::default(), id: id.into() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    /// The batches so far, as seconds of each key.
    fn written<S>(store: &Counting<S>) -> Vec<Vec<(String, i64)>> {
        let plain = |(key, at): &(KeyRef, Timestamp)| (key.id.to_string(), at.as_unix_seconds());
        let batches = store.batches.lock().expect("batches");
        batches.iter().map(|batch| batch.iter().map(plain).collect()).collect()
    }

    #[tokio::test]
    async fn a_hundred_thousand_uses_of_one_key_are_one_write_an_interval() {
        let (store, clock) = (counting(), FrozenClock::at(at(0)));
        let uses = LastUses::new(10);
        for _ in 0..3 {
            for _ in 0..100_000 {
                clock.advance(Duration::from_micros(600));
                uses.note(key("k"), clock.now());
            }
            assert_eq!(uses.flush(&store).await.expect("written"), 1);
            assert_eq!(uses.flush(&store).await.expect("written"), 0);
        }
        let one = |seconds| vec![("k".to_owned(), seconds)];
        assert_eq!(written(&store), [one(60), one(120), one(180)]);
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_written_the_next_time_and_the_latest_use_stands() {
        let (store, uses) = (counting(), LastUses::new(10));
        store.fails.store(true, Ordering::SeqCst);
        ["a", "b"].into_iter().for_each(|id| uses.note(key(id), at(5)));
        assert!(uses.flush(&store).await.is_err());
        assert_eq!(uses.len(), 2);
        [("a", 9), ("b", 3)].into_iter().for_each(|(id, second)| uses.note(key(id), at(second)));
        store.fails.store(false, Ordering::SeqCst);
        assert_eq!(uses.flush(&store).await.expect("written"), 2);
        let mut batches = written(&store);
        batches.iter_mut().for_each(|batch| batch.sort());
        assert_eq!(batches, [[("a".to_owned(), 9), ("b".to_owned(), 5)]]);
        assert!(uses.is_empty());
    }

    #[tokio::test]
    async fn a_flush_that_is_given_up_loses_nothing() {
        let (store, uses) = (counting(), LastUses::new(10));
        uses.note(key("a"), at(5));
        store.hangs.store(true, Ordering::SeqCst);
        {
            let mut flush = Box::pin(uses.flush(&store));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(flush.as_mut().poll(&mut context).is_pending());
            assert!(uses.is_empty(), "it is on its way");
        }
        store.hangs.store(false, Ordering::SeqCst);
        assert_eq!(uses.flush(&store).await.expect("written"), 1);
    }

    #[tokio::test]
    async fn no_more_keys_than_fit_are_held_and_those_that_are_stay_current() {
        let (store, uses) = (counting(), LastUses::new(2));
        for id in ["a", "b", "c"] {
            uses.note(key(id), at(1));
        }
        uses.note(key("a"), at(2));
        assert_eq!(uses.flush(&store).await.expect("written"), 2);
        assert!(written(&store).iter().flatten().any(|entry| *entry == ("a".to_owned(), 2)));
        uses.note(key("c"), at(3));
        assert_eq!(uses.flush(&store).await.expect("written"), 1);
    }

    #[tokio::test]
    async fn it_writes_at_each_tick_and_once_more_when_it_is_told_to_stop() {
        let (store, uses) = (Arc::new(counting()), LastUses::new(10));
        let (tick, stop) = (Arc::new(tokio::sync::Semaphore::new(0)), Arc::new(tokio::sync::Notify::new()));
        let (ticks, stopped) = (Arc::clone(&tick), Arc::clone(&stop));
        let next = move || {
            let ticks = Arc::clone(&ticks);
            async move { ticks.acquire().await.expect("open").forget() }
        };
        let mut running =
            Box::pin(uses.clone().run(Arc::clone(&store), next, async move { stopped.notified().await }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for second in [1, 2] {
            uses.note(key("a"), at(second));
            assert!(running.as_mut().poll(&mut context).is_pending());
            assert_eq!(written(&store).len() as i64, second - 1, "it waits for the tick");
            tick.add_permits(1);
            assert!(running.as_mut().poll(&mut context).is_pending());
        }
        uses.note(key("a"), at(3));
        stop.notify_one();
        running.await;
        let seconds: Vec<i64> = written(&store).into_iter().flatten().map(|(_, seconds)| seconds).collect();
        assert_eq!(seconds, [1, 2, 3]);
    }
}
