//! What an application decides about its guard.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::identity::IDENTITY_HEADERS;
use super::preflight::Preflight;
use super::{Audit, Known, ProblemJson, ResponseStyle};
use crate::canonical::query;
use crate::request::{Carriers, NameFilter, TrustedProxies};
use crate::store::{LastUses, SharedCounters};
use crate::throttle::Throttle;
use crate::{Authenticator, Clock, SystemClock};

/// How long a body may take, where nothing else was said.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How many bytes of a refused request's body are read and thrown away, where nothing else was
/// said.
const DRAIN_LIMIT: usize = 8 * 1024 * 1024;

/// The settings of a guard for principals of type `P`.
pub(crate) struct Settings<P> {
    pub(crate) carriers: Carriers,
    pub(crate) vary: HeaderValue,
    pub(crate) anonymous: Anonymous,
    pub(crate) anonymous_name: Cow<'static, str>,
    pub(crate) body_limit: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) drain_limit: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) style: Arc<dyn ResponseStyle>,
    pub(crate) retry_after: HeaderValue,
    pub(crate) preflight: Preflight,
    pub(crate) credentials: Credentials,
    pub(crate) entry_point: Option<Arc<str>>,
    pub(crate) proxies: Option<TrustedProxies>,
    pub(crate) audit: Option<Audit<P>>,
    pub(crate) known_addresses: Option<Known>,
    pub(crate) counters: Option<SharedCounters>,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) last_uses: Option<LastUses>,
    identity: Arc<[String]>,
    identity_filter: NameFilter,
}

/// What becomes of a request without a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anonymous {
    Refuse,
    Allow,
}

/// Whether the handler sees the credential that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    Show,
    Remove,
}

impl<P> Settings<P> {
    pub(super) fn new(authenticator: &impl Authenticator<Principal = P>) -> Self {
        let mut carriers = Carriers::new();
        authenticator.carriers(&mut carriers);
        let vary = carriers.headers().collect::<Vec<_>>().join(", ");
        let settings = Self {
            // Names of headers are header values; what is none is no name either.
            vary: HeaderValue::try_from(vary).unwrap_or(HeaderValue::from_static("*")),
            carriers,
            anonymous: Anonymous::Refuse,
            anonymous_name: Cow::Borrowed("anonymous"),
            body_limit: 1024 * 1024,
            body_timeout: BODY_TIMEOUT,
            drain_limit: DRAIN_LIMIT,
            clock: Arc::new(SystemClock),
            style: Arc::new(ProblemJson),
            retry_after: HeaderValue::from_static("5"),
            preflight: Preflight::Refuse,
            credentials: Credentials::Show,
            entry_point: None,
            proxies: None,
            audit: None,
            known_addresses: None,
            counters: None,
            throttle: None,
            last_uses: None,
            identity: Arc::default(),
            identity_filter: NameFilter::default(),
        };
        settings.with_identity(IDENTITY_HEADERS)
    }

    /// Sets which headers clients may not name a user by. A carrier is never one.
    pub(crate) fn with_identity<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let plain = |name: T| name.as_ref().bytes().map(|byte| char::from(plain(byte))).collect::<String>();
        let names = names.into_iter().map(plain);
        self.identity = names.filter(|name| !self.carriers.headers().any(|held| held == name)).collect();
        self.identity_filter = self.identity.iter().map(String::as_str).collect();
        self
    }

    /// Whether a header names a user, in whatever spelling: servers behind may read `_` and
    /// `-` as the same (RFC 3875, section 4.1.18).
    pub(super) fn is_identity(&self, name: &str) -> bool {
        self.identity_filter.may_be(name)
            && self.identity.iter().any(|held| {
                held.len() == name.len()
                    && held.bytes().zip(name.bytes()).all(|(held, sent)| held == plain(sent))
            })
    }

    /// Whether the handler must not see a header.
    pub(super) fn is_unwanted(&self, name: &str) -> bool {
        self.is_identity(name)
            || (self.credentials == Credentials::Remove && name != "cookie" && self.carriers.has_header(name))
    }

    /// The query without the carriers, if that is wanted and there is one.
    pub(super) fn without_credential(&self, query: &str) -> Option<String> {
        let is_carrier = |name: &str| self.carriers.has_parameter(name);
        if self.credentials == Credentials::Show || !query::pairs(query).any(|pair| is_carrier(pair.name)) {
            return None;
        }
        let kept = query.split('&').filter(|pair| !is_carrier(pair.split('=').next().unwrap_or_default()));
        Some(kept.collect::<Vec<_>>().join("&"))
    }
}

const fn plain(byte: u8) -> u8 {
    match byte {
        b'_' => b'-',
        other => other.to_ascii_lowercase(),
    }
}

