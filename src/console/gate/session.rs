//! Letting sessions in.

use std::sync::Arc;

use super::{Administrator, Sessions};
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Authenticator, Challenge, Challenges, Outcome, Reason};

/// The cookie that holds the id of a session.
pub(in crate::console) const COOKIE: &str = "portcullis-console";

/// Finds the session of a request.
pub(in crate::console) struct SessionEntrance(pub(in crate::console) Arc<Sessions>);

impl Authenticator for SessionEntrance {
    type Principal = Administrator;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Administrator>, AuthError> {
        let Some(id) = request.unique_cookie(COOKIE)? else { return Ok(Outcome::Absent) };
        let administrator = self.0.find(id, request.received_at());
        Ok(Outcome::Authenticated(administrator.ok_or(Reason::UnknownKey)?))
    }

    /// No registered scheme is for cookies, and a 401 must have a challenge.
    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Cookie"));
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_cookie(COOKIE);
    }
}
