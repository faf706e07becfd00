//! Following the changes of other nodes.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::tracker::{Heard, Tracker};
use super::{CachedKeyStore, Shared};
use crate::store::{Change, ChangeFeed, ChangeListener, ChangeMessage, KeyStore, StoreError};

/// How long messages that explain the answer to a poll may take longer than the answer.
const GRACE: Duration = Duration::from_millis(50);
/// The shortest wait between two attempts to listen, and between two polls.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// A poll that takes longer than this, and than the interval, has failed; so has an attempt to
/// listen.
const LONGEST_POLL: Duration = Duration::from_secs(5);

impl<S: KeyStore + ChangeFeed> CachedKeyStore<S> {
    /// Follows the changes of other nodes until the last clone of this store is gone: spawn
    /// it. It needs tokio's timers.
    ///
    /// It listens to the store's messages and forgets what each of them names, and it polls
    /// the number of the last change. A number that no message explains ends every answer.
    /// Each poll that succeeds confirms those that are left, so that they live for their
    /// whole TTL; without one, they live for `max_stale`. A connection that breaks is made
    /// anew, and the store is polled at once for what was missed.
    ///
    /// Spawn it once: twice is no error, only twice the work.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// use portcullis::store::cached::CachedKeyStore;
    /// use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("keys.db");
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let store: SqliteKeyStore = SqliteKeyStore::connect(path, MasterKey::generate()?).await?;
    /// store.migrate().await?;
    /// let keys = CachedKeyStore::new(store);
    /// tokio::spawn(keys.follow());
    /// # keys.poll_once().await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn follow(&self) -> impl Future<Output = ()> + Send + 'static + use<S> {
        let shared = Arc::downgrade(&self.shared);
        async move {
            let mut polling = pin!(poll_again(Weak::clone(&shared)));
            let mut listening = pin!(listen_again(shared));
            poll_fn(|cx| {
                // Both always wait for something, so neither keeps the other from its turn.
                let listening = listening.as_mut().poll(cx).is_ready();
                let polling = polling.as_mut().poll(cx).is_ready();
                if listening || polling { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Asks the store for the number of its last change, once; if it is not the one that
    /// was known, every answer ends, and otherwise they are confirmed. This is what a
    /// program calls from time to time that cannot spawn [`follow`](Self::follow).
    ///
    /// # Errors
    /// When the store cannot answer. Nothing is forgotten then, and nothing confirmed.
    pub async fn poll_once(&self) -> Result<(), StoreError> {
        self.shared.poll(Duration::ZERO).await
    }
}

impl<S: KeyStore> CachedKeyStore<S> {
    /// Forgets what a message names, or everything where a message before it was missed.
    /// [`follow`](Self::follow) does this with the messages of the store; this is for
    /// programs with a bus of their own.
    pub fn hear(&self, message: &ChangeMessage) {
        self.shared.hear(message);
    }
}

impl<S: KeyStore> Shared<S> {
    fn tracker(&self) -> MutexGuard<'_, Tracker> {
        self.tracker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, message: &ChangeMessage) {
        let mut tracker = self.tracker();
        match tracker.message(message.number) {
            Heard::Complete => self.validity.forget(&message.change),
            Heard::Gap => self.validity.forget(&Change::Everything),
        }
    }
}

impl<S: KeyStore + ChangeFeed> Shared<S> {
    async fn poll(&self, grace: Duration) -> Result<(), StoreError> {
        let begun = self.validity.now();
        let poll = self.tracker().begin(begun);
        let number = self.store.change_number().await?;
        if !grace.is_zero() && self.tracker().is_behind(number) {
            sleep(grace).await;
        }
        let mut tracker = self.tracker();
        if tracker.answered(poll, number) == Heard::Gap {
            self.validity.forget(&Change::Everything);
        }
        self.validity.confirm(poll.at);
        drop(tracker);
        Ok(())
    }

    /// A poll that fails, or takes too long, decides nothing: what is cached lives on until
    /// `max_stale`.
    async fn try_poll(&self, grace: Duration) {
        let patience = self.settings.poll_interval.max(LONGEST_POLL);
        let _undecided = timeout(patience, self.poll(grace)).await;
    }
}

/// Polls, until nobody has the store any more.
async fn poll_again<S: KeyStore + ChangeFeed>(shared: Weak<Shared<S>>) {
    while let Some(held) = shared.upgrade() {
        let interval = held.settings.poll_interval.max(SHORTEST_INTERVAL);
        held.try_poll(GRACE).await;
        drop(held);
        sleep(interval).await;
    }
}

/// Listens, and listens again when the connection is lost.
async fn listen_again<S: KeyStore + ChangeFeed>(shared: Weak<Shared<S>>) {
    let mut wait = SHORTEST_WAIT;
    while let Some(held) = shared.upgrade() {
        let longest = held.settings.poll_interval.max(SHORTEST_WAIT);
        let listener = timeout(LONGEST_POLL, held.store.listen()).await;
        if let Ok(Ok(mut listener)) = listener {
            wait = SHORTEST_WAIT;
            // What came into force before there was a listener. No message will explain it,
            // and those that come meanwhile are not to wait.
            held.try_poll(Duration::ZERO).await;
            drop(held);
            while let Ok(message) = listener.next().await {
                let Some(held) = shared.upgrade() else { return };
                held.hear(&message);
            }
            // What was on its way when the connection was lost.
            let Some(held) = shared.upgrade() else { return };
            held.try_poll(Duration::ZERO).await;
        }
        sleep(wait).await;
        wait = wait.saturating_mul(2).min(longest);
    }
}
