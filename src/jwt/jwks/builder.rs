//! How a client for keys is put together and started.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::address::{Address, Plain};
use super::desk::Desk;
use super::discovery::{Issuer, WellKnown};
use super::events::Events;
use super::fetch::{Fetcher, Known, Origin};
use super::held::{Held, Shared};
use super::keeper::{Keeper, Landed};
use super::snapshot::Snapshot;
use super::writer::Writer;
use super::{InvalidJwksUrl, JwksClient, JwksError, Running};
use crate::client::HttpClient;
use crate::jwt::JwkRules;
use crate::{Clock, SystemClock};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// So that refreshing ahead leaves time for further attempts.
const SHORTEST_STALE: Duration = Duration::from_secs(10 * 60);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The settings of a [`JwksClient`], which [`start`](Self::start) starts.
#[must_use]
pub struct JwksClientBuilder {
    whose: Whose,
    hosts: Vec<String>,
    plain: Plain,
    client: Option<Arc<dyn HttpClient>>,
    timeout: Duration,
    cooldown: Duration,
    max_stale: Duration,
    snapshot: Option<PathBuf>,
    rules: JwkRules,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Debug)]
enum Whose {
    Keys(String),
    Issuer(String, WellKnown),
}

impl JwksClientBuilder {
    fn new(whose: Whose) -> Self {
        Self {
            whose,
            hosts: Vec::new(),
            plain: Plain::Refused,
            client: None,
            timeout: Duration::from_secs(5),
            cooldown: Duration::from_secs(30),
            max_stale: DAY,
            snapshot: None,
            rules: JwkRules::new(),
            clock: Arc::new(SystemClock),
        }
    }

    pub(super) fn at(url: String) -> Self {
        Self::new(Whose::Keys(url))
    }

    pub(super) fn of(issuer: String) -> Self {
        Self::new(Whose::Issuer(issuer, WellKnown::OpenId))
    }

    /// Looks for the metadata of the issuer where RFC 8414, section 3.1 puts them, instead of
    /// where OpenID Connect Discovery does. For a URL of keys this changes nothing.
    pub fn with_oauth_metadata(mut self) -> Self {
        if let Whose::Issuer(_, well_known) = &mut self.whose {
            *well_known = WellKnown::OAuth;
        }
        self
    }

    /// Accepts metadata whose `jwks_uri` is on this host: `keys.example`, or with another port
    /// than 443 `keys.example:8443`. Without this it must be of the issuer's own origin.
    pub fn allow_key_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Asks with this client. The default is a `ReqwestClient`, where that feature is on.
    pub fn with_http_client(mut self, client: impl HttpClient + 'static) -> Self {
        self.client = Some(Arc::new(client));
        self
    }

