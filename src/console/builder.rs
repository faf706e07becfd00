//! Setting a console up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::axum::Router;

use super::gate::token::Tokens;
use super::gate::{Administrator, BasicEntrance, LogIn};
use super::pages;
use super::routes::ConsoleRoute;
use super::settings::{InvalidConsole, Service, Settings, UserFilter, check_base};
use super::store::Source;
use crate::audit::{ActivityLog, AuditSink, SharedActivity};
use crate::basic::BasicAuthenticator;
use crate::explain::Explainer;
use crate::password::{UserStore, UserVerifier};
use crate::request::TrustedProxies;
use crate::sign::Origin;
use crate::store::{EntryPointStore, KeyFormat, RoleAdmin};
use crate::throttle::Throttle;
use crate::{BoxAuthenticator, Clock, Identity, Realm, Scheme, Scope, SystemClock, UserId};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Pages for operators, as a router: see the [module](super).
#[must_use]
pub struct Console {
    pub(super) settings: Settings,
    pub(super) store: Source,
    pub(super) users: Users,
    pub(super) has_sessions: bool,
    pub(super) idle: Duration,
    pub(super) longest: Duration,
    pub(super) throttle: Throttle,
    pub(super) proxies: Option<TrustedProxies>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sink: Option<Arc<dyn AuditSink>>,
    pub(super) activity: Option<SharedActivity>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) explainers: Vec<Arc<Explainer>>,
}

/// The ways to present a password, whatever the type of the users.
pub(super) struct Users {
    pub(super) basic: BoxAuthenticator<Administrator>,
    pub(super) log_in: Box<dyn Fn(Throttle) -> BoxAuthenticator<Administrator> + Send + Sync>,
}

impl Console {
    /// Pages at `base`, such as `/admin/keys`, over `store`; `users` checks the passwords of
    /// administrators. Where the store already records its changes
    /// ([`Audited`](crate::audit::Audited)), give the one inside: the console records them under
    /// the name of whoever made them.
    ///
    /// # Errors
    /// When `base` is no plain path, or there is no randomness.
    pub fn new<S, U>(base: &str, store: S, users: UserVerifier<U>) -> Result<Self, InvalidConsole>
    where
        S: EntryPointStore + RoleAdmin + Clone,
        U: UserStore<Principal: Identity>,
    {
        check_base(base)?;
        let scope = |name| Scope::new(name).map_err(|_| InvalidConsole::Base);
        let tokens = Arc::new(Tokens::new().map_err(|_| InvalidConsole::Random)?);
        let basic = BasicAuthenticator::new(users.clone());
        let basic = basic.with_challenge_realm("keys").map_err(|_| InvalidConsole::Base)?;
        let basic = BoxAuthenticator::new(BasicEntrance { basic, tokens: Arc::clone(&tokens) });
        let log_in =
            Box::new(move |throttle| BoxAuthenticator::new(LogIn { users: users.clone(), throttle }));
        Ok(Self {
            settings: Settings {
                base: base.into(),
                origin: None,
                users: None,
                see: scope("keys:see")?,
                change: scope("keys:change")?,
                directory: None,
                realms: vec![Realm::default()],
                schemes: vec![Scheme::ApiKey],
                key_format: None,
                service: Service::at("https://service.example/"),
                open_routes: Vec::new(),
                expiry_notice: DAY * 14,
                renewal: DAY * 90,
            },
            store: Source::new(store),
            users: Users { basic, log_in },
            has_sessions: true,
            idle: Duration::from_secs(30 * 60),
            longest: Duration::from_secs(12 * 60 * 60),
            throttle: Throttle::new(),
            proxies: None,
            clock: Arc::new(SystemClock),
            sink: None,
            activity: None,
            tokens,
            explainers: Vec::new(),
        })
    }

    /// Has browsers ask for the password (HTTP Basic) instead of a form. There are no sessions
    /// then, and nobody logs out; each request costs a hash of the password.
    pub fn with_basic(mut self) -> Self {
        self.has_sessions = false;
        self
    }

