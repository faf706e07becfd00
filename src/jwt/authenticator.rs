//! Tokens in `Authorization: Bearer`.

use std::fmt;
use std::sync::Arc;

use super::binding::Binding;
use super::issuing::Checks;
use super::verified_cache::Held;
use super::{DpopVerifier, JwtIssuers, JwtIssuersError, JwtPolicy, JwtVerifier, VerifiedToken, issuers};
use crate::request::{Carriers, RequestView};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, Credential, InvalidChallenge, Outcome, Principal,
    PrincipalBuilder, Reason, Scheme, Timestamp, UserId,
};

/// Authenticates requests by a JSON Web Token in `Authorization: Bearer` (RFC 6750,
/// section 2.1), and by no other carrier. With [`with_dpop`](Self::with_dpop), tokens that are
/// bound to a key come as `Authorization: DPoP` with a proof (RFC 9449).
///
/// It claims a `Bearer` credential that has exactly three parts with dots between, or
/// begins with `ey`, as a header that is a compact JSON object does. Other credentials
/// are absent to it.
///
/// The principal is the token's `sub` with the scopes of its `scope` claim, unless
/// [`with_mapping`](Self::with_mapping) says otherwise. Where several issuers are trusted,
/// `sub` alone names nobody: see [`for_issuers`](Self::for_issuers).
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
/// use portcullis::Principal;
///
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let verifier = JwtVerifier::new(JwtPolicy::new().with_audience("orders"), [key])?;
/// let jwt = JwtAuthenticator::new(verifier).with_mapping(|token| {
///     let user = token.subject().ok_or("a token without a subject")?;
///     Ok::<_, &str>(Principal::new(user.to_owned()))
/// });
/// # let _ = jwt;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JwtAuthenticator<P = Principal<UserId>> {
    tokens: Tokens<P>,
    binding: Binding,
    pub(super) checks: Checks,
    plain: Challenge,
    invalid_token: Challenge,
}

/// Who verifies tokens, and what becomes of them.
enum Tokens<P> {
    Of(Arc<JwtVerifier>, Arc<Mapping<P>>),
    OfSeveral(Arc<JwtIssuers<P>>),
}

pub(super) type Mapping<P> = dyn Fn(&VerifiedToken) -> Result<P, AuthError> + Send + Sync;

impl<P> Tokens<P> {
    /// The token, verified, and what maps it.
    async fn find(&self, token: &str, now: Timestamp) -> Result<(Held, &Mapping<P>), AuthError> {
        match self {
            Self::Of(verifier, mapping) => Ok((verifier.hold_or_look_again(token, now).await?, &**mapping)),
            Self::OfSeveral(issuers) => issuers.find(token, now).await,
        }
    }
}

impl JwtAuthenticator {
    /// Takes what `verifier` accepts, and maps it to the token's subject; to its
    /// [`IssuerSubject`](super::IssuerSubject) where the policy accepts more than one issuer.
    #[must_use]
    pub fn new(verifier: JwtVerifier) -> Self {
        let mapping = default_mapping(verifier.policy(), Scheme::Jwt);
        Self::of(Tokens::Of(Arc::new(verifier), mapping))
    }
}

impl<P> JwtAuthenticator<P> {
    /// Takes the tokens of several issuers, each as its own verifier and mapping say.
    ///
    /// # Errors
    /// [`JwtIssuersError::Empty`] when there is no issuer.
    pub fn for_issuers(issuers: JwtIssuers<P>) -> Result<Self, JwtIssuersError> {
        if issuers.is_empty() {
            return Err(JwtIssuersError::Empty);
        }
        Ok(Self::of(Tokens::OfSeveral(Arc::new(issuers))))
    }

    fn of(tokens: Tokens<P>) -> Self {
        let plain = Challenge::bare("Bearer");
        let invalid_token = invalid_token(&plain).unwrap_or_else(|_| plain.clone());
        Self { tokens, binding: Binding::default(), checks: Checks::default(), plain, invalid_token }
    }

