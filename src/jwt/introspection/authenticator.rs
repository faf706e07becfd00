//! Opaque tokens in `Authorization: Bearer`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::answers::Answers;
use super::{IntrospectionEndpoint, IntrospectionSettingsError};
use crate::client::HttpClient;
use crate::jwt::authenticator::{Mapping, default_mapping, is_ours, unmapped};
use crate::jwt::binding::Binding;
use crate::jwt::{DpopVerifier, JwtPolicy, VerifiedToken};
use crate::request::{Carriers, RequestView};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, Credential, InvalidChallenge, Outcome, Principal,
    Reason, Scheme, UserId,
};

/// The scheme that refusals and logs name.
const SCHEME: Scheme = Scheme::Other("introspection");

/// Authenticates requests by an opaque token in `Authorization: Bearer`, about which its
/// issuer is asked (RFC 7662).
///
/// * It claims every `Bearer` credential that has not the shape of a JSON Web Token, unless it
///   is told to take [all](Self::take_every_token). Whoever else takes `Bearer` credentials,
///   such as API keys, belongs before it in a chain.
/// * A token is one when the answer is 200, `application/json` of at most 64 KiB with every
///   name once, and `active` is the JSON word `true`. Then the policy is applied as to the
///   claims of a JSON Web Token: `iss`, `aud`, the times, required claims; an expectation makes
///   its claim required, and `exp` is expected. What `cnf` binds a token to is checked too.
/// * An answer that calls the token something else than an access token is about no active
///   one: its `token_use` is not `access_token`, or its `token_type` is neither `Bearer` nor
///   `DPoP`, in whatever case. An issuer that says neither may call its refresh tokens active
///   too: then have the policy expect what they lack, such as an audience or a
///   [claim](JwtPolicy::require_claim).
/// * A token that is not active is refused with 401. An endpoint that cannot be reached, is
///   late, answers with another status or with something else is an outage: 503. Something
///   else is also a claim of the wrong type, such as `"sub": null`: a claim that an issuer has
///   nothing to say about is left out.
/// * What it said of an active token counts for 60 seconds and never beyond `exp`, of another
///   one for 5; failures are asked for again. The policy is applied whenever an answer is found. What is
///   kept belongs to this authenticator and its policy alone, under the SHA-256 of the token.
///   While one request asks, others with the same token wait for it; about different tokens,
///   [64 questions](Self::with_max_questions) are under way at once.
///
/// The client may be any [`HttpClient`]; with the feature `reqwest` there is `ReqwestClient`.
///
/// ```
/// use portcullis::client::HttpClient;
/// use portcullis::jwt::{ClientAuthentication, IntrospectionAuthenticator, IntrospectionEndpoint, JwtPolicy};
/// use std::sync::Arc;
///
/// # fn build(http: Arc<dyn HttpClient>) -> Result<(), portcullis::jwt::IntrospectionSettingsError> {
/// // let http = Arc::new(ReqwestClient::new()?);
/// let client = ClientAuthentication::basic("orders-api", &"T7qvYx2mWn0sKdR5".into())?;
/// let endpoint = IntrospectionEndpoint::new("https://issuer.example/introspect", client)?;
/// let policy = JwtPolicy::new().with_audience("orders");
/// let opaque = IntrospectionAuthenticator::new(http, endpoint, policy)?;
/// # let _ = opaque;
/// # Ok(())
/// # }
/// ```
pub struct IntrospectionAuthenticator<P = Principal<UserId>> {
    answers: Arc<Answers>,
    mapping: Arc<Mapping<P>>,
    binding: Binding,
    takes: Takes,
    plain: Challenge,
    invalid_token: Challenge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Opaque,
    Everything,
}

impl IntrospectionAuthenticator {
    /// Asks `endpoint` through `client`, applies `policy` to what it says, and maps tokens to
    /// their subject; to their [`IssuerSubject`](crate::jwt::IssuerSubject) where the policy
    /// accepts more than one issuer.
    ///
    /// # Errors
    /// When no token can meet the policy, and when it expects a `typ`: no answer has one.
    pub fn new(
        client: Arc<dyn HttpClient>,
        endpoint: IntrospectionEndpoint,
        policy: JwtPolicy,
    ) -> Result<Self, IntrospectionSettingsError> {
        policy.check()?;
        if policy.expects_type() {
            return Err(IntrospectionSettingsError::Type);
        }
        let plain = Challenge::bare("Bearer");
        let invalid_token = invalid_token(&plain).unwrap_or_else(|_| plain.clone());
        Ok(Self {
            mapping: default_mapping(&policy, SCHEME),
            answers: Arc::new(Answers::new(client, endpoint, policy)),
            binding: Binding::default(),
            takes: Takes::Opaque,
            plain,
            invalid_token,
        })
    }
}

