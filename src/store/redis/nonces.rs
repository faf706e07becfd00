//! Claims in Redis.

use std::fmt;
use std::time::Duration;

use super::names::InvalidNamespace;
use super::scripts::CLAIM;
use super::server::RedisServer;
use crate::store::{Claim, NonceStore, StoreError};

/// Claims in Redis, shared by all nodes. Its clones are the same store.
///
/// * A claim is one script, which nothing comes between: of however many nodes that claim the
///   same at once, one succeeds.
/// * A claim is kept until its `until` and a margin are past by the clock of the *server*, and
///   what is let go raises a floor. A claim that ends at or below the floor, or longer ago than the
///   margin, is refused, for it may have been made before: neither a node whose clock goes back nor
///   a server whose clock does lets anything through again. A node whose clock is behind that of the
///   server by more than the margin has all its requests refused.
/// * A claim costs about 150 bytes of the server's memory, as SHA-256 of what is claimed. What is
///   past is let go by the way, on later claims. A full server is [`StoreError::Full`], and one that
///   cannot be reached an error: never a claim.
///
/// Whether claims survive the server is its setting: [the module](crate::store::redis) says which. Where a
/// clock of the server was years ahead, and then was set right, everything is refused until its
/// `floor` is deleted by hand.
///
/// ```no_run
/// use portcullis::store::redis::RedisNonceStore;
/// use portcullis::store::{Claim, NonceStore};
/// use portcullis::{Clock, KeyId, Realm, Scheme, SystemClock};
/// use std::time::Duration;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), portcullis::store::StoreError> {
/// let nonces = RedisNonceStore::connect("redis://127.0.0.1").await?;
/// let now = SystemClock.now();
/// let until = now.saturating_add(Duration::from_secs(300));
/// let (realm, key) = (Realm::default(), KeyId::from("k"));
/// let claim = Claim::new(&realm, Scheme::XAuth, &key, b"once", until, now);
/// assert!(nonces.claim(&claim).await?);
/// assert!(!nonces.claim(&claim).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisNonceStore {
    server: RedisServer,
    margin: Duration,
}

impl RedisNonceStore {
    /// For how long claims outlive their end unless something else is said: 10 minutes.
    pub const DEFAULT_MARGIN: Duration = Duration::from_secs(600);

    /// Claims on a server.
    #[must_use]
    pub const fn new(server: RedisServer) -> Self {
        Self { server, margin: Self::DEFAULT_MARGIN }
    }

    /// Connects to `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    /// As for [`RedisServer::connect`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        RedisServer::connect(url).await.map(Self::new)
    }

    /// Sets the namespace: [`RedisServer::with_namespace`].
    ///
    /// # Errors
    /// When it has characters that it must not have.
    pub fn with_namespace(mut self, namespace: &str) -> Result<Self, InvalidNamespace> {
        self.server = self.server.with_namespace(namespace)?;
        Ok(self)
    }

    /// Sets for how long claims outlive their end: how far the clocks of nodes and server may be
    /// apart. All nodes have the same margin.
    #[must_use]
    pub const fn with_margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }
}

impl NonceStore for RedisNonceStore {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        if claim.until < claim.now {
            return Ok(false);
        }
        let names = self.server.names();
        let mut call = CLAIM.key(names.name("claims", &[]));
        call.key(names.name("floor", &[]));
        // Scores are exact up to 2^53; upwards, so that nothing is let go too early.
        let micros = claim.until.as_unix_micros();
        let until = micros.div_euclid(1_000) + i64::from(micros.rem_euclid(1_000) > 0);
        let until = until.clamp(-LATEST, LATEST);
        let margin = i64::try_from(self.margin.as_millis()).unwrap_or(LATEST).min(LATEST);
        call.arg(claim.digest().as_slice()).arg(until).arg(margin);
        let claimed: i64 = self.server.run(&call).await?;
        Ok(claimed == 1)
    }
}

/// A moment beyond which there is no difference, in milliseconds: 2^53.
const LATEST: i64 = 1 << 53;

impl fmt::Debug for RedisNonceStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisNonceStore").field("margin", &self.margin).finish_non_exhaustive()
    }
}
