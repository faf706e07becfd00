//! What happens to a request around the chain, whatever the framework.
//!
//! # Decision
//!
//! 1. *Hygiene.* Refused with 400: a standard method in another case; a `Host` that is sent
//!    twice, is no authority or disagrees with the target; a `Connection` that names a header
//!    on which something here depends, so that the next proxy would drop it.
//! 2. A CORS preflight passes as anonymous, if that is switched on (`allow_cors_preflight`) and it is a
//!    real one: `OPTIONS` with `Origin` and `Access-Control-Request-Method` and without a
//!    credential.
//! 3. With a [throttle](crate::throttle): 429 where a credential comes from addresses that have
//!    to wait.
//! 4. The chain is asked, by the rules of [`decide`]. What it refuses is counted by the throttle.
//! 5. With a stored key: it is noted where it was used from and when (`with_known_addresses`,
//!    `with_last_use`); then one is taken from each budget of the key and its owners
//!    (`with_quotas`). A key that is used from elsewhere is seen also where it has nothing
//!    left.
//! 6. Refused: the [response style](ResponseStyle) renders the answer. The handler is not
//!    called, and of the body no more was looked at than an authenticator asked for; the rest is
//!    thrown away (below).
//! 7. No credential: the same with a 401, unless anonymous requests are allowed.
//! 8. Otherwise the body passes what authenticators left to check it: one that is there already,
//!    at once, with a refusal where it is not the one that was signed; any other while it is
//!    read (below). An [`AuthState`] takes the place of any earlier one in the
//!    request's extensions. Headers by which a proxy would name a user are removed, credentials
//!    are marked as sensitive or removed, and the handler is called.
//!
//! # Bodies
//!
//! * A body that no authenticator cares for goes to the handler as it comes.
//! * One that an authenticator asks for is read first, up to a limit (`with_body_limit`: 413) and
//!   within a time (`with_body_timeout`: 408).
//! * Where a request of HTTP/1 is refused while its body is still to come, as much as 8 MiB of it
//!   (`with_drain_limit`) is read and thrown away, for 5 seconds at most. A server that closed the
//!   connection with bytes unread would reset it, and a client that sends everything before it
//!   reads would not see the answer. Behind the end of the body, the connection can be used again;
//!   where that is not reached, or not even tried because too much is announced, it is closed. So
//!   it is too behind a 408.
//! * One that streams under a [`BodyGuard`](crate::request::BodyGuard) goes to the handler while
//!   it is checked. Its last piece and its end are held back until it is known to be the one that
//!   was signed. Otherwise it ends in an error that holds a
//!   [`BodyFailure`](crate::request::BodyFailure) and never cleanly; that is logged, counted and
//!   audited as a refusal, while the status is the handler's to choose. axum's extractors
//!   (`Bytes`, `String`, `Json`) answer 400 with the text of the error, and so do actix-web's.
//!   [`BodyFailure::behind`](crate::request::BodyFailure::behind) finds what it was.
//! * Until the end of such a body, a handler has bytes of which the signature is not known to be
//!   good: it must not act on them in a way that cannot be undone. Whoever reads only a part has
//!   checked nothing. Where a handler cannot live with that, ask for the body as a whole.
//! * Trailers of HTTP are under no digest and no signature. A body that has some fails under a
//!   [`DigestGuard`](crate::crypto::DigestGuard) as under the guard of signed chunks, whose own
//!   trailers are something else. Behind a body that was asked for as a whole, and behind one
//!   that nobody cares for, the handler sees them: it must not believe them. actix-web shows no
//!   trailers to anybody.
//!
//! A 401 carries the challenges of the whole chain. Every refusal carries
//! `Cache-Control: no-store`, a 429 and a 503 also `Retry-After`, and in its extensions
//! [`Refused`], which is not sent. Where budgets were asked, the answer says in
//! `RateLimit-Policy` and `RateLimit` how they stand, refused or not
//! (draft-ietf-httpapi-ratelimit-headers-11).
//!
//! # Caches
//!
//! Answers to GET and HEAD say in `Vary` which headers they depend on, those to anonymous
//! requests too. Shared caches keep nothing that was asked for with `Authorization` unless it
//! says they may (RFC 9111, section 3.5). They do not know the other carriers: where a request
//! was authenticated by one of these, the answer says `no-store`, unless the handler said
//! `private` or `no-store` itself.

