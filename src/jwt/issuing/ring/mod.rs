//! An issuer's own keys, which take turns.

mod document;
mod plan;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::Timestamp;
use crate::jwt::{JwtKey, JwtKeyError, JwtKeySet, JwtKeySetError, JwtKeySource, KeysUnavailable};
use crate::store::{KeyRingStore, SharedKeyRings, StoreError, StoredRing};
use crate::trace::event;
use document::RingKey;
use plan::Dates;

pub use plan::{InvalidKeyRingPlan, KeyRingPlan};

/// An issuer's own keys: each is published before it signs, and kept until its last token
/// has ended. Its clones are the same ring.
///
/// The keys are in a store, private halves and all, sealed under its master key, so that they
/// are the same on all nodes and after a restart. Each node calls [`turn`](Self::turn) now and then;
/// of those that turn at once, one makes the next key. A ring that was not turned for
/// `publish_ahead` may miss a key that others sign with: it neither signs nor verifies, and its
/// requests become 503s. So it does when the clock went back behind its last turn, until it is turned
/// again.
///
/// # Another plan
///
/// All nodes have the same plan. A key that is published already keeps the moment from which it
/// signs, so `publish_ahead` and `max_age` are raised in two steps: first `publish_ahead` alone, on all
/// nodes; and `max_age`, once every key that was published before signs. They are lowered the other way
/// round: `max_age` first, and `publish_ahead` when all sets that were kept for longer have gone.
///
/// # A key that leaked
///
/// [`withdraw`](Self::withdraw) takes it out of the ring at once. If the store or its master key leaked,
/// withdraw all of them.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKeyRing, JwtPolicy, JwtVerifier, KeyRingPlan};
/// use portcullis::store::memory::MemoryKeyRings;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let (life, now) = (Duration::from_secs(600), Timestamp::from_unix_seconds(1_700_000_000));
/// let plan = KeyRingPlan::new(JwtAlgorithm::Es256, life);
/// let ring = JwtKeyRing::open(MemoryKeyRings::new(), "https://issuer.example", plan, now).await?;
/// let issuer = JwtIssuer::access_tokens(ring.clone(), "https://issuer.example", "api", "web", life);
///
/// let verifier = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(ring.clone()))?;
/// assert_eq!(verifier.verify(&issuer.issue("ada", now)?, now)?.subject(), Some("ada"));
///
/// // On each node, for as long as it runs:
/// use portcullis::{Clock, SystemClock};
///
/// # let ring = ring.clone();
/// let turning = tokio::spawn(async move {
///     let mut minute = tokio::time::interval(Duration::from_secs(60));
///     loop {
///         minute.tick().await;
///         if let Err(error) = ring.turn(SystemClock.now()).await {
///             eprintln!("the ring does not turn: {error}");
///         }
///     }
/// });
/// # tokio::task::yield_now().await;
/// # assert!(!turning.is_finished());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct JwtKeyRing(Arc<Shared>);

struct Shared {
    store: SharedKeyRings,
    name: Box<str>,
    plan: KeyRingPlan,
    tickets: AtomicU64,
    held: RwLock<Arc<Held>>,
}

/// The ring as it was read.
struct Held {
    /// Drawn before it was read: of two, the greater was read later, whatever the clock said.
    ticket: u64,
    read_at: Timestamp,
    dates: Vec<Dates>,
    keys: Arc<JwtKeySet>,
}

