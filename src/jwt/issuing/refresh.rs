//! Refresh tokens (RFC 6749, section 6), each of which is used once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use zeroize::Zeroizing;

use crate::audit::{AuditEvent, AuditSink};
use crate::canonical::base64;
use crate::crypto::{RandomError, random};
use crate::store::{
    FamilyId, RefreshFamily, RefreshStore, RefreshTurn, SharedRefresh, StoreError, TokenDigest, Turned,
};
use crate::trace::event;
use crate::{Scopes, Secret, Timestamp};

/// The bytes of a handle, which says which family a token is of.
const HANDLE: usize = 16;
/// The bytes of a token: the handle of its family, and a secret of its own.
const TOKEN: usize = HANDLE + 32;
/// Their characters.
const LENGTH: usize = TOKEN / 3 * 4;

/// Issues refresh tokens, and takes each of them once for the next.
///
/// * A token is 64 characters of base64url: the handle of its family in 128 random bits, and 256
///   random bits of its own. The store has digests of both.
/// * Each use ends the token that was used and gives the next, in one step: of however many that
///   use one at once, one is given the next. There is no time of grace: a client whose answer was
///   lost logs in again.
/// * A token of a family that is not the one that is good was used before, or is in the hands of
///   another client: somebody has stolen it, or its successor. The whole family ends, and an
///   event says so (RFC 9700, section 4.14.2). Access tokens that were issued by then live on: keep
///   their lives short, or [revoke](crate::store::TokenRevocations) them too.
/// * A family ends when no token of it was used for 7 days, and 30 days after the login however
///   often it is used, unless something else is said.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::{RefreshError, RefreshGrant, RefreshTokens};
/// use portcullis::store::memory::MemoryTokenStore;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let refresh = RefreshTokens::new(MemoryTokenStore::new(), "https://issuer.example");
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let first = refresh.begin(RefreshGrant::new("ada"), now).await?;
/// let first = first.expose_text().unwrap_or_default();
///
/// let redeemed = refresh.redeem(first, None, now).await?;
/// assert_eq!(redeemed.family.subject, "ada");
/// let again = refresh.redeem(first, None, now).await;
/// assert!(matches!(again, Err(RefreshError::Reused)));
/// # Ok::<(), RefreshError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct RefreshTokens {
    store: SharedRefresh,
    issuer: Box<str>,
    idle: Duration,
    longest: Duration,
    audit: Option<Arc<dyn AuditSink>>,
}

/// What a login grants to a client for as long as it refreshes its tokens.
#[derive(Clone, Debug)]
#[must_use]
pub struct RefreshGrant<'a> {
    subject: &'a str,
    client: Option<&'a str>,
    scopes: Scopes,
    data: &'a str,
}

impl<'a> RefreshGrant<'a> {
    /// A grant about a subject, to a client without a name.
    pub const fn new(subject: &'a str) -> Self {
        Self { subject, client: None, scopes: Scopes::none(), data: "" }
    }

    /// Sets the client: in the hands of another its tokens are stolen ones.
    pub const fn with_client(mut self, client: Option<&'a str>) -> Self {
        self.client = client;
        self
    }

    /// Sets what access tokens may do at most.
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets a text of the application's own, which comes back with each use. It is kept in
    /// clear.
    pub const fn with_data(mut self, data: &'a str) -> Self {
        self.data = data;
        self
    }
}

/// What a refresh token was taken for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Redeemed {
    /// What the tokens are for.
    pub family: RefreshFamily,
    /// The next refresh token.
    pub next: Secret,
}

/// Why there is no next refresh token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The text has not the form of a token; no store was asked.
    #[error("the refresh token has the wrong form")]
    Malformed,
    /// There is no such family, or it was ended.
    #[error("the refresh token is unknown")]
    Unknown,
    /// The family is past its end, or was not used for too long.
    #[error("the refresh token has expired")]
    Expired,
    /// The token was used before, or is in the hands of another client. Its family was ended by
    /// that.
    #[error("the refresh token was used before")]
    Reused,
    /// The store cannot tell: this is no refusal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl RefreshError {
    /// Whether the token is no good: `invalid_grant` (RFC 6749, section 5.2). Everything else is an
    /// outage, after which the same token may be presented again.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Malformed | Self::Unknown | Self::Expired | Self::Reused)
    }
}

impl RefreshTokens {
    /// For how long a token is good that is not used: 7 days.
    pub const DEFAULT_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
    /// For how long after a login its family is good: 30 days.
    pub const DEFAULT_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

    /// Tokens of an issuer; `issuer` is the `iss` of its access tokens.
    #[must_use]
    pub fn new(store: impl RefreshStore, issuer: &str) -> Self {
        Self {
            store: SharedRefresh::new(store),
            issuer: issuer.into(),
            idle: Self::DEFAULT_IDLE,
            longest: Self::DEFAULT_LIFE,
            audit: None,
        }
    }

