//! Letting in who sends a password with each request.

use std::sync::Arc;

use super::Administrator;
use super::token::Tokens;
use crate::basic::BasicAuthenticator;
use crate::password::UserStore;
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Authenticator, Challenges, Identity, Outcome, Reason, UserId};

/// HTTP Basic: browsers ask for the password themselves.
pub(in crate::console) struct BasicEntrance<S> {
    pub(in crate::console) basic: BasicAuthenticator<S>,
    pub(in crate::console) tokens: Arc<Tokens>,
}

impl<S: UserStore<Principal: Identity>> Authenticator for BasicEntrance<S> {
    type Principal = Administrator;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Administrator>, AuthError> {
        match self.basic.authenticate(request).await? {
            Outcome::Absent => Ok(Outcome::Absent),
            Outcome::Authenticated(principal) => {
                let user = principal.user_id().map(UserId::from).ok_or(Reason::UnknownKey)?;
                let token = self.tokens.of_user(&user);
                Ok(Outcome::Authenticated(Administrator::new(user, token)))
            }
        }
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.basic.challenge(failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.basic.carriers(out);
    }
}
