//! Several issuers, each with its own keys, policy and mapping.

mod error;
mod subject;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::authenticator::{Mapping, scoped, unmapped};
use super::compact::Unverified;
use super::header::Buffer;
use super::verified_cache::Held;
use super::verifier::refusal;
use super::wanted::{Needs, Wanted};
use super::{JwtVerifier, VerifiedToken};
use crate::{AccountId, AuthError, Principal, Reason, Scheme, Timestamp, UserId};

pub use error::JwtIssuersError;
pub use subject::IssuerSubject;

/// The issuers that are trusted, each with a verifier and a mapping of its own.
///
/// The `iss` of a token, which nobody has vouched for yet, chooses which verifier is asked,
/// and nothing else: that verifier has the keys of this one issuer, and expects its name.
/// So a key id that two issuers use never leads from one to the other, and a token of an
/// unknown issuer is refused before any key is looked for or fetched. No part of a token
/// that is refused is shown to the application.
///
/// Users are told apart by issuer and subject ([`IssuerSubject`]).
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtIssuers, JwtKey, JwtPolicy, JwtVerifier};
///
/// let policy = JwtPolicy::new().with_audience("orders");
/// let acme = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let umbrella = JwtKey::hmac(JwtAlgorithm::Hs256, "w9ZkB3tXy6NqLrV0cMfH2uJs8dPeG5iC".into())?;
///
/// // Each issuer is a tenant: the account of all its users.
/// let issuers = JwtIssuers::new()
///     .add_tenant("https://login.acme.example", JwtVerifier::new(policy.clone(), [acme])?, "acme")?
///     .add_tenant("https://umbrella.example/", JwtVerifier::new(policy, [umbrella])?, "umbrella")?;
/// let jwt = JwtAuthenticator::for_issuers(issuers)?;
/// # let _ = jwt;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JwtIssuers<P = Principal<UserId>> {
    issuers: HashMap<Box<str>, Issuer<P>>,
    /// What any of the policies requires.
    wanted: Wanted,
    /// The longest token and the longest header that any of the policies allows.
    longest: (usize, usize),
}

struct Issuer<P> {
    verifier: Arc<JwtVerifier>,
    needs: Needs,
    mapping: Arc<Mapping<P>>,
}

impl<P> Default for JwtIssuers<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> JwtIssuers<P> {
    /// No issuer yet.
    #[must_use]
    pub fn new() -> Self {
        Self { issuers: HashMap::new(), wanted: Wanted::new(), longest: (0, 0) }
    }