    /// How long a fetch may take, with its metadata and its redirects, and how long a token
    /// may wait for one: 5 seconds by default, at most a minute.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(LONGEST_TIMEOUT);
        self
    }

    /// How long after a fetch that an unknown key id caused no other one is caused so: 30
    /// seconds by default, at least one second and at most a day.
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown.clamp(Duration::from_secs(1), DAY);
        self
    }

    /// How old keys may become while no fetch succeeds: 24 hours by default, at least 10
    /// minutes. After that every token is answered with a 503. They are fetched anew when
    /// half of that has passed, at the latest.
    pub fn with_max_stale(mut self, max_stale: Duration) -> Self {
        self.max_stale = max_stale.max(SHORTEST_STALE);
        self
    }

    /// Keeps the last document in this file, and starts with it.
    ///
    /// It is replaced as a whole after each fetch, which waits for no disk, and nobody but its owner may read it. What
    /// is older than [`with_max_stale`](Self::with_max_stale) allows, from the future, of
    /// another issuer, damaged, or writable by others is not used, which is logged. Whoever
    /// can write into its folder decides whose tokens are accepted.
    pub fn with_snapshot(mut self, path: impl Into<PathBuf>) -> Self {
        self.snapshot = Some(path.into());
        self
    }

    /// How JWKs become keys: the algorithm of RSA keys that name none, and which algorithms
    /// are wanted at all.
    ///
    /// Some issuers, Microsoft Entra ID among them, publish RSA keys without `alg`. Each of
    /// those is dropped, and where nothing else is left the client does not start, until the
    /// rules say what they are for:
    ///
    /// ```
    /// use portcullis::jwt::{JwkRules, JwksClient, JwtAlgorithm};
    ///
    /// let issuer = "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0";
    /// let rules = JwkRules::new().with_rsa_algorithm(JwtAlgorithm::Rs256);
    /// let builder = JwksClient::discover(issuer).with_rules(rules);
    /// # let _ = builder;
    /// ```
    pub fn with_rules(mut self, rules: JwkRules) -> Self {
        self.rules = rules;
        self
    }

    /// Takes the time of fetches from another clock than the system's. It must be the one
    /// that requests are stamped with.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Accepts `http` URLs of this machine: of a loopback address, or `localhost`. Whoever
    /// can listen there decides whose tokens are accepted, so this is for tests.
    pub fn dangerous_allow_http(mut self) -> Self {
        crate::trace::danger("jwks: http on this machine");
        self.plain = Plain::OnThisMachine;
        self
    }

    /// Starts, and is ready once there are keys: those of the snapshot, or of the first fetch.
    ///
    /// # Errors
    /// When the settings do not go together, when this is no tokio runtime, and when the first
    /// fetch fails while there is no snapshot.
    pub async fn start(self) -> Result<JwksClient, JwksError> {
        let client = self.start_lazily()?;
        if client.0.shared.held.load().is_some() {
            return Ok(client);
        }
        client.first_fetch().await.map(|()| client)
    }

    /// Starts, whether there are keys or not: until there are, every token is answered with
    /// a 503, and fetching goes on in the background. It must be called within the tokio
    /// runtime that the fetches are to run in, whose timers are on.
    ///
    /// # Errors
    /// When the settings do not go together, and when this is no tokio runtime; never for
    /// what the issuer does.
    pub fn start_lazily(self) -> Result<JwksClient, JwksError> {
        let runtime = Handle::try_current().map_err(|_| JwksError::NoRuntime)?;
        let (origin, name) = self.origin()?;
        let events = Events::new(Arc::clone(&name));
        let client = match self.client {
            Some(client) => client,
            None => default_client()?,
        };
        let Self { rules, timeout: time, max_stale, clock, .. } = self;
        let fetcher = Arc::new(Fetcher { client, origin, rules, time, events: events.clone() });
        let shared = Arc::new(Shared::new(Desk::new(self.cooldown, time), max_stale, clock));
        let snapshot = self.snapshot.map(|path| Snapshot::new(path, name));
        let known = Known::of(restore(snapshot.as_ref(), &shared, &fetcher));
        let snapshot = snapshot.map(|snapshot| {
            let write = move |text, at| snapshot.clone().write(text, at);
            Writer::start(&runtime, events.clone(), write)
        });
        let (landed, hear) = watch::channel(Landed::default());
        let keeper = Keeper { shared: Arc::clone(&shared), fetcher, known, snapshot, landed };
        let task = runtime.spawn(keeper.run()).abort_handle();
        Ok(JwksClient(Arc::new(Running { shared, landed: hear, patience: time, events, task })))
    }

    fn origin(&self) -> Result<(Origin, Arc<str>), InvalidJwksUrl> {
        let host = |host: &String| Address::parse(&format!("https://{host}/"), Plain::Refused);
        let hosts: Box<[Address]> = self.hosts.iter().map(host).collect::<Result<_, _>>()?;
        Ok(match &self.whose {
            Whose::Keys(url) => (Origin::Keys(Address::parse(url, self.plain)?), url.as_str().into()),
            Whose::Issuer(name, well_known) => {
                let issuer = Issuer::new(name, *well_known, self.plain, hosts)?;
                (Origin::Issuer(issuer), name.as_str().into())
            }
        })
    }
}

/// Puts the keys of the snapshot where they are read; the text that they were read from.
fn restore(snapshot: Option<&Snapshot>, shared: &Shared, fetcher: &Fetcher) -> Option<Arc<str>> {
    let events = &fetcher.events;
    let read = snapshot?.read(shared.clock.now(), shared.max_stale);
    let (text, fetched_at) = read.unwrap_or_else(|problem| {
        events.snapshot(&problem);
        None
    })?;
    match fetcher.read(&text) {
        Ok(keys) => {
            events.restored(keys.keys().len(), fetched_at);
            let held = Held { keys: Arc::new(keys), fetched_at, is_restored: true };
            shared.held.store(Some(Arc::new(held)));
            Some(text)
        }
        Err(problem) => {
            events.snapshot(&problem);
            None
        }
    }
}

#[cfg(feature = "reqwest")]
fn default_client() -> Result<Arc<dyn HttpClient>, JwksError> {
    let client = crate::client::ReqwestClient::new().map_err(JwksError::HttpClient)?;
    Ok(Arc::new(client))
}

#[cfg(not(feature = "reqwest"))]
fn default_client() -> Result<Arc<dyn HttpClient>, JwksError> {
    Err(JwksError::NoHttpClient)
}

impl fmt::Debug for JwksClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksClientBuilder")
            .field("whose", &self.whose)
            .field("hosts", &self.hosts)
            .field("plain", &self.plain)
            .field("client", &self.client)
            .field("timeout", &self.timeout)
            .field("cooldown", &self.cooldown)
            .field("max_stale", &self.max_stale)
            .field("snapshot", &self.snapshot)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