mod audit;
mod caching;
#[cfg(any(feature = "tower", feature = "actix"))]
mod collect;
#[cfg(any(feature = "tower", feature = "actix"))]
mod drain;
#[cfg(any(feature = "tower", feature = "actix"))]
mod guarded;
#[cfg(any(feature = "tower", feature = "actix"))]
mod guards;
mod head;
mod identity;
mod known;
#[cfg(any(feature = "tower", feature = "actix"))]
mod late_refusal;
mod log;
mod measure;
#[cfg(any(feature = "tower", feature = "actix"))]
mod passing;
#[cfg(any(feature = "tower", feature = "actix"))]
mod patience;
mod preflight;
mod quotas;
mod refusal;
mod refused;
mod remarks;
mod server_time;
mod settings;
mod style;
mod throttled;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

pub(crate) use audit::Audit;
pub(crate) use caching::Caching;
#[cfg(any(feature = "tower", feature = "actix"))]
pub(crate) use collect::{BodyState, poll_drive, read};
#[cfg(feature = "tower")]
pub(crate) use drain::{Drain, Rest};
#[cfg(any(feature = "tower", feature = "actix"))]
pub(crate) use guarded::{Guarded, Interrupted};
pub use identity::IDENTITY_HEADERS;
pub(crate) use known::Known;
pub(crate) use measure::Stopwatch;
#[cfg(any(feature = "tower", feature = "actix"))]
pub(crate) use passing::{Decoded, Passing, PassingBody};
pub(crate) use preflight::Preflight;
pub(crate) use refusal::AnonymousRefusal;
pub use refused::Refused;
pub(crate) use remarks::Remarks;
pub use server_time::server_time;
pub(crate) use settings::{Anonymous, Credentials, Settings, guard_settings};
pub use style::{DjApiAuthStyle, FastApiStyle, Igny8Style, ProblemJson, Refusal, Rendered, ResponseStyle};

use crate::authenticator::decide;
use crate::request::RequestView;
use crate::scope::HasScopes;
use crate::store::KeyRef;
use crate::throttle::Throttle;
use crate::{AuthError, AuthState, Authenticator, Outcome, Reason, Timestamp};

/// A chain with its settings: what the adapters to the frameworks call. Its clones share both.
pub(crate) struct Guard<A: Authenticator> {
    authenticator: Arc<A>,
    settings: Arc<Settings<A::Principal>>,
}

/// What a body may be that an authenticator asks for.
#[derive(Clone, Copy)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) timeout: Duration,
}

impl BodyLimits {
    /// At most so many bytes, in the usual time.
    #[cfg(any(feature = "tower", feature = "actix"))]
    pub(crate) const fn of(bytes: usize) -> Self {
        Self { bytes, timeout: settings::BODY_TIMEOUT }
    }
}

/// A request that may go on.
pub(crate) struct Admission<P> {
    /// What goes into the extensions.
    pub(crate) state: AuthState<P>,
    /// What the answer has to say besides.
    pub(crate) remarks: Remarks,
}

impl<A: Authenticator> Guard<A> {
    pub(crate) fn new(authenticator: A) -> Self {
        measure::describe();
        let settings = Settings::new(&authenticator);
        Self { authenticator: Arc::new(authenticator), settings: Arc::new(settings) }
    }