    /// The origin by which browsers know the console: forms from any other are refused, and the
    /// cookie of a session is `Secure` if this is `https`. Without it, both go by `Host`, which a
    /// proxy in front may have changed.
    ///
    /// ```
    /// use portcullis::console::Console;
    /// # fn proxied(console: Console) -> Result<Console, Box<dyn std::error::Error>> {
    /// let console = console.with_origin("https://keys.example".parse()?);
    /// # Ok(console)
    /// # }
    /// ```
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.settings.origin = Some(origin);
        self
    }

    /// The privileges to see and to change anything: `keys:see` and `keys:change` without this.
    /// Whoever changes needs both.
    pub fn with_privileges(mut self, see: Scope, change: Scope) -> Self {
        (self.settings.see, self.settings.change) = (see, change);
        self
    }

    /// A further privilege, to change users, groups, roles, accounts and sites. Without this,
    /// whoever may change keys may change these too, and so give every privilege to anybody,
    /// itself included.
    ///
    /// ```
    /// use portcullis::Scope;
    /// use portcullis::console::Console;
    /// # fn limited(console: Console) -> Result<Console, Box<dyn std::error::Error>> {
    /// let console = console.with_directory_privilege(Scope::new("directory:change")?);
    /// # Ok(console)
    /// # }
    /// ```
    pub fn with_directory_privilege(mut self, directory: Scope) -> Self {
        self.settings.directory = Some(directory);
        self
    }

    /// The sets of keys: the default one without this. Of none, there is nothing to see.
    pub fn with_realms(mut self, realms: impl IntoIterator<Item = Realm>) -> Self {
        self.settings.realms = realms.into_iter().collect();
        self
    }

    /// The schemes that keys can be issued for: those that the service verifies with stored keys.
    /// [`Scheme::ApiKey`] without this.
    pub fn with_schemes(mut self, schemes: impl IntoIterator<Item = Scheme>) -> Self {
        self.settings.schemes = schemes.into_iter().collect();
        self
    }

    /// Binds new keys to those users alone that `allow` is true of, and offers no others: the
    /// filter of [`OwnerFilter`](crate::store::OwnerFilter), for the forms too. A key without a user
    /// is none of its business.
    ///
    /// ```
    /// use portcullis::console::Console;
    /// # fn filtered(console: Console) -> Console {
    /// console.with_user_filter(|user| user.as_str().starts_with("robot-"))
    /// # }
    /// ```
    pub fn with_user_filter(mut self, allow: impl Fn(&UserId) -> bool + Send + Sync + 'static) -> Self {
        self.settings.users = Some(UserFilter(Arc::new(allow)));
        self
    }

    /// How new API keys look.
    pub fn with_key_format(mut self, format: KeyFormat) -> Self {
        self.settings.key_format = Some(format);
        self
    }

    /// How clients call the service, for the lines that are shown with a new key.
    pub fn with_service(mut self, service: Service) -> Self {
        self.settings.service = service;
        self
    }

    /// The routes that nobody guards, such as `/health`: shown beside the entry points, all of which
    /// are guarded. The console cannot find them out.
    pub fn with_open_routes(mut self, routes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.open_routes = routes.into_iter().map(Into::into).collect();
        self
    }

    /// How long before its end a key is shown as expiring: 14 days without this.
    pub const fn with_expiry_notice(mut self, notice: Duration) -> Self {
        self.settings.expiry_notice = notice;
        self
    }

    /// How old a secret may be before it is shown as due for renewal: 90 days without this.
    pub const fn with_renewal(mut self, age: Duration) -> Self {
        self.settings.renewal = age;
        self
    }

    /// When a session ends: `idle` after the last request, and `longest` after the log-in; 30
    /// minutes and 12 hours without this.
    pub const fn with_session_lives(mut self, idle: Duration, longest: Duration) -> Self {
        (self.idle, self.longest) = (idle, longest);
        self
    }

    /// Decides in dry runs as the service does, for the keys of the explainer's
    /// [realm](Explainer::realm): once for each realm.
    ///
    /// Without this, every scheme of this crate that has keys in a store is accepted. API keys are
    /// of the [format](Self::with_key_format) of new ones, or of any where that is not said;
    /// signatures of AWS are for the region and the service of
    /// [`Service::with_sigv4`](super::Service::with_sigv4). Tokens and passwords are not looked at.
    pub fn with_explainer(mut self, explainer: Explainer) -> Self {
        self.explainers.retain(|held| held.realm() != explainer.realm());
        self.explainers.push(Arc::new(explainer));
        self
    }

    /// Slows down whoever guesses passwords by another throttle than one of the console's own.
    pub fn with_throttle(mut self, throttle: Throttle) -> Self {
        self.throttle = throttle;
        self
    }

    /// Takes the addresses of administrators from what these proxies say.
    pub fn with_trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Some(proxies);
        self
    }

    /// Takes the time from another clock.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Records log-ins, refusals, and every change with the name of the user who made it.
    pub fn with_audit(mut self, sink: impl AuditSink) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// Shows the events of this log, and how many there were in each hour. A
    /// [`RecentEvents`](crate::audit::RecentEvents) goes to three places, for its clones are the
    /// same log: here; to the layer of the application, for its requests; and to
    /// [`with_audit`](Self::with_audit), for what administrators do. Where events go somewhere
    /// else already, a [`Tee`](crate::audit::Tee) is both.
    ///
    /// ```
    /// use portcullis::Scheme;
    /// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
    /// use portcullis::audit::{AuditTrail, RecentEvents, Tee};
    /// use portcullis::console::Console;
    /// use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
    /// use portcullis::store::memory::MemoryKeyStore;
    /// use portcullis::tower::AuthLayer;
    /// # let store: MemoryKeyStore = MemoryKeyStore::new();
    /// # let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
    /// # let users = UserVerifier::single(SinglePassword::new("ada".into(), hash))?;
    /// # let elsewhere = AuditTrail::new();
    /// let recent = RecentEvents::default();
    /// let layer = AuthLayer::new(ApiKeyAuthenticator::new(store.clone(), KeyShape::any()))
    ///     .with_audit(Tee::new(recent.clone(), elsewhere));
    /// let console = Console::new("/admin/keys", store, users)?
    ///     .with_audit(recent.clone())
    ///     .with_activity(recent);
    /// let app = axum::Router::<()>::new()
    ///     .route("/orders", axum::routing::get(async || "orders").layer(layer))
    ///     .merge(console.into_router());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_activity(mut self, log: impl ActivityLog) -> Self {
        self.activity = Some(SharedActivity::new(log));
        self
    }

    /// Every route, and what it asks for.
    #[must_use]
    pub fn routes(&self) -> Vec<ConsoleRoute> {
        pages::routes(self).listed
    }

    /// The router, whose paths begin with the base: for [`Router::merge`]. The address of a client
    /// is known behind `into_make_service_with_connect_info::<SocketAddr>()` alone; without it,
    /// guessing is not slowed down.
    pub fn into_router(self) -> Router {
        pages::router(&self)
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("settings", &self.settings).finish_non_exhaustive()
    }
}
