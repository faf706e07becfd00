//! The rules that hold for a chain as a whole.

use std::future::Future;

use super::Authenticator;
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Outcome, Reason};

/// Decides about one request; what every adapter to a framework calls.
///
/// 1. Credentials in more than one of the `carriers` are refused: 400. The exception are
///    carriers that [`all`](super::all) reads together.
/// 2. The authenticator's refusal stands.
/// 3. Where it finds nothing of its own although a carrier is in use, the credential is
///    one that nobody claims, and is refused: 401, or 400 where `Authorization` was sent
///    twice. So `Absent` from here means that the request carries no credential at all.
///
/// # Errors
/// The refusal.
#[expect(clippy::manual_async_fn, reason = "an async fn would keep its arguments twice")]
pub fn decide<'a, A: Authenticator>(
    authenticator: &'a A,
    carriers: &'a Carriers,
    request: &'a RequestView<'_>,
) -> impl Future<Output = Result<Outcome<A::Principal>, AuthError>> + Send + 'a {
    async move {
        if carriers.several_in(request) && !carriers.are_companions_in(request) {
            return Err(AuthError::new(Reason::SeveralCarriers));
        }
        match authenticator.authenticate(request).await? {
            Outcome::Absent if carriers.any_in(request) => {
                request.unique_header("authorization")?;
                Err(AuthError::new(Reason::UnclaimedCredential))
            }
            outcome => Ok(outcome),
        }
    }
}
