//! Events as requests of a principal.

use std::time::Duration;

use super::presented::Presented;
use super::verifier::WebhookVerifier;
use crate::request::{Carriers, RequestView};
use crate::store::{Claim, EntryPoints};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, Credential, KeyId, NonceStore, Outcome, Realm, Reason,
    Scheme, Timestamp,
};

/// Lets the events of one sender in as a principal that the application names for it; the
/// rules are those of the [module](super).
///
/// ```
/// use portcullis::Principal;
/// use portcullis::store::{EntryPoints, memory::MemoryNonceStore};
/// use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookVerifier};
///
/// let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
/// let verifier = WebhookVerifier::new(WebhookScheme::standard(), secrets)?;
/// let payments = Principal::new("payments");
/// let events = WebhookAuthenticator::new("payments", payments, verifier, MemoryNonceStore::new())
///     .with_entry_points(EntryPoints::only(["/hooks/payments"])?);
/// # let _ = events;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WebhookAuthenticator<P, N> {
    name: KeyId,
    realm: Realm,
    principal: P,
    verifier: WebhookVerifier,
    nonces: N,
    entry_points: EntryPoints,
    repeats: Repeats,
    memory: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    /// The same attempt is let in once.
    RefuseAttempts,
    /// The same id is let in once.
    RefuseIds,
    Accept,
}

impl<P: Clone + Send + Sync + 'static, N: NonceStore> WebhookAuthenticator<P, N> {
    /// Lets in what `verifier` accepts, as `principal`. Events are claimed in `nonces` under
    /// `name`: give each sender its own. Spans and refusals say it in the log, and the audit log
    /// of a refusal; who an event that was let in is from, that one takes from `principal`.
    #[must_use]
    pub fn new(name: impl Into<KeyId>, principal: P, verifier: WebhookVerifier, nonces: N) -> Self {
        Self {
            name: name.into(),
            realm: Realm::default(),
            principal,
            verifier,
            nonces,
            entry_points: EntryPoints::any(),
            repeats: Repeats::RefuseAttempts,
            memory: Duration::from_secs(24 * 60 * 60),
        }
    }

    /// Claims in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.realm = realm;
        self
    }

    /// Lets events in at these entry points only: no scheme signs where an event is sent to.
    #[must_use]
    pub fn with_entry_points(mut self, entry_points: EntryPoints) -> Self {
        self.entry_points = entry_points;
        self
    }

    /// How long an event that has no timestamp is remembered, and an id where
    /// [repeated ids](Self::refuse_repeated_ids) are refused: 24 hours without this. After that,
    /// whoever captured such an event can repeat it.
    #[must_use]
    pub const fn with_memory(mut self, memory: Duration) -> Self {
        self.memory = memory;
        self
    }

    /// Refuses an id that came before, where the scheme has ids, also when the sender signed it
    /// anew: that is how it repeats an event which the handler failed to take. Without this,
    /// such an attempt is let in, and the handler looks at the id.
    #[must_use]
    pub const fn refuse_repeated_ids(mut self) -> Self {
        self.repeats = Repeats::RefuseIds;
        self
    }

    /// Lets the same event in again and again, for senders that repeat events to the letter
    /// (GitHub's redelivery does). The danger: so can whoever captured one. The handler must
    /// tell them apart by what is in the body.
    #[must_use]
    pub fn dangerous_accept_repeats(mut self) -> Self {
        crate::trace::danger("webhook: repeats");
        self.repeats = Repeats::Accept;
        self
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        let Some(presented) = self.verifier.read(request)? else { return Ok(Outcome::Absent) };
        let body = request.body().await?;
        let now = request.body_came().unwrap_or(request.received_at());
        let named = |error: AuthError| error.with_key(self.name.clone());
        self.verifier.check_signature(&presented, &body, now).map_err(named)?;
        if !self.entry_points.allow(request.entry_point()) {
            return Err(named(Reason::EntryPointNotAllowed.into()));
        }
        if !self.claim(&presented, &body, request.received_at()).await? {
            return Err(named(Reason::Replayed.into()));
        }
        request.note(|| Credential::of_name(Scheme::Webhook, self.name.clone()));
        Ok(Outcome::Authenticated(self.principal.clone()))
    }

    /// Whether the event comes for the first time.
    async fn claim(&self, presented: &Presented<'_>, body: &[u8], now: Timestamp) -> Result<bool, AuthError> {
        let signed = presented.signed;
        let nonce = match self.repeats {
            Repeats::Accept => return Ok(true),
            Repeats::RefuseIds if !signed.id.is_empty() => signed.id.as_bytes().to_vec(),
            // A dot is in no id.
            _ if !signed.id.is_empty() => [signed.id, ".", signed.seconds].concat().into_bytes(),
            _ => self.verifier.digest(signed, body).to_vec(),
        };
        let remembered = now.saturating_add(self.memory);
        let until = match presented.moment().map(|moment| moment.saturating_add(self.verifier.tolerance)) {
            // The next attempt has a timestamp of its own.
            Some(end) if self.repeats == Repeats::RefuseIds => end.max(remembered),
            Some(end) => end,
            None => remembered,
        };
        let claim = Claim::new(&self.realm, Scheme::Webhook, &self.name, &nonce, until, now);
        Ok(self.nonces.claim(&claim).await?)
    }
}

impl<P: Clone + Send + Sync + 'static, N: NonceStore> Authenticator for WebhookAuthenticator<P, N> {
    type Principal = P;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::Webhook))
    }

    fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Webhook"));
    }

    fn carriers(&self, out: &mut Carriers) {
        let scheme = &self.verifier.scheme;
        // The id is no credential: handlers compare it, and see it where credentials are removed.
        out.add_header_group(&scheme.headers().filter(|name| Some(*name) != scheme.id).collect::<Vec<_>>());
    }
}
