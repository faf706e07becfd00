//! The keys that an issuer publishes as a JWK set (RFC 7517, section 5).
//!
//! A task in the background fetches them ahead of their end; requests read what is there and
//! wait for nothing. Only a token that names an unknown key may wait, for one bounded fetch
//! that all such tokens share.

mod address;
mod bad_ids;
mod builder;
mod caching;
mod desk;
mod discovery;
mod error;
mod events;
mod fetch;
mod held;
mod keeper;
mod schedule;
mod snapshot;
mod state;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use self::desk::{Turn, Wait};
use self::events::Events;
use self::held::Shared;
use self::keeper::Landed;
use super::{JwtAlgorithm, JwtKeySet, JwtKeySource, KeysUnavailable, NewKeys};
use crate::Timestamp;

pub use address::InvalidJwksUrl;
pub use builder::JwksClientBuilder;
pub use error::{JwksError, JwksFetchError};
pub use state::JwksState;

/// So much longer than a fetch may take is waited for a keeper that gives no answer at all: one
/// that works is first with its answer, and has written down why.
const GRACE: Duration = Duration::from_millis(100);

/// The keys that an issuer publishes, kept current. Its clones are the same, and fetching
/// ends with the last of them.
///
/// # Reading
/// [`keys`](JwtKeySource::keys) waits for nothing: neither for a fetch nor for a lock. Keys
/// are replaced as a whole, so one that the issuer has removed verifies nothing once a fetch
/// has seen it gone.
///
/// # Fetching
/// * Ahead of the end: `max-age` says when that is, at least 5 minutes and at most 24 hours
///   after the fetch, and one hour where it is not said. A random part of the wait keeps
///   nodes from asking together.
/// * After a failure again, after one second, and with each further failure after twice as
///   long: up to 5 minutes, or 30 seconds while there are no keys that may be used.
/// * At most 256 KiB and 100 keys are read ([`JwkRules`](super::JwkRules)), within 5 seconds
///   in all. Of one algorithm, at most 16 keys without `kid` are used. Redirects are followed
///   within the same origin only, at most three. `Content-Type` is not looked at, and
///   compression is refused.
/// * A document that cannot be read, or has no usable key, replaces nothing. A single key
///   that is refused is dropped, with an event.
/// * The URL is the configured one, or the one of the issuer's metadata: nothing of a token
///   ever comes near it.
///
/// # Unknown key ids
/// A token that names an unknown key causes one fetch, and all that come meanwhile wait for
/// the same one, none for longer than a fetch may take. A key of its id and of another type is
/// another key. Then:
///
/// | the fetch | the token |
/// |---|---|
/// | brings the key | is verified |
/// | succeeds without it | is refused: 401, and so is this id for a minute |
/// | fails, or is not done in time | 503: nobody knows whether the key exists |
///
/// For 30 seconds after such a fetch began, further unknown ids cause none: they are answered
/// at once, with a 401 if the last fetch succeeded and with a 503 if it failed. So strangers
/// who invent ids cost one fetch in 30 seconds at most, and an outage never looks like a wrong
/// token.
///
/// # Outages
/// The keys are used until they are 24 hours old ([`JwksClientBuilder::with_max_stale`]),
/// then every token is answered with a 503. A service may start while its issuer is down:
/// with a [snapshot](JwksClientBuilder::with_snapshot), or
/// [lazily](JwksClientBuilder::start_lazily).
///
/// ```
/// use portcullis::jwt::{JwksClient, JwtAuthenticator, JwtPolicy, JwtVerifier};
/// use std::sync::Arc;
///
/// # use bytes::Bytes;
/// # use portcullis::client::{ClientFn, HttpClientError};
/// # let answers = ClientFn::new(|request: http::Request<Bytes>, _| async move {
/// #     Ok::<_, HttpClientError>(http::Response::new(match request.uri().path() {
/// #         "/realms/shop/.well-known/openid-configuration" => Bytes::from_static(
/// #             br#"{"issuer":"https://login.example/realms/shop","jwks_uri":"https://login.example/keys"}"#,
/// #         ),
/// #         _ => Bytes::from_static(
/// #             br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// #         ),
/// #     }))
/// # });
/// # let folder = tempfile::tempdir()?;
/// # let snapshot = folder.path().join("keys.json");
/// # #[cfg(feature = "aws-lc-rs")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let keys = JwksClient::discover("https://login.example/realms/shop")
///     .with_snapshot(snapshot)
/// #     .with_http_client(answers)
///     .start()
///     .await?;
/// assert_eq!(keys.state().keys, 1);
///
/// let policy = JwtPolicy::new().with_issuer("https://login.example/realms/shop").with_audience("orders");
/// let jwt = JwtAuthenticator::new(JwtVerifier::with_source(policy, Arc::new(keys))?);
/// # let _ = jwt;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct JwksClient(Arc<Running>);