    /// Maps tokens to the application's own principal; of several issuers, the tokens of all
    /// of them. A failure of the mapping is a refusal, and its error is for logs alone.
    #[must_use]
    pub fn with_mapping<Q, E, F>(self, mapping: F) -> JwtAuthenticator<Q>
    where
        F: Fn(&VerifiedToken) -> Result<Q, E> + Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mapping: Arc<Mapping<Q>> =
            Arc::new(move |token: &VerifiedToken| mapping(token).map_err(unmapped));
        let Self { tokens, binding, checks, plain, invalid_token } = self;
        let tokens = match tokens {
            Tokens::Of(verifier, _) => Tokens::Of(verifier, mapping),
            Tokens::OfSeveral(issuers) => Tokens::OfSeveral(Arc::new(issuers.mapped(&mapping))),
        };
        JwtAuthenticator { tokens, binding, checks, plain, invalid_token }
    }

    /// Maps tokens by the principal's own `TryFrom<&VerifiedToken>`.
    #[must_use]
    pub fn with_try_from<Q>(self) -> JwtAuthenticator<Q>
    where
        Q: for<'t> TryFrom<&'t VerifiedToken, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        self.with_mapping(|token| Q::try_from(token).map_err(Into::into))
    }

    /// Takes tokens that are bound to a key, with a proof in each request (RFC 9449). Those
    /// that are not bound come as `Bearer` still.
    ///
    /// Whether proofs are checked or not, a token with a `cnf` that is not, or that cannot be,
    /// is refused: bound to a key and without a proof of it, to a certificate that the client
    /// did not show, or to something else.
    ///
    /// ```
    /// use portcullis::jwt::{DpopVerifier, JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
    /// use portcullis::store::memory::MemoryNonceStore;
    ///
    /// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
    /// let verifier = JwtVerifier::new(JwtPolicy::new().with_audience("orders"), [key])?;
    /// let dpop = DpopVerifier::new(MemoryNonceStore::new(), "https://api.example")?;
    /// let jwt = JwtAuthenticator::new(verifier).with_dpop(dpop);
    /// # let _ = jwt;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_dpop(mut self, verifier: DpopVerifier) -> Self {
        self.binding = Binding::with_dpop(verifier);
        self
    }

    /// Names the realm in challenges (RFC 9110, section 11.5).
    ///
    /// # Errors
    /// When the text is not printable ASCII.
    pub fn with_realm(mut self, realm: &str) -> Result<Self, InvalidChallenge> {
        self.plain = Challenge::bare("Bearer").with_parameter("realm", realm)?;
        self.invalid_token = invalid_token(&self.plain)?;
        Ok(self)
    }
}

fn invalid_token(plain: &Challenge) -> Result<Challenge, InvalidChallenge> {
    plain.clone().with_parameter("error", "invalid_token")
}

