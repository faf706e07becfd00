//! Letting in who sends a log-in form.

use super::Administrator;
use crate::console::form::Fields;
use crate::password::{UserStore, UserVerifier};
use crate::request::{Carriers, RequestView};
use crate::throttle::Throttle;
use crate::{AuthError, Authenticator, Challenge, Challenges, Identity, Outcome, Reason, Secret, UserId};

/// Checks the name and the password of a log-in form.
pub(in crate::console) struct LogIn<S> {
    pub(in crate::console) users: UserVerifier<S>,
    /// Whoever waits is told so: the body of a request is no carrier that the layer knows.
    pub(in crate::console) throttle: Throttle,
}

impl<S: UserStore<Principal: Identity>> Authenticator for LogIn<S> {
    type Principal = Administrator;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Administrator>, AuthError> {
        self.throttle.check(request.peer(), request.received_at())?;
        let form = Fields::parse(&request.body().await?);
        let (Some(name), Some(password)) = (form.unique("name"), form.unique("password")) else {
            return Err(AuthError::new(Reason::IncompleteCredential));
        };
        let verified = self.users.verify(name, Secret::from(password)).await;
        let principal = verified.map_err(|error| error.with_presented(name))?;
        let user = principal.user_id().map(UserId::from).ok_or(Reason::UnknownKey)?;
        Ok(Outcome::Authenticated(Administrator::new(user, Secret::new(Vec::new()))))
    }

    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Cookie"));
    }

    fn carriers(&self, _: &mut Carriers) {}
}
