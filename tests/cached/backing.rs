//! A store that counts what it is asked, numbers its changes, and can be held up, cut off or
//! taken down.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use portcullis::store::cached::{CacheSettings, CachedKeyStore};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    Change, ChangeFeed, ChangeListener, ChangeMessage, KeyDigest, KeyHandle, KeyHasher, KeyOwner, KeyRecord,
    KeyRef, NewKey, RoleStore, SiteDirectory, StoreError, StoredPrincipal, UserRights,
};
use portcullis::{
    AccountId, FrozenClock, KeyAdmin, KeyId, KeyStore, Realm, Scheme, Secret, SiteId, Timestamp,
};
use tokio::sync::{Semaphore, broadcast, watch};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

pub(crate) type Record = Arc<KeyRecord<StoredPrincipal>>;
pub(crate) type Cached = CachedKeyStore<Backing>;

/// Clones are the same store, as another node would see it.
#[derive(Clone)]
pub(crate) struct Backing(Arc<Inner>);

struct Inner {
    keys: MemoryKeyStore,
    asked: AtomicUsize,
    polled: AtomicUsize,
    down: AtomicBool,
    held: AtomicBool,
    /// Whoever is held up waits here, with its answer in hand.
    gate: Semaphore,
    number: AtomicU64,
    bus: broadcast::Sender<ChangeMessage>,
    /// Changes when connections break.
    connections: watch::Sender<u64>,
}

impl Backing {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            keys: MemoryKeyStore::new(),
            asked: AtomicUsize::new(0),
            polled: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            held: AtomicBool::new(false),
            gate: Semaphore::new(0),
            number: AtomicU64::new(0),
            bus: broadcast::channel(64).0,
            connections: watch::channel(0).0,
        }))
    }

    /// The keys, to be changed as another node changes them.
    pub(crate) fn keys(&self) -> &MemoryKeyStore {
        &self.0.keys
    }

    /// How often it was asked for anything but a number.
    pub(crate) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn polled(&self) -> usize {
        self.0.polled.load(Ordering::SeqCst)
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    /// From now on, whoever asks waits with its answer.
    pub(crate) fn hold(&self) {
        self.0.held.store(true, Ordering::SeqCst);
    }

    /// Lets everybody go who waits or comes.
    pub(crate) fn release(&self) {
        self.0.held.store(false, Ordering::SeqCst);
        self.0.gate.add_permits(10_000);
    }

    /// Numbers a change that was made, and tells nobody.
    pub(crate) fn count(&self) -> u64 {
        self.0.number.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Numbers a change that was made, and tells whoever listens.
    pub(crate) fn tell(&self, change: Change) -> u64 {
        let number = self.count();
        // An error means that nobody listens.
        let _listeners = self.0.bus.send(ChangeMessage { number, change });
        number
    }

    pub(crate) fn set_back(&self, number: u64) {
        self.0.number.store(number, Ordering::SeqCst);
    }

    /// How many listen now.
    pub(crate) fn listeners(&self) -> usize {
        self.0.bus.receiver_count()
    }

    /// Breaks the connection of everybody who listens.
    pub(crate) fn break_connections(&self) {
        self.0.connections.send_modify(|broken| *broken += 1);
    }

    async fn answer<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let answer = answer.await;
        if self.0.held.load(Ordering::SeqCst) {
            self.0.gate.acquire().await.expect("a gate").forget();
        }
        self.reach()?;
        answer
    }

    fn reach(&self) -> Result<(), StoreError> {
        if self.0.down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable(io::Error::other("the store was taken down")));
        }
        Ok(())
    }
}

impl KeyStore for Backing {
    type Principal = StoredPrincipal;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Record>, StoreError> {
        self.answer(self.0.keys.find(handle)).await
    }
}

impl RoleStore for Backing {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        self.answer(self.0.keys.rights_of(user)).await
    }
}

impl SiteDirectory for Backing {
    async fn account_of_site(&self, site: &SiteId) -> Result<Option<AccountId>, StoreError> {
        self.answer(self.0.keys.account_of_site(site)).await
    }
}

impl ChangeFeed for Backing {
    type Listener = Ear;

    async fn change_number(&self) -> Result<u64, StoreError> {
        self.0.polled.fetch_add(1, Ordering::SeqCst);
        self.reach()?;
        Ok(self.0.number.load(Ordering::SeqCst))
    }

    async fn listen(&self) -> Result<Ear, StoreError> {
        self.reach()?;
        let mut connection = self.0.connections.subscribe();
        connection.mark_unchanged();
        Ok(Ear { bus: self.0.bus.subscribe(), connection })
    }
}

pub(crate) struct Ear {
    bus: broadcast::Receiver<ChangeMessage>,
    connection: watch::Receiver<u64>,
}

impl ChangeListener for Ear {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        tokio::select! {
            message = self.bus.recv() => message.map_err(StoreError::unavailable),
            _ = self.connection.changed() => Err(StoreError::unavailable("the connection broke")),
        }
    }
}

/// A cache with a clock that stands still, around a store of its own.
pub(crate) fn cached(settings: CacheSettings) -> (Cached, Backing, FrozenClock) {
    let (store, clock) = (Backing::new(), FrozenClock::at(NOW));
    (CachedKeyStore::with_settings(store.clone(), settings.with_clock(clock.clone())), store, clock)
}

/// A key that is known to the store alone.
pub(crate) struct Known {
    pub(crate) key: KeyRef,
    pub(crate) digest: KeyDigest,
    pub(crate) secret: Secret,
}

pub(crate) async fn known(store: &impl KeyAdmin, owner: KeyOwner) -> Known {
    let issued = store.issue(NewKey::new(Scheme::ApiKey, owner), NOW).await.expect("issued");
    let digest = digest_of(&issued.secret);
    let secret = Secret::new(issued.secret.expose());
    Known { key: KeyRef { realm: Realm::default(), id: issued.id }, digest, secret }
}

pub(crate) fn digest_of(secret: &impl AsRef<Secret>) -> KeyDigest {
    KeyHasher::sha256().digest(secret.as_ref().expose())
}

pub(crate) async fn try_find<S: KeyStore>(
    store: &S,
    digest: KeyDigest,
) -> Result<Option<Arc<KeyRecord<S::Principal>>>, StoreError> {
    let realm = Realm::default();
    store.find(&KeyHandle::Digests { realm: &realm, digests: &[digest] }).await
}

pub(crate) async fn find<S: KeyStore>(store: &S, digest: KeyDigest) -> Option<Arc<KeyRecord<S::Principal>>> {
    try_find(store, digest).await.expect("an answer")
}

pub(crate) async fn find_id<S: KeyStore>(store: &S, id: &KeyId) -> Option<Arc<KeyRecord<S::Principal>>> {
    let realm = Realm::default();
    let handle = KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: id.as_str() };
    store.find(&handle).await.expect("an answer")
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Lets other tasks run until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(seconds(20), patience).await.expect(what);
}