    /// Changes the settings of this clone.
    pub(crate) fn set(mut self, change: impl FnOnce(&mut Settings<A::Principal>)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    pub(crate) fn body_limits(&self) -> BodyLimits {
        BodyLimits { bytes: self.settings.body_limit, timeout: self.settings.body_timeout }
    }

    /// Decides about one request.
    pub(crate) async fn decide(
        &self,
        request: &RequestView<'_>,
    ) -> Result<Admission<A::Principal>, AuthError> {
        let settings = &*self.settings;
        let head = head::inspect(request, settings)?;
        if settings.preflight == preflight::Preflight::Pass && preflight::is_real(request, &settings.carriers)
        {
            return Ok(Admission { state: AuthState::Anonymous, remarks: Remarks::default() });
        }
        if let Some(throttle) = &settings.throttle
            && throttle.anybody_waits(request.received_at())
            && settings.carriers.any_in(request)
        {
            throttle.check(request.peer(), request.received_at())?;
        }
        let span = log::Span::new();
        let mut decision = span.around(decide(&*self.authenticator, &settings.carriers, request)).await;
        if let (Err(error), Some(throttle)) = (&mut decision, &settings.throttle)
            && Throttle::counts(error)
        {
            // Apart, as below: few requests fail.
            Box::pin(throttled::failed(request, error, throttle, settings)).await;
        }
        span.end(request, &decision);
        let state = match (decision?, &settings.anonymous) {
            (Outcome::Authenticated(principal), _) => AuthState::Authenticated(principal),
            (Outcome::Absent, Anonymous::Allow) => AuthState::Anonymous,
            (Outcome::Absent, Anonymous::Refuse) => return Err(AuthError::new(Reason::MissingCredential)),
        };
        if let (AuthState::Authenticated(principal), Some(known)) = (&state, &settings.known_addresses) {
            // Apart, so that requests without it have no room to carry for it.
            Box::pin(audit::first_use(request, principal, known, settings)).await;
        }
        if let (AuthState::Authenticated(_), Some(uses)) = (&state, &settings.last_uses)
            && let Some((realm, id)) = request.noted().and_then(|key| key.realm().zip(key.key()))
        {
            uses.note(KeyRef { realm: realm.clone(), id: id.clone() }, request.received_at());
        }
        let fields = match request.noted_budgets() {
            noted if noted.is_empty() || matches!(state, AuthState::Anonymous) => None,
            noted => Box::pin(quotas::spend(&noted, request, settings)).await?,
        };
        let caching = Caching::of(request.method(), &state, head.authorization, &settings.vary);
        Ok(Admission { state, remarks: Remarks { caching, fields } })
    }

    /// Writes down that a request goes on.
    pub(crate) fn admitted(
        &self,
        request: &RequestView<'_>,
        state: &AuthState<A::Principal>,
        watch: Stopwatch,
    ) {
        log::admitted(request, state, watch);
        audit::admitted(request, state, &self.settings);
    }

    /// Writes down that a request does not go on, and words the answer.
    pub(crate) fn refuse(
        &self,
        error: &AuthError,
        request: &RequestView<'_>,
        watch: Stopwatch,
    ) -> Response<Bytes> {
        log::refused(error, watch);
        audit::refused(request, error, &self.settings);
        refusal::respond(&*self.authenticator, &self.settings, error, request)
    }

    /// Left in the extensions of an anonymous request, so that an extractor that wants a
    /// principal can answer as the guard would have.
    pub(crate) fn anonymous_refusal(&self) -> AnonymousRefusal {
        AnonymousRefusal::new(self.clone())
    }

    /// The same request, as far as the settings know more of it: the entry point that this
    /// guard is around, and the client behind the proxies.
    pub(crate) fn place<'a>(&'a self, mut request: RequestView<'a>) -> RequestView<'a> {
        if let Some(name) = self.settings.entry_point.as_deref() {
            request = request.with_entry_point(Some(name));
        }
        if let Some(proxies) = &self.settings.proxies {
            request = request.with_peer(proxies.client(request.peer(), request.headers()));
        }
        request
    }

    /// Refuses a request that a guard has let through, because of what its route needs.
    pub(crate) fn refuse_inside(&self, error: &AuthError, request: RequestView<'_>) -> Response<Bytes> {
        self.refuse(error, &self.place(request), Stopwatch::start())
    }

    /// Whether it is known which entry point this guard is around.
    #[cfg(feature = "actix")]
    pub(crate) fn is_named(&self) -> bool {
        self.settings.entry_point.is_some()
    }

    /// Whether the handler must not see a header.
    pub(crate) fn is_unwanted(&self, name: &str) -> bool {
        self.settings.is_unwanted(name)
    }

    /// Whether a header is marked as sensitive.
    pub(crate) fn is_sensitive(&self, name: &str) -> bool {
        self.settings.carriers.has_header(name)
    }

    /// The query without the consumed credential, where that is to be removed and there
    /// is one.
    pub(crate) fn query_without_credential(&self, query: Option<&str>) -> Option<String> {
        self.settings.without_credential(query?)
    }

    /// Whether what a guard left for the request holds all of `scopes`.
    pub(crate) fn check_scopes(
        state: Option<&AuthState<A::Principal>>,
        scopes: &[impl AsRef<str>],
    ) -> Result<(), AuthError>
    where
        A::Principal: HasScopes,
    {
        let held = Self::present(state)?.scopes();
        let all = scopes.iter().all(|scope| held.contains(scope.as_ref()));
        if all { Ok(()) } else { Err(AuthError::new(Reason::MissingScope)) }
    }

    /// The principal that a guard left for the request.
    pub(crate) fn present(state: Option<&AuthState<A::Principal>>) -> Result<&A::Principal, AuthError> {
        match state {
            None => Err(AuthError::new(Reason::LayerMissing)),
            Some(AuthState::Anonymous) => Err(AuthError::new(Reason::MissingCredential)),
            Some(AuthState::Authenticated(principal)) => Ok(principal),
        }
    }

    pub(crate) fn carriers(&self) -> &crate::request::Carriers {
        &self.settings.carriers
    }
}

impl<A: Authenticator> Clone for Guard<A> {
    fn clone(&self) -> Self {
        Self { authenticator: Arc::clone(&self.authenticator), settings: Arc::clone(&self.settings) }
    }
}
