//! Tokens in `Authorization: Bearer`.

use std::fmt;
use std::sync::Arc;

use super::{JwtVerifier, VerifiedToken};
use crate::request::credentials;
use crate::request::{Carriers, RequestView};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, Credential, ErrorKind, InvalidChallenge, Outcome,
    Principal, Reason, Scheme, UserId,
};

/// Authenticates requests by a JSON Web Token in `Authorization: Bearer` (RFC 6750,
/// section 2.1), and by no other carrier.
///
/// It claims a `Bearer` credential that has exactly three parts with dots between, or
/// begins with `ey`, as every header that is a JSON object does. Other credentials are
/// absent to it.
///
/// The principal is the token's `sub` with the scopes of its `scope` claim, unless
/// [`with_mapping`](Self::with_mapping) says otherwise.
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
    verifier: Arc<JwtVerifier>,
    mapping: Arc<Mapping<P>>,
    plain: Challenge,
    invalid_token: Challenge,
}

type Mapping<P> = dyn Fn(&VerifiedToken) -> Result<P, AuthError> + Send + Sync;

impl JwtAuthenticator {
    /// Takes what `verifier` accepts, and maps it to the token's subject.
    #[must_use]
    pub fn new(verifier: JwtVerifier) -> Self {
        let plain = Challenge::bare("Bearer");
        let invalid_token = invalid_token(&plain).unwrap_or_else(|_| plain.clone());
        Self { verifier: Arc::new(verifier), mapping: Arc::new(subject), plain, invalid_token }
    }
}

impl<P> JwtAuthenticator<P> {
    /// Maps tokens to the application's own principal. A failure of the mapping is a
    /// refusal, and its error is for logs alone.
    #[must_use]
    pub fn with_mapping<Q, E, F>(self, mapping: F) -> JwtAuthenticator<Q>
    where
        F: Fn(&VerifiedToken) -> Result<Q, E> + Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mapping = move |token: &VerifiedToken| {
            mapping(token).map_err(|error| AuthError::new(Reason::UnmappedPrincipal).with_source(error))
        };
        let Self { verifier, plain, invalid_token, .. } = self;
        JwtAuthenticator { verifier, mapping: Arc::new(mapping), plain, invalid_token }
    }

    /// Maps tokens by the principal's own `TryFrom<&VerifiedToken>`.
    #[must_use]
    pub fn with_try_from<Q>(self) -> JwtAuthenticator<Q>
    where
        Q: for<'t> TryFrom<&'t VerifiedToken, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        self.with_mapping(|token| Q::try_from(token).map_err(Into::into))
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

/// The mapping where the application names none.
fn subject(token: &VerifiedToken) -> Result<Principal<UserId>, AuthError> {
    let user = match token.subject() {
        None => return Err(AuthError::new(Reason::MissingClaim)),
        Some("") => return Err(AuthError::new(Reason::InvalidClaim)),
        Some(user) => UserId::from(user),
    };
    let credential = Credential::of_scheme(Scheme::Jwt);
    Ok(Principal::builder(user).scopes(token.scopes()?).credential(credential).build())
}

/// The credential that is claimed here, if there is one.
fn claimed(authorization: &str) -> Option<&str> {
    let token = credentials::of_word(authorization, "Bearer")?;
    let is_ours = token.starts_with("ey") || token.bytes().filter(|byte| *byte == b'.').count() == 2;
    is_ours.then_some(token)
}

impl<P: Clone + Send + Sync + 'static> Authenticator for JwtAuthenticator<P> {
    type Principal = P;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<P>, AuthError> {
        let Some(token) = request.unique_header("authorization")?.and_then(claimed) else {
            return Ok(Outcome::Absent);
        };
        let token = self.verifier.verify(token, request.received_at())?;
        let principal = (self.mapping)(&token).map_err(|error| error.with_scheme(Scheme::Jwt))?;
        Ok(Outcome::Authenticated(principal))
    }

    /// `Bearer`, and for a token that was refused `error="invalid_token"` (RFC 6750,
    /// section 3.1), whatever the reason was.
    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        let refused = failure.is_some_and(|failure| {
            failure.scheme() == Some(Scheme::Jwt) && failure.kind() == ErrorKind::Unauthenticated
        });
        out.add(if refused { &self.invalid_token } else { &self.plain });
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_header("authorization");
    }
}

impl<P> Clone for JwtAuthenticator<P> {
    fn clone(&self) -> Self {
        Self {
            verifier: Arc::clone(&self.verifier),
            mapping: Arc::clone(&self.mapping),
            plain: self.plain.clone(),
            invalid_token: self.invalid_token.clone(),
        }
    }
}

impl<P> fmt::Debug for JwtAuthenticator<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuthenticator").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_claimed_by_their_shape() {
        for ours in [
            "Bearer a.b.c",
            "bearer  a.b.c",
            "Bearer ey",
            "Bearer ..",
            "Bearer eya.b.c.d.e",
            "Bearer a.b.c, d",
        ] {
            assert!(claimed(ours).is_some(), "{ours}");
        }
        for other in
            ["Bearer", "Bearer abc", "Bearer a.b", "Bearer a.b.c.d", "Basic a.b.c", "a.b.c", "Bearer\ta.b.c"]
        {
            assert!(claimed(other).is_none(), "{other}");
        }
    }
}