/// What a mapping's failure is to the client.
pub(super) fn unmapped(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AuthError {
    AuthError::new(Reason::UnmappedPrincipal).with_source(error)
}

/// The mapping where the application names none: to the subject, or to issuer and subject
/// where the policy accepts more than one issuer.
pub(super) fn default_mapping(policy: &JwtPolicy, scheme: Scheme) -> Arc<Mapping<Principal<UserId>>> {
    if policy.issuers().len() > 1 {
        return Arc::new(move |token| issuers::subject(token, scheme));
    }
    Arc::new(move |token| Ok(scoped(UserId::from(token.some_subject()?), token, scheme)?.build()))
}

/// A principal with the scopes of a token.
pub(super) fn scoped(
    user: UserId,
    token: &VerifiedToken,
    scheme: Scheme,
) -> Result<PrincipalBuilder<UserId>, AuthError> {
    let credential = Credential::of_scheme(scheme);
    Ok(Principal::builder(user).scopes(token.scopes()?).credential(credential))
}

/// Whether a credential is claimed here.
pub(super) fn is_ours(token: &str) -> bool {
    token.starts_with("ey") || token.split('.').take(4).count() == 3
}

impl<P: Clone + Send + Sync + 'static> Authenticator for JwtAuthenticator<P> {
    type Principal = P;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        let presented = self.binding.presented(request, is_ours);
        let presented = presented.map_err(|error| error.with_scheme(Scheme::Jwt))?;
        let Some(presented) = presented else { return Ok(Outcome::Absent) };
        let (token, mapping) = self.tokens.find(presented.token, request.received_at()).await?;
        // Last what uses a proof up: a request that failed for want of a store can be sent again.
        let principal = match self.checks.pass(&token, request).await {
            Ok(()) => {
                let bound = self.binding.check(&token, &presented, request).await;
                bound.and_then(|()| mapping(&token))
            }
            Err(refused) => Err(refused),
        };
        let principal = principal.map_err(|error| error.with_scheme(Scheme::Jwt))?;
        request.note(|| Credential::of_scheme(Scheme::Jwt));
        Ok(Outcome::Authenticated(principal))
    }

    /// `Bearer`, and for a token that was refused `error="invalid_token"` (RFC 6750,
    /// section 3.1), whatever the reason was.
    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        let own = failure.filter(|failure| failure.scheme() == Some(Scheme::Jwt));
        if !self.binding.refuses_bearer() {
            let refused = own.is_some_and(Binding::is_about_token);
            out.add(if refused { &self.invalid_token } else { &self.plain });
        }
        self.binding.challenge(own, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.binding.carriers(out);
    }
}

impl<P> Clone for JwtAuthenticator<P> {
    fn clone(&self) -> Self {
        Self {
            tokens: match &self.tokens {
                Tokens::Of(verifier, mapping) => Tokens::Of(Arc::clone(verifier), Arc::clone(mapping)),
                Tokens::OfSeveral(issuers) => Tokens::OfSeveral(Arc::clone(issuers)),
            },
            binding: self.binding.clone(),
            checks: self.checks.clone(),
            plain: self.plain.clone(),
            invalid_token: self.invalid_token.clone(),
        }
    }
}

