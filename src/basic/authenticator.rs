//! Verifying user names and passwords.

use std::fmt;

use super::credentials::{claimed, parse};
use crate::password::{UserStore, UserVerifier};
use crate::request::{Carriers, RequestView};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, Credential, InvalidChallenge, Outcome, Reason, Scheme,
};

/// Finds out whose name and password `Authorization: Basic` carries; the rules are those
/// of the [module](super).
///
/// ```
/// use portcullis::basic::BasicAuthenticator;
/// use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
///
/// let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// let users = UserVerifier::single(SinglePassword::new("ada".into(), hash))?;
/// let basic = BasicAuthenticator::new(users).with_challenge_realm("orders")?;
/// # let _ = basic;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BasicAuthenticator<S> {
    users: UserVerifier<S>,
    challenge: Challenge,
}

impl<S: UserStore> BasicAuthenticator<S> {
    /// Lets the users through whose password `users` knows. The challenge names the realm
    /// `restricted` until [`with_challenge_realm`](Self::with_challenge_realm) says
    /// otherwise.
    #[must_use]
    pub fn new(users: UserVerifier<S>) -> Self {
        let challenge = challenge("restricted").unwrap_or_else(|_| Challenge::bare("Basic"));
        Self { users, challenge }
    }

    /// Names the protection space, which browsers show when they ask for the password
    /// (RFC 9110, section 11.5).
    ///
    /// # Errors
    /// When `name` is not printable ASCII.
    pub fn with_challenge_realm(mut self, name: &str) -> Result<Self, InvalidChallenge> {
        self.challenge = challenge(name)?;
        Ok(self)
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<S::Principal>, AuthError> {
        let authorization = request.unique_header("authorization")?;
        let Some(text) = authorization.and_then(claimed) else { return Ok(Outcome::Absent) };
        let (name, password) = parse(text).ok_or(Reason::InvalidCredential)?;
        let verified = self.users.verify(&name, password).await;
        let principal = verified.map_err(|error| error.with_presented(&name))?;
        request.note(|| Credential::of_scheme(Scheme::Basic));
        Ok(Outcome::Authenticated(principal))
    }
}

/// The realm is required, and `UTF-8` the only charset there is (RFC 7617, sections 2 and
/// 2.1).
fn challenge(realm: &str) -> Result<Challenge, InvalidChallenge> {
    Challenge::bare("Basic").with_parameter("realm", realm)?.with_parameter("charset", "UTF-8")
}

impl<S: UserStore> Authenticator for BasicAuthenticator<S> {
    type Principal = S::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<S::Principal>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::Basic))
    }

    fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
        out.add(&self.challenge);
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_header("authorization");
    }
}

impl<S> Clone for BasicAuthenticator<S> {
    fn clone(&self) -> Self {
        Self { users: self.users.clone(), challenge: self.challenge.clone() }
    }
}

impl<S: fmt::Debug> fmt::Debug for BasicAuthenticator<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuthenticator").field("users", &self.users).finish_non_exhaustive()
    }
}
