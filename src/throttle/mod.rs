//! Slowing down whoever tries credentials.
//!
//! # Decision
//!
//! 1. A *failure* is a refusal with [`ErrorKind::Unauthenticated`](crate::ErrorKind) of a
//!    request that presented a credential: unknown, wrong, expired, switched off, replayed,
//!    or claimed by nobody. No credential is no failure, and neither is a 400, whose form
//!    was wrong before anything was compared, nor a 403, 404, 413, 429 or 503. A request
//!    that is let through costs nothing and asks nobody.
//! 2. *Addresses.* Failures are counted for each prefix of addresses: an IPv4 address, 64
//!    bits of an IPv6 one. The failure over the budget (20 a minute) is a 429, and the prefix
//!    has to wait: one second, then two, four and so on, at most five minutes. While it
//!    waits, its requests with a credential are a 429 before anything is looked up, good
//!    credentials too. Requests without one are not held up.
//! 3. When a wait is over, each further failure begins the next, longer one, until the
//!    prefix has been quiet for ten minutes.
//! 4. *Keys.* Failures are counted for each key id or user name that a credential names,
//!    whether there is such a key or not. Over the budget (10 a minute), a wrong
//!    credential is a 429 instead of a 401 until the minute is over. A good one passes
//!    always: strangers cannot lock an owner out.
//! 5. *Shared.* With [counters](Throttle::shared) that all nodes share, a failure is counted
//!    on all of them: the one over the budget is refused on whichever node it comes to, and
//!    there the wait begins. Where the counters cannot be asked, each node counts for
//!    itself. A throttle never makes a 503, and lets nobody in.
//!
//! The answers say `Retry-After` (RFC 9110, section 10.2.3), `RateLimit-Policy` and
//! `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).
//!
//! # Deployment caveats
//!
//! * Those who share an address share its budget: behind one NAT, a stranger's failures make
//!   a colleague wait. Behind a proxy that is not named in
//!   [`TrustedProxies`](crate::request::TrustedProxies), everybody shares one address.
//! * Where the peer's address is not known, only keys are counted.
//! * Tokens, and API keys without a declared format that has an id, name no key: for them, only
//!   addresses are counted.
//! * Credentials that have expired count. A page that sends 30 requests at once with an old
//!   token is over the budget.
//! * Periods follow each other from the epoch on, as those of a [`Limit`]: around the
//!   end of one, up to twice the budget passes before the first wait.
//! * [`axum::token_endpoint`](crate::axum::token_endpoint) and its like are outside of the
//!   guard, and so of this.

mod addresses;
mod keys;
mod meters;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::limit::{RateLimitFields, Standing};
use crate::store::{Budget, CounterStore, SharedCounters, Taken};
use crate::trace::event;
use crate::{AuthError, ErrorKind, Limit, Reason, Timestamp};
use addresses::{Addresses, Waits};
use keys::Keys;

/// Budgets of failures, for each prefix of addresses and for each key id: the rules are those
/// of the [module](self). Its clones share what was counted.
///
/// ```
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::throttle::Throttle;
/// use portcullis::tower::AuthLayer;
/// use std::time::Duration;
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let throttle = Throttle::new().with_waits(Duration::from_secs(2), Duration::from_secs(600));
/// let auth = AuthLayer::new(ApiKeyAuthenticator::new(keys, KeyShape::any())).with_throttle(throttle);
/// ```
#[derive(Clone)]
pub struct Throttle {
    addresses: Arc<Addresses>,
    keys: Arc<Keys>,
    counters: Option<SharedCounters>,
    address_budget: Limit,
    key_budget: Limit,
    waits: Waits,
    lengths: (u8, u8),
}

/// A prefix that begins to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Began {
    pub(crate) network: IpNet,
    pub(crate) wait: Duration,
}

/// What became of a failure.
pub(crate) struct Failed {
    /// What is answered: the refusal, or a 429.
    pub(crate) error: AuthError,
    pub(crate) began: Option<Began>,
}

impl Throttle {
    /// Of how many prefixes, and of how many key ids, failures are kept unless something
    /// else is said.
    pub const DEFAULT_CAPACITY: usize = 100_000;

