//! What is asked about a token that is verified, before it is anybody's.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use crate::AuthError;
use crate::jwt::{JwtAuthenticator, VerifiedToken};
use crate::request::RequestView;

/// Something that is asked about each token whose signature and claims are good.
///
/// Its answer is not cached with the token: it is asked with every request.
pub trait TokenCheck: Send + Sync + 'static {
    /// Lets a token pass.
    ///
    /// # Errors
    /// When the token is refused; and when nobody can tell, which must be an error whose
    /// [kind](crate::ErrorKind) is `Unavailable`.
    fn check(
        &self,
        token: &VerifiedToken,
        request: &RequestView<'_>,
    ) -> impl Future<Output = Result<(), AuthError>> + Send;
}

/// The object-safe twin of [`TokenCheck`].
#[async_trait]
trait Erased: Send + Sync {
    async fn check(&self, token: &VerifiedToken, request: &RequestView<'_>) -> Result<(), AuthError>;
}

#[async_trait]
impl<C: TokenCheck> Erased for C {
    async fn check(&self, token: &VerifiedToken, request: &RequestView<'_>) -> Result<(), AuthError> {
        TokenCheck::check(self, token, request).await
    }
}

/// The checks of an authenticator, in their order.
#[derive(Clone, Default)]
pub(in crate::jwt) struct Checks(Vec<Arc<dyn Erased>>);

impl Checks {
    /// Lets a token pass that all of them let pass.
    pub(in crate::jwt) async fn pass(
        &self,
        token: &VerifiedToken,
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        for check in &self.0 {
            check.check(token, request).await?;
        }
        Ok(())
    }
}

impl<P> JwtAuthenticator<P> {
    /// Asks `check` about each token that is verified, after those that were added before.
    #[must_use]
    pub fn with_check(mut self, check: impl TokenCheck) -> Self {
        self.checks.0.push(Arc::new(check));
        self
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checks({})", self.0.len())
    }
}