/// A ring does not turn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// No ring can turn as it is planned.
    #[error(transparent)]
    Plan(#[from] InvalidKeyRingPlan),
    /// The store cannot answer, or holds what cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key can be made: of such an algorithm, or at all.
    #[error(transparent)]
    Key(#[from] JwtKeyError),
    /// The keys are no set.
    #[error(transparent)]
    Set(#[from] JwtKeySetError),
    /// Other nodes were faster, again and again.
    #[error("the ring was replaced by others again and again")]
    Contended,
}

/// How often a turn is begun anew because another node was faster.
const ATTEMPTS: usize = 16;

impl JwtKeyRing {
    /// Reads the ring of a name, or makes its first key.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub async fn open(
        store: impl KeyRingStore,
        name: &str,
        plan: KeyRingPlan,
        now: Timestamp,
    ) -> Result<Self, KeyRingError> {
        plan.check()?;
        let store = SharedKeyRings::new(store);
        let tickets = AtomicU64::new(0);
        let turning = Turning { store: &store, name, plan: &plan, tickets: &tickets };
        let (first, _) = turning.turn(now, None).await?;
        let held = RwLock::new(Arc::new(first));
        Ok(Self(Arc::new(Shared { store, name: name.into(), plan, tickets, held })))
    }

    /// Reads the ring again, and does what is due: makes the next key, drops those that nobody needs.
    /// Call it every minute, say. It is one question, and where something is due one change.
    ///
    /// # Errors
    /// [`KeyRingError`]; the ring is then as it was.
    pub async fn turn(&self, now: Timestamp) -> Result<(), KeyRingError> {
        self.turn_without(None, now).await.map(|_| ())
    }

    /// Takes the key of this id out of the ring, which it leaves at once: because it leaked, say. Whether
    /// it was there. What it signed is refused, and everybody whose token that was logs in again.
    ///
    /// The key before it signs, or the next one, if there is one; otherwise a new one, from now
    /// on: whoever keeps a set without it fetches the set again. Other nodes sign and verify with the key that
    /// is gone until they [turn](Self::turn), and whoever keeps a published set, until its
    /// `max_age` is over.
    ///
    /// # Errors
    /// [`KeyRingError`]; the ring is then as it was.
    pub async fn withdraw(&self, id: &str, now: Timestamp) -> Result<bool, KeyRingError> {
        self.turn_without(Some(id), now).await
    }

    async fn turn_without(&self, id: Option<&str>, now: Timestamp) -> Result<bool, KeyRingError> {
        let Shared { store, name, plan, tickets, held } = &*self.0;
        let (turned, found) = Turning { store, name, plan, tickets }.turn(now, id).await?;
        let mut held = held.write().unwrap_or_else(PoisonError::into_inner);
        // Of two turns at once, the one that read later stands.
        if held.ticket < turned.ticket {
            *held = Arc::new(turned);
        }
        Ok(found)
    }

    /// The key to sign with at the moment `now`.
    ///
    /// # Errors
    /// When the ring was not turned for too long.
    pub fn signing_key(&self, now: Timestamp) -> Result<JwtKey, KeysUnavailable> {
        let held = self.known(now)?;
        let place = plan::signing(&held.dates, now).ok_or(KeysUnavailable)?;
        held.keys.keys().get(place).cloned().ok_or(KeysUnavailable)
    }

    /// The keys to publish, and for how long from `now` on they may be kept: the `max-age`, but
    /// never until a key might sign that is not among them.
    pub(super) fn published(&self, now: Timestamp) -> Result<(Arc<JwtKeySet>, Duration), KeysUnavailable> {
        let held = self.known(now)?;
        let end = self.0.plan.known_until(held.read_at);
        Ok((Arc::clone(&held.keys), self.0.plan.max_age.min(end.abs_diff(now))))
    }

    /// How long a token may live at most that its keys sign.
    pub(super) fn longest_token(&self) -> Duration {
        self.0.plan.longest_token
    }

    fn known(&self, now: Timestamp) -> Result<Arc<Held>, KeysUnavailable> {
        let held = Arc::clone(&self.0.held.read().unwrap_or_else(PoisonError::into_inner));
        let is_known = plan::can_be_past(held.read_at, now) && now < self.0.plan.known_until(held.read_at);
        if is_known { Ok(held) } else { Err(KeysUnavailable) }
    }
}

impl JwtKeySource for JwtKeyRing {
    fn keys(&self, now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        Ok(Arc::clone(&self.known(now)?.keys))
    }
}

/// What it takes to turn a ring.
struct Turning<'a> {
    store: &'a SharedKeyRings,
    name: &'a str,
    plan: &'a KeyRingPlan,
    tickets: &'a AtomicU64,
}

impl Turning<'_> {
    /// The ring after one turn, without the key of this id; and whether that was there.
    async fn turn(&self, now: Timestamp, without: Option<&str>) -> Result<(Held, bool), KeyRingError> {
        let Turning { store, name, plan, tickets } = *self;
        for _ in 0..ATTEMPTS {
            let ticket = tickets.fetch_add(1, Ordering::SeqCst);
            let stored = store.load_ring(name).await?;
            let (version, mut keys) = match &stored {
                Some(ring) => (ring.version, document::read(&ring.document)?),
                None => (0, Vec::new()),
            };
            let dates = |keys: &[RingKey]| keys.iter().map(|key| key.dates).collect::<Vec<_>>();
            let before = keys.len();
            keys.retain(|key| without.is_none() || key.key.id() != without);
            let found = keys.len() < before;
            let gone = plan::gone(&dates(&keys), plan, now);
            keys.drain(..gone);
            let next = plan::due(&dates(&keys), plan, now);
            if let Some(dates) = next {
                keys.push(RingKey::generate(plan.algorithm, dates)?);
            }
            if found || gone > 0 || next.is_some() {
                let ring = StoredRing::new(version + 1, document::write(&keys)?);
                if !store.replace_ring(name, &ring).await? {
                    continue;
                }
                let _made = usize::from(next.is_some());
                event!(
                    info,
                    ring = name,
                    made = _made,
                    dropped = gone,
                    withdrawn = found,
                    "a ring of keys has turned"
                );
            }
            let set = JwtKeySet::new(keys.iter().map(|key| key.key.clone()))?;
            let held = Held { ticket, read_at: now, dates: dates(&keys), keys: Arc::new(set) };
            return Ok((held, found));
        }
        Err(KeyRingError::Contended)
    }
}

impl fmt::Debug for JwtKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKeyRing")
            .field("name", &self.0.name)
            .field("plan", &self.0.plan)
            .finish_non_exhaustive()
    }
}