    /// Counts in memory, for this process.
    #[must_use]
    pub fn new() -> Self {
        Self {
            addresses: Arc::new(Addresses::new(Self::DEFAULT_CAPACITY)),
            keys: Arc::new(Keys::new(Self::DEFAULT_CAPACITY)),
            counters: None,
            address_budget: Limit::per_minute(20),
            key_budget: Limit::per_minute(10),
            waits: Waits {
                first: Duration::from_secs(1),
                longest: Duration::from_secs(300),
                quiet: Duration::from_secs(600),
            },
            lengths: (32, 64),
        }
    }

    /// Counts in `counters` as well, which other nodes count in too: the budgets are those of
    /// all nodes together. Each failure asks them once or twice; nothing else does.
    #[must_use]
    pub fn shared(counters: impl CounterStore) -> Self {
        Self { counters: Some(SharedCounters::new(counters)), ..Self::new() }
    }

    /// How many failures a prefix may have in a time: 20 a minute without this.
    #[must_use]
    pub const fn with_address_budget(mut self, budget: Limit) -> Self {
        self.address_budget = budget;
        self
    }

    /// How many failures there may be with one key id in a time before they are a 429: 10 a
    /// minute without this.
    #[must_use]
    pub const fn with_key_budget(mut self, budget: Limit) -> Self {
        self.key_budget = budget;
        self
    }

    /// How long a prefix waits at first, and at most: 1 s and 5 minutes without this. Each
    /// wait is twice the one before.
    #[must_use]
    pub const fn with_waits(mut self, first: Duration, longest: Duration) -> Self {
        (self.waits.first, self.waits.longest) = (first, longest);
        self
    }

    /// For how long nothing must fail, after the last failure and the last wait, until a
    /// prefix begins anew: 10 minutes without this.
    #[must_use]
    pub const fn with_quiet_time(mut self, quiet: Duration) -> Self {
        self.waits.quiet = quiet;
        self
    }

    /// How many leading bits of an address make one budget: 32 of IPv4 and 64 of IPv6 without
    /// this. What is longer than an address is a whole one.
    #[must_use]
    pub fn with_prefixes(mut self, ipv4: u8, ipv6: u8) -> Self {
        self.lengths = (ipv4.min(32), ipv6.min(128));
        self
    }