    /// Sets for how long a token is good that is not used.
    #[must_use]
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets for how long after a login its family is good.
    #[must_use]
    pub const fn with_life(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Records when a token was used again, and its family ended by that.
    #[must_use]
    pub fn with_audit(mut self, sink: impl AuditSink) -> Self {
        self.audit = Some(Arc::new(sink));
        self
    }

    /// Begins a family at a login: its first token.
    ///
    /// # Errors
    /// [`RefreshError::Store`] and [`RefreshError::Random`].
    pub async fn begin(&self, grant: RefreshGrant<'_>, now: Timestamp) -> Result<Secret, RefreshError> {
        let RefreshGrant { subject, client, scopes, data } = grant;
        let family = RefreshFamily::new(&self.issuer, subject, now, now.saturating_add(self.longest))
            .with_client(client)
            .with_scopes(scopes)
            .with_data(data);
        let bytes = random::bytes::<TOKEN>()?;
        let parts = Parts::of(&bytes);
        let until = now.saturating_add(self.idle);
        self.store.begin(&self.family(&parts), &family, &parts.digest(client), until).await?;
        Ok(text(&bytes))
    }

    /// What the family of a token is for: to see what may be in the way before the token is used
    /// up. It says nothing of whether the token is good.
    ///
    /// # Errors
    /// [`RefreshError::Malformed`], [`RefreshError::Unknown`] and [`RefreshError::Store`].
    pub async fn look_at(&self, token: &str) -> Result<RefreshFamily, RefreshError> {
        let presented = read(token).ok_or(RefreshError::Malformed)?;
        let family = self.family(&Parts::of(&presented));
        self.store.family(&family).await?.ok_or(RefreshError::Unknown)
    }

    /// Takes a token for the next, in the hands of `client`. On a Tokio runtime it goes on when
    /// nobody waits for it any more, so that each reuse is recorded.
    ///
    /// # Errors
    /// When the token [is no good](RefreshError::is_refusal), and when the store or the generator
    /// cannot answer.
    pub async fn redeem(
        &self,
        token: &str,
        client: Option<&str>,
        now: Timestamp,
    ) -> Result<Redeemed, RefreshError> {
        let presented = read(token).ok_or(RefreshError::Malformed)?;
        let parts = Parts::of(&presented);
        let mut next = random::bytes::<TOKEN>()?;
        next.iter_mut().zip(parts.handle).for_each(|(to, from)| *to = *from);
        let following = Parts::of(&next);
        let (family, until) = (self.family(&parts), now.saturating_add(self.idle));
        let turn = RefreshTurn::new(family, parts.digest(client), following.digest(client), until, now);
        let this = self.clone();
        // A caller that hangs up must leave no family that ended without a record.
        let turned = to_the_end(async move { this.turn(&turn).await }).await?;
        match turned? {
            Turned::Next(family) => Ok(Redeemed { family, next: text(&next) }),
            Turned::Expired => Err(RefreshError::Expired),
            Turned::Unknown => Err(RefreshError::Unknown),
            Turned::Reused(_) => Err(RefreshError::Reused),
        }
    }

    /// Ends the family of a token, as a logout does (RFC 7009); any token of it will do. Whether
    /// there was one.
    ///
    /// # Errors
    /// [`RefreshError::Malformed`] and [`RefreshError::Store`].
    pub async fn end(&self, token: &str) -> Result<bool, RefreshError> {
        let presented = read(token).ok_or(RefreshError::Malformed)?;
        Ok(self.store.end_family(&self.family(&Parts::of(&presented))).await?)
    }

    /// Ends all families of a user: when its password changes, and when it is switched off. How
    /// many there were.
    ///
    /// # Errors
    /// [`RefreshError::Store`].
    pub async fn end_all(&self, subject: &str) -> Result<u64, RefreshError> {
        Ok(self.store.end_families_of(&self.issuer, subject).await?)
    }

    /// Lets the family turn, and records where it ended by that.
    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        let turned = self.store.turn(turn).await?;
        if let Turned::Reused(held) = &turned {
            event!(warn, family = %turn.family, "a refresh token was used again: its family was ended");
            self.record(turn.now, &turn.family, held);
        }
        Ok(turned)
    }

    /// A family of another issuer in the same store is none of ours.
    fn family(&self, parts: &Parts<'_>) -> FamilyId {
        FamilyId::of_handle(&self.issuer, parts.handle)
    }

    fn record(&self, at: Timestamp, family: &FamilyId, held: &RefreshFamily) {
        if let Some(sink) = &self.audit {
            sink.record(&AuditEvent::RefreshReused {
                at,
                issuer: (&*held.issuer).into(),
                subject: (&*held.subject).into(),
                client: held.client.as_deref().map(Into::into),
                family: *family,
            });
        }
    }
}

/// Does something in a task of its own, where there is a runtime for tasks.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, StoreError> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn(work).await.map_err(StoreError::unavailable),
        Err(_) => Ok(work.await),
    }
}

/// A token in its two parts.
struct Parts<'a> {
    handle: &'a [u8; HANDLE],
    secret: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(token: &'a [u8; TOKEN]) -> Self {
        // A token is longer than a handle.
        let (handle, secret) = token.split_first_chunk::<HANDLE>().unwrap_or((&[0; HANDLE], &[]));
        Self { handle, secret }
    }

    fn digest(&self, client: Option<&str>) -> TokenDigest {
        TokenDigest::of_secret(self.secret, client)
    }
}

fn text(token: &[u8; TOKEN]) -> Secret {
    Secret::from(base64::encode_url(token))
}

fn read(token: &str) -> Option<Zeroizing<[u8; TOKEN]>> {
    let bytes = (token.len() == LENGTH).then(|| base64::url_vec(token.as_bytes())).flatten()?;
    Zeroizing::new(bytes).as_slice().try_into().ok().map(Zeroizing::new)
}

impl fmt::Debug for RefreshTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshTokens")
            .field("issuer", &self.issuer)
            .field("idle", &self.idle)
            .field("life", &self.longest)
            .finish_non_exhaustive()
    }
}