struct Running {
    shared: Arc<Shared>,
    landed: watch::Receiver<Landed>,
    /// How long a token waits at most, whatever the keeper of the keys does.
    patience: Duration,
    events: Events,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl JwksClient {
    /// The keys at `url`, which must be `https`.
    pub fn builder(url: impl Into<String>) -> JwksClientBuilder {
        JwksClientBuilder::at(url.into())
    }

    /// The keys of `issuer`, wherever its metadata say that they are (OpenID Connect Discovery
    /// 1.0, section 4). The `issuer` in there must be this one to the letter, and `jwks_uri`
    /// must be an `https` URL of the issuer's own origin, or of a host that is
    /// [allowed](JwksClientBuilder::allow_key_host): an issuer that was taken over must not
    /// choose which hosts of the inner network are asked.
    ///
    /// Where the keys are is remembered for a day, and asked again after a fetch that failed.
    ///
    /// ```
    /// # use portcullis::jwt::JwksClient;
    /// let google = JwksClient::discover("https://accounts.google.com").allow_key_host("www.googleapis.com");
    /// # let _ = google;
    /// ```
    pub fn discover(issuer: impl Into<String>) -> JwksClientBuilder {
        JwksClientBuilder::of(issuer.into())
    }

    /// How it stands with the keys.
    #[must_use]
    pub fn state(&self) -> JwksState {
        let tally = self.0.shared.desk().tally.clone();
        let held = self.0.shared.held.load();
        let held = held.as_ref();
        JwksState {
            keys: held.map_or(0, |held| held.keys.keys().len()),
            fetched_at: held.map(|held| held.fetched_at),
            from_snapshot: held.is_some_and(|held| held.is_restored),
            fetches: tally.done,
            failed: tally.failed,
            failed_in_a_row: tally.in_a_row,
            last_failure: tally.failure,
            next_refresh: tally.next.map(|next| next.saturating_duration_since(Instant::now())),
        }
    }

    /// Waits until the first fetch has ended, and says what came of it.
    async fn first_fetch(&self) -> Result<(), JwksError> {
        let mut landed = self.0.landed.clone();
        let landed = landed.wait_for(|landed| landed.number > 0).await.map(|landed| *landed);
        match landed {
            Ok(landed) if landed.succeeded => Ok(()),
            Ok(_) => {
                let failure = self.0.shared.desk().tally.failure.clone();
                Err(JwksError::Fetch(failure.unwrap_or_else(|| Arc::new(JwksFetchError::Panicked))))
            }
            Err(_) => Err(JwksError::NoRuntime),
        }
    }

    async fn look(
        &self,
        kid: &str,
        algorithm: JwtAlgorithm,
        now: Timestamp,
    ) -> Result<Option<Arc<JwtKeySet>>, KeysUnavailable> {
        let shared = &self.0.shared;
        let before = shared.current(now)?;
        if before.has(kid, algorithm) {
            return Ok(Some(before));
        }
        let (asked, id) = (Instant::now(), shared.desk().hash(kid));
        let mut since = asked;
        // What a fetch brings that had begun before may be from before the key was there: then
        // one more is waited for.
        for _ in 0..2 {
            let turn = shared.desk().ask(id, Instant::now(), since);
            let Wait { number, joined, wake } = match turn {
                Turn::Wait(wait) => wait,
                Turn::Bad => return Ok(self.none("unknown")),
                Turn::Cooling => return Ok(self.none("cooling")),
                Turn::Unavailable => return Err(self.unavailable()),
            };
            if wake {
                shared.asked.notify_one();
            }
            let mut landed = self.0.landed.clone();
            let landed = landed.wait_for(|landed| landed.number >= number);
            let landed = timeout_at(asked + self.0.patience + GRACE, landed).await;
            let landed = landed.is_ok_and(|landed| landed.is_ok_and(|landed| landed.succeeded));
            if !landed {
                return Err(self.unavailable());
            }
            let keys = shared.current(now)?;
            let (has_key, is_other) = (keys.has(kid, algorithm), !Arc::ptr_eq(&keys, &before));
            let is_later = joined.is_none_or(|begun| begun > asked);
            if !has_key && is_later {
                shared.desk().is_bad(id, Instant::now());
            }
            if has_key || is_later {
                self.0.events.unknown_id(if has_key { "found" } else { "unknown" });
                return Ok((has_key || is_other).then_some(keys));
            }
            since = joined.unwrap_or(asked);
        }
        Ok(self.none("unknown"))
    }

    fn none(&self, outcome: &'static str) -> Option<Arc<JwtKeySet>> {
        self.0.events.unknown_id(outcome);
        None
    }

    fn unavailable(&self) -> KeysUnavailable {
        self.0.events.unknown_id("unavailable");
        KeysUnavailable
    }
}

impl JwtKeySource for JwksClient {
    fn keys(&self, now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        self.0.shared.current(now)
    }

    fn look_again<'a>(&'a self, kid: &'a str, algorithm: JwtAlgorithm, now: Timestamp) -> NewKeys<'a> {
        Box::pin(self.look(kid, algorithm, now))
    }
}

impl fmt::Debug for JwksClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksClient").field("shared", &self.0.shared).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::desk::Desk;
    use super::held::Held;
    use super::*;
    use crate::SystemClock;
    use crate::jwt::JwtKey;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_keeper_that_does_nothing() {
        let (patience, now) = (Duration::from_secs(5), Timestamp::from_unix_seconds(0));
        let desk = Desk::new(Duration::from_secs(30), patience);
        let shared = Arc::new(Shared::new(desk, patience, Arc::new(SystemClock)));
        let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into()).expect("key");
        let keys = Arc::new(JwtKeySet::new([key.with_id("a")]).expect("set"));
        shared.held.store(Some(Arc::new(Held { keys, fetched_at: now, is_restored: false })));
        let (_never, landed) = watch::channel(Landed::default());
        let (events, task) = (Events::new("a".into()), tokio::spawn(async {}).abort_handle());
        let client = JwksClient(Arc::new(Running { shared, landed, patience, events, task }));
        let begun = Instant::now();
        assert_eq!(client.look("b", JwtAlgorithm::Es256, now).await.map(drop), Err(KeysUnavailable));
        let waited = begun.elapsed();
        assert!((patience..=patience + GRACE * 2).contains(&waited), "{waited:?}");
    }
}
