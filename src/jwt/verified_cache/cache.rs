//! The cache of verified tokens.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use quick_cache::sync::Cache;

use super::Held;
use super::forgotten::{Begun, Forgotten, Named, Slots};
use crate::crypto::digest::sha256;
use crate::jwt::{JwtKeySet, VerifiedToken};
use crate::{AuthError, Timestamp};

/// Keeps tokens that were verified, so that the next request with the same token costs one
/// SHA-256 instead of a signature.
///
/// It changes no answer:
///
/// * a token is kept under the verifier that accepted it and the SHA-256 of the whole token,
///   so that no byte of it may differ, and no other verifier takes it;
/// * whenever it is found, the policy's rules about times are applied again, with the time of
///   the request: what has ended since is refused, and dropped;
/// * it counts only as long as the verifier's keys are the set that it was verified with: a
///   key that the issuer has removed stops working with the first request after the keys were
///   replaced, and where the keys cannot be had, there is no answer from the cache either;
/// * it counts for 5 minutes at the longest, whether it has an `exp` or not;
/// * what was refused is not kept.
///
/// Only the verification is cached. Mapping, bindings and whatever else an authenticator
/// asks happen with every request.
///
/// Its clones are the same cache, which several verifiers may share. It holds at most
/// `capacity` tokens, each with as many bytes as its claims have, and the 4,096 numbers of
/// what was [forgotten](Self::forget_id).
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier, VerifiedTokenCache};
/// use std::time::Duration;
///
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let cache = VerifiedTokenCache::new(10_000);
/// let verifier = JwtVerifier::new(JwtPolicy::new(), [key.clone()])?.with_cache(cache.clone());
///
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let token = JwtIssuer::new(key, Duration::from_secs(60)).issue("ada", now)?;
/// assert!(verifier.verify(&token, now).is_ok() && verifier.verify(&token, now).is_ok());
/// assert_eq!((cache.len(), cache.hits()), (1, 1));
///
/// let later = now.saturating_add(Duration::from_secs(60));
/// assert!(verifier.verify(&token, later).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct VerifiedTokenCache {
    shared: Arc<Shared>,
    ttl: Duration,
}

struct Shared {
    kept: Cache<Key, Kept>,
    forgotten: Forgotten,
    hits: AtomicU64,
}

/// Under which verifier, and of which token.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    verifier: u64,
    digest: [u8; 32],
}

#[derive(Clone)]
struct Kept {
    token: Held,
    /// The keys it was verified with, where they may change. While this is here, no other
    /// set can have the same address.
    keys: Option<Weak<JwtKeySet>>,
    since: Timestamp,
    begun: Begun,
    slots: Slots,
}

impl VerifiedTokenCache {
    /// How long a token counts unless something else is said.
    const TTL: Duration = Duration::from_secs(300);

    /// An empty cache of at most `capacity` tokens.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let shared =
            Shared { kept: Cache::new(capacity), forgotten: Forgotten::new(), hits: AtomicU64::new(0) };
        Self { shared: Arc::new(shared), ttl: Self::TTL }
    }

    /// How long a token counts at the longest; then it is verified anew. 5 minutes without
    /// this.
    #[must_use]
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Forgets tokens with this `jti`, those included that are being verified at this moment.
    /// To be called once the revocation is in force: the next request asks for it.
    pub fn forget_id(&self, id: &str) {
        self.shared.forgotten.forget(Named::Id, id);
    }

    /// Forgets tokens with this `sub`, whoever issued them.
    pub fn forget_subject(&self, subject: &str) {
        self.shared.forgotten.forget(Named::Subject, subject);
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.shared.forgotten.forget_all();
        self.shared.kept.clear();
    }

    /// How many tokens are kept, with those that count no longer and were not asked for since.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.kept.len()
    }

    /// Whether no token is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.kept.is_empty()
    }

    /// How often a token was found, and counted still.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.shared.hits.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for VerifiedTokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokenCache")
            .field("len", &self.len())
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

/// A cache, and which of its verifiers asks.
#[derive(Debug)]
pub(in crate::jwt) struct CachePlace {
    cache: VerifiedTokenCache,
    verifier: u64,
}

impl CachePlace {
    pub(in crate::jwt) fn new(cache: VerifiedTokenCache) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { cache, verifier: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The token that is kept, if it still `lives`; else what `verify` finds.
    /// `keys` are those of the moment, where they may change.
    pub(in crate::jwt) fn held(
        &self,
        token: &str,
        keys: Option<&Arc<JwtKeySet>>,
        now: Timestamp,
        lives: impl FnOnce(&VerifiedToken) -> Result<(), AuthError>,
        verify: impl FnOnce() -> Result<VerifiedToken, AuthError>,
    ) -> Result<Held, AuthError> {
        let Shared { kept, forgotten, hits } = &*self.cache.shared;
        let key = Key { verifier: self.verifier, digest: sha256(token.as_bytes()) };
        if let Some(found) = kept.get(&key)
            && found.is_of(keys)
            && found.since.abs_diff(now) < self.cache.ttl
            && forgotten.hold(found.begun, found.slots)
        {
            if let Err(refused) = lives(&found.token) {
                kept.remove(&key);
                return Err(refused);
            }
            hits.fetch_add(1, Ordering::Relaxed);
            return Ok(found.token);
        }
        let begun = forgotten.begin();
        let token = match verify() {
            Ok(token) => Held::from(token),
            Err(refused) => {
                kept.remove(&key);
                return Err(refused);
            }
        };
        let slots = [forgotten.slot(Named::Id, token.id()), forgotten.slot(Named::Subject, token.subject())];
        let keys = keys.map(Arc::downgrade);
        kept.insert(key, Kept { token: token.clone(), keys, since: now, begun, slots });
        Ok(token)
    }
}

impl Kept {
    /// Whether these are the keys that the token was verified with.
    fn is_of(&self, keys: Option<&Arc<JwtKeySet>>) -> bool {
        match (&self.keys, keys) {
            (None, None) => true,
            (Some(own), Some(keys)) => std::ptr::eq(own.as_ptr(), Arc::as_ptr(keys)),
            _ => false,
        }
    }
}
