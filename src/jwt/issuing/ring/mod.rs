//! An issuer's own keys, which take turns.

mod document;
mod plan;

use std::fmt;
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
/// requests become 503s.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKeyRing, JwtPolicy, JwtVerifier, KeyRingPlan};
/// use portcullis::store::memory::MemoryKeyRings;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (life, now) = (Duration::from_secs(600), Timestamp::from_unix_seconds(1_700_000_000));
/// let plan = KeyRingPlan::new(JwtAlgorithm::Es256, life);
/// let ring = JwtKeyRing::open(MemoryKeyRings::new(), "https://issuer.example", plan, now).await?;
/// let issuer = JwtIssuer::access_tokens(ring.clone(), "https://issuer.example", "api", "web", life);
///
/// let verifier = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(ring.clone()))?;
/// assert_eq!(verifier.verify(&issuer.issue("ada", now)?, now)?.subject(), Some("ada"));
///
/// // Every minute, say:
/// ring.turn(now).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct JwtKeyRing(Arc<Shared>);

struct Shared {
    store: SharedKeyRings,
    name: Box<str>,
    plan: KeyRingPlan,
    held: RwLock<Arc<Held>>,
}

/// The ring as it was read.
struct Held {
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
        let held = RwLock::new(Arc::new(turn(&store, name, &plan, now).await?));
        Ok(Self(Arc::new(Shared { store, name: name.into(), plan, held })))
    }

    /// Reads the ring again, and does what is due: makes the next key, drops those that nobody needs.
    /// Call it every minute, say. It is one question, and where something is due one change.
    ///
    /// # Errors
    /// [`KeyRingError`]; the ring is then as it was.
    pub async fn turn(&self, now: Timestamp) -> Result<(), KeyRingError> {
        let Shared { store, name, plan, held } = &*self.0;
        let turned = Arc::new(turn(store, name, plan, now).await?);
        let mut held = held.write().unwrap_or_else(PoisonError::into_inner);
        // Of two turns at once, the one that read later stands.
        if held.read_at <= turned.read_at {
            *held = turned;
        }
        Ok(())
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

    /// For how long from `now` on the published set may be kept: its `max-age`, but never until
    /// a key might sign that is not in it.
    pub(super) fn max_age(&self, now: Timestamp) -> Result<Duration, KeysUnavailable> {
        let end = self.0.plan.known_until(self.known(now)?.read_at);
        Ok(self.0.plan.max_age.min(end.abs_diff(now)))
    }

    fn known(&self, now: Timestamp) -> Result<Arc<Held>, KeysUnavailable> {
        let held = Arc::clone(&self.0.held.read().unwrap_or_else(PoisonError::into_inner));
        let is_known = now < self.0.plan.known_until(held.read_at);
        if is_known { Ok(held) } else { Err(KeysUnavailable) }
    }
}

impl JwtKeySource for JwtKeyRing {
    fn keys(&self, now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        Ok(Arc::clone(&self.known(now)?.keys))
    }
}

async fn turn(
    store: &SharedKeyRings,
    name: &str,
    plan: &KeyRingPlan,
    now: Timestamp,
) -> Result<Held, KeyRingError> {
    for _ in 0..ATTEMPTS {
        let stored = store.load_ring(name).await?;
        let (version, mut keys) = match &stored {
            Some(ring) => (ring.version, document::read(&ring.document)?),
            None => (0, Vec::new()),
        };
        let dates = |keys: &[RingKey]| keys.iter().map(|key| key.dates).collect::<Vec<_>>();
        let gone = plan::gone(&dates(&keys), plan, now);
        keys.drain(..gone);
        let next = plan::due(&dates(&keys), plan, now);
        if let Some(dates) = next {
            keys.push(RingKey::generate(plan.algorithm, dates)?);
        }
        if gone > 0 || next.is_some() {
            let ring = StoredRing::new(version + 1, document::write(&keys)?);
            if !store.replace_ring(name, &ring).await? {
                continue;
            }
            let _made = usize::from(next.is_some());
            event!(info, ring = name, made = _made, dropped = gone, "a ring of keys has turned");
        }
        let set = JwtKeySet::new(keys.iter().map(|key| key.key.clone()))?;
        return Ok(Held { read_at: now, dates: dates(&keys), keys: Arc::new(set) });
    }
    Err(KeyRingError::Contended)
}

impl fmt::Debug for JwtKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKeyRing")
            .field("name", &self.0.name)
            .field("plan", &self.0.plan)
            .finish_non_exhaustive()
    }
}
