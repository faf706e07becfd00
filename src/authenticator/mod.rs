//! The contract of a scheme, and how schemes combine.

mod all;
mod any_of;
mod decide;
mod erased;
mod ext;
mod map;
mod or;

use std::future::Future;
use std::sync::Arc;

pub use all::{All, all};
pub use any_of::AnyOf;
pub use decide::decide;
pub use erased::BoxAuthenticator;
pub use ext::AuthenticatorExt;
pub use map::MapPrincipal;
pub use or::Or;

use crate::request::{Carriers, RequestView};
use crate::{AuthError, Challenges, Outcome};

/// Finds out who a request is from, by one scheme.
///
/// Implementations must keep four promises:
///
/// 1. *Wrong never becomes absent.* [`Outcome::Absent`] means that the request carries
///    no credential of this scheme. One that has this scheme's shape and is unknown,
///    expired or badly signed is an `Err`.
/// 2. *Unknown and wrong look alike*: both are refusals of the same kind.
/// 3. *The body is asked for after the key is found.*
/// 4. *Nonces are claimed after the signature verifies.*
///
/// There are no default methods, so that a wrapper that forgets one does not compile.
///
/// ```
/// use portcullis::request::{Carriers, RequestView};
/// use portcullis::{AuthError, Authenticator, Challenge, Challenges, Outcome, Principal, Reason};
///
/// /// Knows one caller by one header.
/// struct Butler;
///
/// impl Authenticator for Butler {
///     type Principal = Principal<&'static str>;
///
///     async fn authenticate(
///         &self,
///         request: &RequestView<'_>,
///     ) -> Result<Outcome<Self::Principal>, AuthError> {
///         match request.unique_header("x-butler")? {
///             None => Ok(Outcome::Absent),
///             Some("jeeves") => Ok(Outcome::Authenticated(Principal::new("jeeves"))),
///             Some(_) => Err(AuthError::new(Reason::UnknownKey)),
///         }
///     }
///
///     fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
///         out.add(&Challenge::bare("Butler"));
///     }
///
///     fn carriers(&self, out: &mut Carriers) {
///         out.add_header("x-butler");
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authenticator",
    note = "combine authenticators with `.or(..)`, `AnyOf::new().with(..)` or `.boxed()`"
)]
pub trait Authenticator: Send + Sync + 'static {
    /// Who the request turns out to be from.
    type Principal: Clone + Send + Sync + 'static;

    /// Finds out who the request is from.
    ///
    /// # Errors
    /// When the request carries a credential of this scheme that is not accepted, or
    /// when it cannot be decided.
    fn authenticate(
        &self,
        request: &RequestView<'_>,
    ) -> impl Future<Output = Result<Outcome<Self::Principal>, AuthError>> + Send;

    /// Adds what a 401 must offer. `failure` is the refusal that is being answered,
    /// perhaps another member's; none where no credential was presented.
    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges);

    /// Declares every header and parameter that credentials are read from.
    fn carriers(&self, out: &mut Carriers);
}

impl<A: Authenticator> Authenticator for Arc<A> {
    type Principal = A::Principal;

    fn authenticate(
        &self,
        request: &RequestView<'_>,
    ) -> impl Future<Output = Result<Outcome<Self::Principal>, AuthError>> + Send {
        A::authenticate(self, request)
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        A::challenge(self, failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        A::carriers(self, out);
    }
}