impl<P> IntrospectionAuthenticator<P> {
    /// How long an answer is waited for, whatever it is that is late, the client too: 5 seconds
    /// without this.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        self.with_answers(|answers| answers.deadline = deadline)
    }

    /// How long it counts that a token is active: 60 seconds without this. For so long a
    /// token works that was revoked.
    #[must_use]
    pub fn with_ttl(self, ttl: Duration) -> Self {
        self.with_answers(|answers| answers.ttl = ttl)
    }

    /// How long it counts that a token is not active, if that is shorter than the other: 5
    /// seconds without this.
    #[must_use]
    pub fn with_inactive_ttl(self, ttl: Duration) -> Self {
        self.with_answers(|answers| answers.inactive_ttl = ttl)
    }

    /// How many answers of each kind are kept: 10,000 without this.
    #[must_use]
    pub fn with_capacity(self, capacity: usize) -> Self {
        self.with_answers(|answers| answers.capacity(capacity))
    }

    /// How many questions are under way at once: 64 without this. Further tokens that are not
    /// known wait until one of these is answered, within the
    /// [deadline](Self::with_deadline), and are answered with a 503 if none is. Zero counts
    /// as one.
    #[must_use]
    pub fn with_max_questions(self, most: usize) -> Self {
        self.with_answers(|answers| answers.most_questions(most))
    }

    /// Claims every `Bearer` credential, also those that look like JSON Web Tokens.
    #[must_use]
    pub const fn take_every_token(mut self) -> Self {
        self.takes = Takes::Everything;
        self
    }

    /// Takes tokens that are bound to a key, with a proof in each request (RFC 9449).
    #[must_use]
    pub fn with_dpop(mut self, verifier: DpopVerifier) -> Self {
        self.binding = Binding::with_dpop(verifier);
        self
    }

    /// Maps tokens to the application's own principal. A failure of the mapping is a
    /// refusal, and its error is for logs alone.
    #[must_use]
    pub fn with_mapping<Q, E, F>(self, mapping: F) -> IntrospectionAuthenticator<Q>
    where
        F: Fn(&VerifiedToken) -> Result<Q, E> + Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mapping: Arc<Mapping<Q>> =
            Arc::new(move |token: &VerifiedToken| mapping(token).map_err(unmapped));
        let Self { answers, binding, takes, plain, invalid_token, .. } = self;
        IntrospectionAuthenticator { answers, mapping, binding, takes, plain, invalid_token }
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

    fn with_answers(mut self, change: impl FnOnce(&mut Answers)) -> Self {
        let mut answers = self.answers.empty();
        change(&mut answers);
        self.answers = Arc::new(answers);
        self
    }
}

impl<P: Clone + Send + Sync + 'static> IntrospectionAuthenticator<P> {
    async fn accept(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        let is_taken = |token: &str| self.takes == Takes::Everything || !is_ours(token);
        let Some(presented) = self.binding.presented(request, is_taken)? else { return Ok(Outcome::Absent) };
        if presented.token.len() > self.answers.policy.longest_token() || !is_token(presented.token) {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        let now = request.received_at();
        let answer = self.answers.about(presented.token, now).await;
        let answer =
            answer.map_err(|error| AuthError::new(Reason::IntrospectionUnavailable).with_source(error))?;
        let token = answer.ok_or(Reason::UnknownKey)?;
        let policy = &self.answers.policy;
        policy.check_claims(&token.claims, &token.payload, policy.needs(), now)?;
        self.binding.check(&token, &presented, request).await?;
        let principal = (self.mapping)(&token)?;
        request.note(|| Credential::of_scheme(SCHEME));
        Ok(Outcome::Authenticated(principal))
    }
}

impl<P: Clone + Send + Sync + 'static> Authenticator for IntrospectionAuthenticator<P> {
    type Principal = P;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        self.accept(request).await.map_err(|error| error.with_scheme(SCHEME))
    }

    /// `Bearer`, and for a token that was refused `error="invalid_token"` (RFC 6750,
    /// section 3.1), whatever the reason was.
    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        let own = failure.filter(|failure| failure.scheme() == Some(SCHEME));
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

fn invalid_token(plain: &Challenge) -> Result<Challenge, InvalidChallenge> {
    plain.clone().with_parameter("error", "invalid_token")
}

/// Whether a text has the form of a token (RFC 6750, section 2.1: `b64token`).
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(allowed)
}

impl<P> Clone for IntrospectionAuthenticator<P> {
    fn clone(&self) -> Self {
        Self {
            answers: Arc::clone(&self.answers),
            mapping: Arc::clone(&self.mapping),
            binding: self.binding.clone(),
            takes: self.takes,
            plain: self.plain.clone(),
            invalid_token: self.invalid_token.clone(),
        }
    }
}

impl<P> fmt::Debug for IntrospectionAuthenticator<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionAuthenticator").field("answers", &self.answers).finish_non_exhaustive()
    }
}
