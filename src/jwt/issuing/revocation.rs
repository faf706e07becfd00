//! Revoking tokens, and asking whether one was revoked.

use std::time::Duration;

use serde::Deserialize;

use super::TokenCheck;
use crate::jwt::{AccessToken, JwtAuthenticator, JwtIssueError, VerifiedToken};
use crate::request::RequestView;
use crate::store::{Revocation, RevocationName, SharedRevocations, StoreError, TokenRevocations};
use crate::{AuthError, Reason, Scheme, Timestamp};

/// The claim that says in which epoch of its subject a token was issued.
pub(in crate::jwt) const EPOCH: &str = "portcullis_epoch";

impl<P> JwtAuthenticator<P> {
    /// Asks `store` about each token whether it was revoked: by `iss` and `jti`, or by `iss` and
    /// `sub` with the moment and the epoch that it was issued in. That is one question for
    /// each request: it is refused from the next request on. Behind a
    /// `CachedRevocations` it is one question for each token and bound of time.
    ///
    /// A token with neither `jti` nor `sub` could not be revoked, and is refused. The claims are
    /// compared as they were read: no spelling of a token is another token.
    ///
    /// ```
    /// use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
    /// use portcullis::store::memory::MemoryTokenStore;
    ///
    /// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
    /// let verifier = JwtVerifier::new(JwtPolicy::new(), [key])?;
    /// let jwt = JwtAuthenticator::new(verifier).with_revocations(MemoryTokenStore::new());
    /// # let _ = jwt;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_revocations(self, store: impl TokenRevocations) -> Self {
        self.with_check(RevocationCheck(store))
    }
}

struct RevocationCheck<S>(S);

#[derive(Deserialize)]
struct Epoch {
    portcullis_epoch: Option<u64>,
}

impl<S: TokenRevocations> TokenCheck for RevocationCheck<S> {
    async fn check(&self, token: &VerifiedToken, request: &RequestView<'_>) -> Result<(), AuthError> {
        let refused = |reason| AuthError::new(reason).with_scheme(Scheme::Jwt);
        let issuer = token.issuer().unwrap_or_default();
        let names = [
            token.id().map(|id| RevocationName::token(issuer, id)),
            token.subject().map(|subject| RevocationName::subject(issuer, subject)),
        ];
        let names: Vec<_> = names.into_iter().flatten().collect();
        if names.is_empty() {
            return Err(refused(Reason::MissingClaim));
        }
        let answers = self.0.revoked(&names, request.received_at()).await;
        let answers = answers.map_err(|error| AuthError::from(error).with_scheme(Scheme::Jwt))?;
        if answers.len() != names.len() {
            let error = StoreError::corrupt("the answer about revocations");
            return Err(AuthError::from(error).with_scheme(Scheme::Jwt));
        }
        let Some(revocation) = answers.into_iter().flatten().reduce(Revocation::or) else { return Ok(()) };
        let Epoch { portcullis_epoch: epoch } =
            token.claims().map_err(|error| refused(Reason::InvalidClaim).with_source(error))?;
        match revocation.covers(token.issued_at(), epoch) {
            true => Err(refused(Reason::TokenRevoked)),
            false => Ok(()),
        }
    }
}

impl AccessToken<'_> {
    /// Says in which epoch of its subject the token is issued: `portcullis_epoch`.
    ///
    /// # Errors
    /// Never, for a number is JSON.
    pub fn with_epoch(self, epoch: u64) -> Result<Self, JwtIssueError> {
        self.with_claims(serde_json::json!({ EPOCH: epoch }))
    }
}

/// Revokes the tokens of one issuer.
///
/// Revocations are kept until every token that they are of has ended: for that it must be
/// known how long the tokens of the issuer live at most, with the leeway of whoever
/// verifies them.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::JwtRevocations;
/// use portcullis::store::memory::MemoryTokenStore;
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemoryTokenStore::new();
/// let revocations = JwtRevocations::new(store, "https://issuer.example", Duration::from_secs(900));
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// revocations.revoke_token("jti-1", now).await?;
/// revocations.revoke_subject("ada", now).await?;
/// revocations.revoke_before_epoch("bob", 3, now).await?;
/// # Ok::<(), portcullis::store::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct JwtRevocations {
    store: SharedRevocations,
    issuer: Box<str>,
    longest: Duration,
}

impl JwtRevocations {
    /// Revokes tokens whose `iss` is `issuer` (empty where they have none), and which live for
    /// `longest` at most.
    #[must_use]
    pub fn new(store: impl TokenRevocations, issuer: &str, longest: Duration) -> Self {
        Self { store: SharedRevocations::new(store), issuer: issuer.into(), longest }
    }

    /// Revokes the token with this `jti`.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn revoke_token(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.revoke(&RevocationName::token(&self.issuer, id), Revocation::ALL, now).await
    }

    /// Revokes all tokens of a subject that were issued until now. `iat` has whole seconds as a
    /// rule: a token that is issued anew is good from the next second on.
    ///
    /// While refresh tokens live, this is no logout everywhere: the next one is taken for an access
    /// token that was issued later. End them first, and only then revoke what was issued:
    ///
    /// ```
    /// # use portcullis::Timestamp;
    /// # use portcullis::jwt::{JwtRevocations, RefreshError, RefreshTokens};
    /// async fn log_out_everywhere(
    ///     refresh: &RefreshTokens,
    ///     revocations: &JwtRevocations,
    ///     user: &str,
    ///     now: impl Fn() -> Timestamp,
    /// ) -> Result<(), RefreshError> {
    ///     refresh.end_all(user).await?;
    ///     revocations.revoke_subject(user, now()).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// It compares clocks: a token from an issuer whose clock is ahead of `now` has a later `iat` and stays
    /// good, and a `now` that is ahead refuses new tokens for as long. Where clocks differ, revoke
    /// a few seconds ahead, or count [epochs](Self::revoke_before_epoch).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn revoke_subject(&self, subject: &str, now: Timestamp) -> Result<(), StoreError> {
        self.revoke(&RevocationName::subject(&self.issuer, subject), Revocation::issued_until(now), now).await
    }

    /// Revokes all tokens of a subject of an earlier epoch than `least`, or of none. Whoever counts
    /// epochs, such as a row of the user's, needs no clock that is right.
    ///
    /// # Errors
    /// When the store cannot write, or the epoch is greater than 2^53.
    pub async fn revoke_before_epoch(
        &self,
        subject: &str,
        least: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let name = RevocationName::subject(&self.issuer, subject);
        self.revoke(&name, Revocation::before_epoch(least), now).await
    }

    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.revoke(name, what, now.saturating_add(self.longest), now).await
    }
}