    /// Of how many prefixes, and of how many key ids, failures are kept: 100,000 without this.
    /// One of either costs about 200 bytes. When there are more, one that does not
    /// wait and has not failed for long is forgotten, and may fail anew. What was counted
    /// before this is forgotten.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        (self.addresses, self.keys) = (Arc::new(Addresses::new(capacity)), Arc::new(Keys::new(capacity)));
        self
    }

    /// Whether anybody may have to wait at `now`: without that, no request need be held
    /// against the addresses.
    pub(crate) fn anybody_waits(&self, now: Timestamp) -> bool {
        self.addresses.anybody_waits(now)
    }

    /// Whether a request with a credential may be looked at.
    ///
    /// # Errors
    /// [`Reason::TooManyFailures`] where it comes from a prefix that has to wait.
    pub(crate) fn check(&self, peer: Option<IpAddr>, now: Timestamp) -> Result<(), AuthError> {
        match peer.and_then(|peer| self.addresses.wait(&self.network(peer), &self.waits, now)) {
            None => Ok(()),
            Some(wait) => Err(refusal(self.address_standing(wait))),
        }
    }

    /// Whether a refusal is a failure. A credential that was not presented is none, nor is one
    /// that is wanted again with a nonce, as the first of every client is.
    pub(crate) fn counts(error: &AuthError) -> bool {
        let is_none = matches!(error.reason(), Reason::MissingCredential | Reason::NonceRequired);
        error.kind() == ErrorKind::Unauthenticated && !is_none
    }

    /// Counts a failure.
    pub(crate) async fn failed(&self, error: AuthError, peer: Option<IpAddr>, now: Timestamp) -> Failed {
        let (address, began) = match peer {
            None => (None, None),
            Some(peer) => self.address_failed(self.network(peer), now).await,
        };
        let key = match error.presented() {
            None => None,
            Some(id) => self.key_failed(error.scheme().map_or("", |scheme| scheme.name()), id, now).await,
        };
        let address = address.map(|wait| self.address_standing(wait));
        let key =
            key.map(|wait| (Standing { name: "failures-key", limit: self.key_budget, left: None }, wait));
        // The one that has to be waited for longer.
        let over = [address, key].into_iter().flatten().max_by_key(|(_, wait)| *wait);
        let error = match over {
            None => error,
            Some(over) => {
                let mut refused = refusal(over);
                if let Some(scheme) = error.scheme() {
                    refused = refused.with_scheme(scheme);
                }
                if let Some(key) = error.key() {
                    refused = refused.with_key(key.clone());
                }
                refused.with_source(error)
            }
        };
        Failed { error, began }
    }

    /// For how long a prefix has to wait after another failure, and whether that begins now.
    async fn address_failed(&self, network: IpNet, now: Timestamp) -> (Option<Duration>, Option<Began>) {
        let counted = self.addresses.count(&network, self.address_budget, &self.waits, now);
        if let Some(wait) = counted.waits {
            return (Some(wait), None);
        }
        let shared = !counted.is_over && {
            let name = format!("failures address {network}");
            self.is_over_everywhere(&name, self.address_budget, now).await
        };
        if !(counted.is_over || counted.is_known || shared) {
            return (None, None);
        }
        let (wait, is_new) = self.addresses.strike(&network, &self.waits, now);
        (Some(wait), is_new.then_some(Began { network, wait }))
    }

    /// How long it is until a wrong credential with this id is a 401 again.
    async fn key_failed(&self, scheme: &str, id: &str, now: Timestamp) -> Option<Duration> {
        let key = keys::hash(scheme, id);
        let over = self.keys.count(&key, self.key_budget, now) || {
            let name = format!("failures key {key}");
            let over = self.is_over_everywhere(&name, self.key_budget, now).await;
            if over {
                self.keys.close(&key, self.key_budget, now);
            }
            over
        };
        let (_, end) = Budget { name: "", limit: self.key_budget }.period_at(now);
        over.then(|| end.abs_diff(now))
    }

    /// Counts a failure on all nodes, and says whether it is over the budget of all.
    async fn is_over_everywhere(&self, name: &str, limit: Limit, now: Timestamp) -> bool {
        let Some(counters) = &self.counters else { return false };
        match counters.take(&[Budget { name, limit }], now).await {
            Ok(taken) => matches!(taken, Taken::Exhausted { .. }),
            Err(error) => {
                event!(error, source = %error, "the counters of failures cannot answer: each node counts for itself");
                let _ = error;
                false
            }
        }
    }

    fn network(&self, peer: IpAddr) -> IpNet {
        let peer = peer.to_canonical();
        let (ipv4, ipv6) = self.lengths;
        let length = if peer.is_ipv4() { ipv4 } else { ipv6 };
        // The lengths are those of addresses.
        IpNet::new(peer, length).map_or(IpNet::from(peer), |network| network.trunc())
    }

    fn address_standing(&self, wait: Duration) -> (Standing<'static>, Duration) {
        (Standing { name: "failures-address", limit: self.address_budget, left: None }, wait)
    }
}

/// The refusal of whoever has to wait.
fn refusal((standing, wait): (Standing<'_>, Duration)) -> AuthError {
    let wait = wait.max(Duration::from_secs(1));
    let fields = RateLimitFields::of([Standing { left: Some((0, wait)), ..standing }]);
    AuthError::new(Reason::TooManyFailures).with_retry_after(wait).with_fields(fields)
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, key) = (self.address_budget, self.key_budget);
        f.debug_struct("Throttle").field("address", &address).field("key", &key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_the_reasons_of_a_401_but_for_a_missing_credential_or_nonce() {
        for reason in Reason::ALL {
            let is_none = matches!(reason, Reason::MissingCredential | Reason::NonceRequired);
            let expected = reason.kind().status() == 401 && !is_none;
            assert_eq!(Throttle::counts(&AuthError::new(*reason)), expected, "{reason:?}");
        }
    }
}