impl<P> Clone for Settings<P> {
    fn clone(&self) -> Self {
        Self {
            carriers: self.carriers.clone(),
            vary: self.vary.clone(),
            anonymous: self.anonymous,
            anonymous_name: self.anonymous_name.clone(),
            body_limit: self.body_limit,
            body_timeout: self.body_timeout,
            drain_limit: self.drain_limit,
            clock: Arc::clone(&self.clock),
            style: Arc::clone(&self.style),
            retry_after: self.retry_after.clone(),
            preflight: self.preflight,
            credentials: self.credentials,
            entry_point: self.entry_point.clone(),
            proxies: self.proxies.clone(),
            audit: self.audit.clone(),
            known_addresses: self.known_addresses.clone(),
            counters: self.counters.clone(),
            throttle: self.throttle.clone(),
            last_uses: self.last_uses.clone(),
            identity: Arc::clone(&self.identity),
            identity_filter: self.identity_filter,
        }
    }
}

/// The settings that the middleware of every framework has: methods of a type with a field
/// `guard`.
macro_rules! guard_settings {
    () => {
        /// Lets requests without any credential through, as
        /// [`AuthState::Anonymous`](crate::AuthState::Anonymous). A wrong credential, or one
        /// that nobody claims, is still refused.
        #[must_use]
        pub fn allow_anonymous(self) -> Self {
            self.set(|settings| settings.anonymous = crate::guard::Anonymous::Allow)
        }

        /// The same, and says what the log calls whoever it lets through: `anonymous` without
        /// this.
        #[must_use]
        pub fn allow_anonymous_as(self, name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
            let name = name.into();
            self.allow_anonymous().set(|settings| settings.anonymous_name = name)
        }

        /// The most bytes of a body that an authenticator may make the guard read: 1 MiB
        /// without this. Bodies that no authenticator asks for are not limited here.
        #[must_use]
        pub fn with_body_limit(self, bytes: usize) -> Self {
            self.set(|settings| settings.body_limit = bytes)
        }

        /// How long a body may take: 30 seconds without this, and for ever with
        /// [`Duration::MAX`](std::time::Duration::MAX).
        ///
        /// * A body that an authenticator asks for: from the first wait to its end. After that,
        ///   the request is a 408, and the server closes the connection, for the rest of the
        ///   body is still to come.
        /// * A body that streams under a [guard](crate::request::BodyGuard): each single wait of
        ///   whoever reads it. After that, the body ends in
        ///   [`TooSlow`](crate::request::BodyFailure::TooSlow).
        ///
        /// Other bodies are not timed here. Nor is any outside of a Tokio runtime; in one, timers
        /// must be on (`enable_time`, as `#[tokio::main]` has it), or the first wait panics.
        #[must_use]
        pub fn with_body_timeout(self, timeout: std::time::Duration) -> Self {
            self.set(|settings| settings.body_timeout = timeout)
        }

        /// How many bytes of a body are read and thrown away where its request is refused: 8 MiB
        /// without this, and none with 0. A client that sends a whole body before it reads would
        /// otherwise often see that the connection broke, and not why.
        ///
        /// * Only with HTTP/1. A body that is announced as longer is not read at all, nor is one
        ///   of which the client waits to be asked for it (`Expect: 100-continue`; actix-web always
        ///   asks, so it is read there).
        /// * It takes 5 seconds at most, or the [time of bodies](Self::with_body_timeout) if that
        ///   is shorter; then the server closes the connection behind the answer. With tower and
        ///   axum, the head of the answer is sent before, and its content after that; with
        ///   actix-web, the whole answer after that. Outside of a Tokio runtime nobody waits.
        #[must_use]
        pub fn with_drain_limit(self, bytes: usize) -> Self {
            self.set(|settings| settings.drain_limit = bytes)
        }

        /// Takes the time from another clock.
        #[must_use]
        pub fn with_clock(self, clock: impl crate::Clock) -> Self {
            self.set(|settings| settings.clock = std::sync::Arc::new(clock))
        }

        /// Words refusals in another style.
        #[must_use]
        pub fn with_style(self, style: impl crate::guard::ResponseStyle) -> Self {
            self.set(|settings| settings.style = std::sync::Arc::new(style))
        }

        /// What a 503 says in `Retry-After`, in seconds: 5 without this.
        #[must_use]
        pub fn with_retry_after(self, seconds: u32) -> Self {
            self.set(|settings| settings.retry_after = seconds.into())
        }

        /// Sets which headers are removed from every request, because a client must not name
        /// a user by them: [`IDENTITY_HEADERS`](crate::guard::IDENTITY_HEADERS) without this.
        /// Case, and `_` for `-`, make no difference. A header that carries credentials is
        /// never one of them.
        #[must_use]
        pub fn with_identity_headers<T: AsRef<str>>(self, names: impl IntoIterator<Item = T>) -> Self {
            self.set(|settings| *settings = settings.clone().with_identity(names))
        }

        /// Removes every header and query parameter that carries credentials before the
        /// handler is called, so that it cannot log or forward one. Cookies stay: others are in
        /// the same header.
        #[must_use]
        pub fn remove_credentials(self) -> Self {
            self.set(|settings| settings.credentials = crate::guard::Credentials::Remove)
        }

        /// Lets CORS preflights through, as anonymous: `OPTIONS` with `Origin` and
        /// `Access-Control-Request-Method`, each once, and without a credential. Without
        /// this they are refused like every request without a credential; a CORS layer
        /// *outside* the guard answers them itself, and then this is not needed.
        #[must_use]
        pub fn allow_cors_preflight(self) -> Self {
            self.set(|settings| settings.preflight = crate::guard::Preflight::Pass)
        }

        /// For a guard around a single route: the name of that entry point, which keys can be
        /// limited to. Without it, an entry point is named by the pattern of its route.
        #[must_use]
        pub fn at_entry_point(self, name: impl Into<std::sync::Arc<str>>) -> Self {
            let name = name.into();
            self.set(|settings| settings.entry_point = Some(name))
        }

        /// Takes the address of the client from what these proxies say. Without this it is the
        /// address of the peer, and no header is read.
        #[must_use]
        pub fn with_trusted_proxies(self, proxies: crate::request::TrustedProxies) -> Self {
            self.set(|settings| settings.proxies = Some(proxies))
        }

        /// Records every decision in an audit log.
        #[must_use]
        pub fn with_audit(self, sink: impl crate::audit::AuditSink) -> Self
        where
            A::Principal: crate::Identity,
        {
            let audit = crate::guard::Audit::new(sink);
            self.set(|settings| settings.audit = Some(audit))
        }

        /// Remembers from which addresses each key was used, and makes the first use from
        /// another one seen: in the log, and in the audit log. It asks `store` at each
        /// request with a stored key whose address is known.
        ///
        /// A store that fails is asked again after 5 seconds, by one request; and where an
        /// answer has not come for 250 ms, no other request asks. Nobody is refused, and a use
        /// that was not asked about is seen the next time.
        #[must_use]
        pub fn with_known_addresses(self, store: impl crate::audit::KnownAddresses) -> Self {
            let known = crate::guard::Known::new(store);
            self.set(|settings| settings.known_addresses = Some(known))
        }

        /// Counts the requests of keys that have [limits](crate::Limits), and of their owners, in
        /// `counters`. Without this, a key that has limits is a 500.
        ///
        /// * A request is counted when its credential is good, and only then: requests that are
        ///   refused, and anonymous ones, use nothing up.
        /// * One is taken from every budget at once, or from none. Where one has nothing left,
        ///   the request is a 429 that says when to come back; where the store cannot count, a
        ///   503.
        /// * A signature is claimed before: a signed request that is a 429 must be signed again.
        /// * Each layer counts. Where one is inside another, give counters to both and a request
        ///   uses two up.
        #[must_use]
        pub fn with_quotas(self, counters: impl crate::store::CounterStore) -> Self {
            let counters = crate::store::SharedCounters::new(counters);
            self.set(|settings| settings.counters = Some(counters))
        }

        /// Slows down whoever tries credentials, by the rules of
        /// [`throttle`](crate::throttle). The address is that of the client behind the
        /// [trusted proxies](Self::with_trusted_proxies). Give clones of one throttle to layers
        /// that shall count together.
        #[must_use]
        pub fn with_throttle(self, throttle: crate::throttle::Throttle) -> Self {
            self.set(|settings| settings.throttle = Some(throttle))
        }

        /// Notes in `uses` when each stored key was used last, for the store to be told of now
        /// and then: see [`LastUses::run`](crate::store::LastUses::run). A key is in use where
        /// its credential is good, whatever becomes of the request after that.
        #[must_use]
        pub fn with_last_use(self, uses: crate::store::LastUses) -> Self {
            self.set(|settings| settings.last_uses = Some(uses))
        }

        fn set(mut self, change: impl FnOnce(&mut crate::guard::Settings<A::Principal>)) -> Self {
            self.guard = self.guard.set(change);
            self
        }
    };
}