impl<P> fmt::Debug for JwtAuthenticator<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens: &dyn fmt::Debug = match &self.tokens {
            Tokens::Of(verifier, _) => verifier,
            Tokens::OfSeveral(issuers) => issuers,
        };
        f.debug_struct("JwtAuthenticator").field("tokens", tokens).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, TokenCheck};
    use crate::request::{BodyGate, RequestTarget};

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn key() -> JwtKey {
        JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into()).expect("key")
    }

    fn authenticator() -> JwtAuthenticator {
        JwtAuthenticator::new(JwtVerifier::new(JwtPolicy::new(), [key()]).expect("verifier"))
    }

    fn bearer(subject: &str, extra: serde_json::Value) -> String {
        let issuer = JwtIssuer::new(key(), Duration::from_secs(60));
        format!("Bearer {}", issuer.issue_with(subject, NOW, extra).expect("token"))
    }

    async fn ask<P: Clone + Send + Sync + 'static>(
        jwt: &JwtAuthenticator<P>,
        line: &str,
    ) -> Result<Outcome<P>, AuthError> {
        let headers = vec![("authorization".to_owned(), line.as_bytes().to_vec())];
        let gate = BodyGate::new();
        jwt.authenticate(&RequestView::new(RequestTarget::new("GET", "/", None), &headers, &gate, NOW)).await
    }

    #[tokio::test]
    async fn the_principal_is_the_subject_with_its_scopes() {
        let line = bearer("ada", serde_json::json!({ "scope": "a:read b" }));
        let Ok(Outcome::Authenticated(me)) = ask(&authenticator(), &line).await else { panic!("refused") };
        assert_eq!((me.user().as_str(), me.scopes().to_string()), ("ada", "a:read b".to_owned()));
        assert_eq!(me.credential().map(Credential::scheme), Some(Scheme::Jwt));
        for (subject, extra) in [
            ("", serde_json::json!({})),
            ("ada", serde_json::json!({ "scope": ["a:read"] })),
            ("ada", serde_json::json!({ "scope": null })),
            ("ada", serde_json::json!({ "scope": "a\tb" })),
        ] {
            let refused = ask(&authenticator(), &bearer(subject, extra.clone())).await.expect_err("refused");
            assert_eq!(
                (refused.reason(), refused.scheme()),
                (Reason::InvalidClaim, Some(Scheme::Jwt)),
                "{extra}"
            );
        }
    }

    #[derive(Clone)]
    struct Tenant(u32);

    impl TryFrom<&VerifiedToken> for Tenant {
        type Error = crate::jwt::ClaimsError;

        fn try_from(token: &VerifiedToken) -> Result<Self, Self::Error> {
            #[derive(serde::Deserialize)]
            struct Mine {
                tenant: u32,
            }
            token.claims::<Mine>().map(|mine| Self(mine.tenant))
        }
    }

    #[tokio::test]
    async fn a_mapping_that_fails_is_a_refusal() {
        let jwt = authenticator().with_try_from::<Tenant>();
        let good = ask(&jwt, &bearer("ada", serde_json::json!({ "tenant": 7 }))).await;
        assert!(matches!(good, Ok(Outcome::Authenticated(Tenant(7)))));
        let refused =
            ask(&jwt, &bearer("ada", serde_json::json!({ "tenant": "7" }))).await.err().expect("refused");
        assert_eq!(refused.reason(), Reason::UnmappedPrincipal);
    }

    struct Nobody;

    impl TokenCheck for Nobody {
        async fn check(&self, _: &VerifiedToken, _: &RequestView<'_>) -> Result<(), AuthError> {
            Err(AuthError::new(Reason::TokenRevoked))
        }
    }

    #[tokio::test]
    async fn what_a_check_of_the_applications_own_refuses_is_an_invalid_token() {
        let jwt = authenticator().with_check(Nobody);
        let refused = ask(&jwt, &bearer("ada", serde_json::json!({}))).await.expect_err("refused");
        assert_eq!((refused.reason(), refused.scheme()), (Reason::TokenRevoked, Some(Scheme::Jwt)));
        let mut challenges = Challenges::new();
        jwt.challenge(Some(&refused), &mut challenges);
        let shown: Vec<_> = challenges.iter().map(|challenge| challenge.header_value()).collect();
        assert_eq!(shown, [r#"Bearer error="invalid_token""#]);
    }

    #[test]
    fn only_a_refused_token_is_called_invalid() {
        let shown = |failure: Option<AuthError>| {
            let mut challenges = Challenges::new();
            authenticator().with_realm("r").expect("realm").challenge(failure.as_ref(), &mut challenges);
            challenges.iter().map(|c| c.header_value().to_str().expect("text").to_owned()).collect::<Vec<_>>()
        };
        let plain = [r#"Bearer realm="r""#];
        assert_eq!(shown(None), plain);
        assert_eq!(shown(Some(Reason::MissingCredential.into())), plain);
        assert_eq!(shown(Some(AuthError::new(Reason::UnknownKey).with_scheme(Scheme::ApiKey))), plain);
        assert_eq!(shown(Some(AuthError::new(Reason::MissingScope).with_scheme(Scheme::Jwt))), plain);
        for reason in [Reason::Expired, Reason::WrongSignature, Reason::UnmappedPrincipal] {
            let refused = shown(Some(AuthError::new(reason).with_scheme(Scheme::Jwt)));
            assert_eq!(refused, [r#"Bearer realm="r", error="invalid_token""#]);
        }
    }

    #[test]
    fn credentials_are_claimed_by_their_shape() {
        let claimed = |line| crate::request::credentials::of_word(line, "Bearer").is_some_and(is_ours);
        for ours in [
            "Bearer a.b.c",
            "bearer  a.b.c",
            "Bearer ey",
            "Bearer ..",
            "Bearer eya.b.c.d.e",
            "Bearer a.b.c, d",
        ] {
            assert!(claimed(ours), "{ours}");
        }
        for other in
            ["Bearer", "Bearer abc", "Bearer a.b", "Bearer a.b.c.d", "Basic a.b.c", "a.b.c", "Bearer\ta.b.c"]
        {
            assert!(!claimed(other), "{other}");
        }
    }
}