    /// Trusts `issuer`, to the letter, for what `verifier` accepts, and maps its tokens to
    /// the application's own principal. The verifier's policy is made to expect this issuer.
    ///
    /// A failure of the mapping is a refusal, and its error is for logs alone.
    ///
    /// # Errors
    /// When the issuer has no name or is there already, and when its policy expects another
    /// one.
    pub fn add_with_mapping<E, F>(
        self,
        issuer: &str,
        verifier: JwtVerifier,
        mapping: F,
    ) -> Result<Self, JwtIssuersError>
    where
        F: Fn(&VerifiedToken) -> Result<P, E> + Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.insert(issuer, verifier, Arc::new(move |token| mapping(token).map_err(unmapped)))
    }

    fn insert(
        mut self,
        name: &str,
        mut verifier: JwtVerifier,
        mapping: Arc<Mapping<P>>,
    ) -> Result<Self, JwtIssuersError> {
        if name.is_empty() {
            return Err(JwtIssuersError::Nameless);
        }
        if self.issuers.contains_key(name) {
            return Err(JwtIssuersError::Repeated(name.into()));
        }
        match verifier.policy().issuers() {
            [] => verifier.expect_issuer(name),
            [expected] if **expected == *name => {}
            _ => return Err(JwtIssuersError::OtherIssuer(name.into())),
        }
        let policy = verifier.policy();
        let needs = policy.needs().within(policy.wanted(), &mut self.wanted);
        let needs = needs.ok_or(JwtIssuersError::TooManyClaims)?;
        let (token, header) = self.longest;
        self.longest = (token.max(policy.longest_token()), header.max(policy.longest_header()));
        self.issuers.insert(name.into(), Issuer { verifier: Arc::new(verifier), needs, mapping });
        Ok(self)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// Verifies a token of any of the issuers at the moment `now`.
    ///
    /// # Errors
    /// The refusal, always of [`Scheme::Jwt`](crate::Scheme::Jwt).
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, AuthError> {
        self.ask(token, now).map_err(refusal)?.1.map(Held::into_token)
    }

    /// Verifies a token of any of the issuers, like
    /// [`JwtVerifier::verify_or_look_again`]: only the source of the keys of the issuer
    /// that the token names may look again.
    ///
    /// # Errors
    /// The refusal, always of [`Scheme::Jwt`](crate::Scheme::Jwt).
    pub async fn verify_or_look_again(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<VerifiedToken, AuthError> {
        self.find(token, now).await.map(|(token, _)| token.into_token())
    }

    /// The token, verified, and what maps it.
    pub(super) async fn find(&self, token: &str, now: Timestamp) -> Result<(Held, &Mapping<P>), AuthError> {
        let (issuer, answer) = self.ask(token, now).map_err(refusal)?;
        let verified = match answer {
            Err(refused) => issuer.verifier.look_again(token, now, refused).await?,
            Ok(token) => token,
        };
        Ok((verified, &*issuer.mapping))
    }

    /// Asks the verifier of the issuer that the token names.
    fn ask(&self, token: &str, now: Timestamp) -> Result<(&Issuer<P>, Result<Held, AuthError>), Reason> {
        let mut buffer = Buffer::new();
        let read = Unverified::read(token, self.longest, &self.wanted, &mut buffer)?;
        let name = read.issuer().ok_or(Reason::MissingClaim)?;
        let issuer = self.issuers.get(name).ok_or(Reason::InvalidClaim)?;
        Ok((issuer, issuer.verifier.hold_read(read, issuer.needs, now)))
    }

    /// The same issuers with another mapping for all.
    pub(super) fn mapped<Q>(&self, mapping: &Arc<Mapping<Q>>) -> JwtIssuers<Q> {
        let mapped = |issuer: &Issuer<P>| Issuer {
            verifier: Arc::clone(&issuer.verifier),
            needs: issuer.needs,
            mapping: Arc::clone(mapping),
        };
        JwtIssuers {
            issuers: self.issuers.iter().map(|(name, issuer)| (name.clone(), mapped(issuer))).collect(),
            wanted: self.wanted.clone(),
            longest: self.longest,
        }
    }
}

impl JwtIssuers {
    /// Trusts `issuer`, to the letter, for what `verifier` accepts. The principal is the
    /// [`IssuerSubject`] with the scopes of the `scope` claim.
    ///
    /// # Errors
    /// Those of [`add_with_mapping`](Self::add_with_mapping).
    pub fn add(self, issuer: &str, verifier: JwtVerifier) -> Result<Self, JwtIssuersError> {
        self.insert(issuer, verifier, Arc::new(|token| subject(token, Scheme::Jwt)))
    }
}

impl JwtIssuers<Principal<UserId, AccountId>> {
    /// Trusts `issuer`, like [`add`](JwtIssuers::add), for the users of one account: its
    /// name is said here, and no token chooses it.
    ///
    /// # Errors
    /// Those of [`add_with_mapping`](Self::add_with_mapping).
    pub fn add_tenant(
        self,
        issuer: &str,
        verifier: JwtVerifier,
        account: impl Into<AccountId>,
    ) -> Result<Self, JwtIssuersError> {
        let account = account.into();
        let mapping = move |token: &VerifiedToken| {
            let user = UserId::from(&token.issuer_subject()?);
            Ok(scoped(user, token, Scheme::Jwt)?.account(account.clone()).build())
        };
        self.insert(issuer, verifier, Arc::new(mapping))
    }
}

/// The mapping where the application names none, to a principal of `scheme`.
pub(super) fn subject(token: &VerifiedToken, scheme: Scheme) -> Result<Principal<UserId>, AuthError> {
    Ok(scoped(UserId::from(&token.issuer_subject()?), token, scheme)?.build())
}

impl<P> fmt::Debug for JwtIssuers<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.issuers.iter().map(|(name, issuer)| (name, &issuer.verifier))).finish()
    }
}