#[allow(unused_imports, reason = "the frameworks use it")]
pub(crate) use guard_settings;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AnyOf;

    #[test]
    fn an_identity_header_is_one_in_every_spelling_unless_it_carries_credentials() {
        let settings = Settings::new(&AnyOf::<()>::new());
        for name in ["x-user-id", "x_user_id", "X-User_Id", "remote_user"] {
            assert!(settings.is_unwanted(name), "{name}");
        }
        for name in ["x-user-ids", "user-id", "authorization", "accept"] {
            assert!(!settings.is_unwanted(name), "{name}");
        }
        let long = "x".repeat(80);
        let named = settings.with_identity(["X_Tenant", "Authorization", &long]);
        assert!(named.is_unwanted("x-tenant") && named.is_unwanted(&long) && !named.is_unwanted("x-user-id"));
        assert!(!named.is_unwanted("authorization"));
    }

    #[test]
    fn a_credential_leaves_the_query_and_nothing_else_does() {
        let mut settings = Settings::new(&AnyOf::<()>::new());
        settings.carriers.add_parameter("signature");
        assert_eq!(settings.without_credential("a=1&signature=s"), None);
        settings.credentials = Credentials::Remove;
        for (query, left) in
            [("a=1&signature=s&b", Some("a=1&b")), ("signature", Some("")), ("a=signature", None), ("", None)]
        {
            assert_eq!(settings.without_credential(query).as_deref(), left, "{query}");
        }
    }
}
